import type { Clock } from './clock.js'
import type { RandomBytes } from './random.js'

/** Creates ids. */
export type CreateId = () => string

/**
 * Builds a generator of UUIDv7: 48 bits of milliseconds, then 74 random bits, so that ids of one node sort by the time
 * of their making to the millisecond.
 *
 * @see RFC 9562 §5.7
 */
export function createUuidV7(clock: Clock, random: RandomBytes): CreateId {
  return () => {
    const bytes = random(16)
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
    const now = clock()
    view.setUint32(0, Math.floor(now / 0x10000))
    view.setUint16(4, now % 0x10000)
    view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70)
    view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80)
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Whether a value is a UUID in lower case, as all ids of Cardea are. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && uuidPattern.test(value)
