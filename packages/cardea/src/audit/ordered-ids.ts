import type { CreateId } from '@cardea/core/crypto'

/** Twelve bits. */
const mostCount = 0xfff

/**
 * Ids that sort as they were made, also within a millisecond: the bits of a UUIDv7 that may be a counter are one (RFC 9562
 * §6.2, method 1). Beyond 4,096 of an instant the order is lost; each is unique all the same.
 */
export function createOrderedIds(createId: CreateId): (at: number) => string {
  let last = Number.NEGATIVE_INFINITY
  let count = 0
  return (at) => {
    count = at === last ? Math.min(count + 1, mostCount) : 0
    last = at
    const id = createId()
    return `${id.slice(0, 15)}${count.toString(16).padStart(3, '0')}${id.slice(18)}`
  }
}
