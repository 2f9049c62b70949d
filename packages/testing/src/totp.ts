import { createHmac } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** How long a code holds, in milliseconds. @see RFC 6238 §4.1 */
const stepMilliseconds = 30_000

/**
 * The code that an authenticator app shows.
 *
 * @param secret In base32, as setting a second factor up shows it.
 * @param at In milliseconds since 1970.
 * @see RFC 4226 §5.3, RFC 6238 §4
 */
export function totpCode(secret: string, at: number): string {
  const bits = Array.from(secret, (symbol) => alphabet.indexOf(symbol).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / stepMilliseconds)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

/** An authenticator app with one secret: it gives each code once, as each is accepted once. */
export interface Authenticator {
  readonly secret: string
  /** @throws Error when all codes that are accepted now were given. */
  readonly next: () => string
}

export function createAuthenticator(secret: string, now: () => number): Authenticator {
  let used = Number.NEGATIVE_INFINITY
  return {
    secret,
    next() {
      const current = Math.floor(now() / stepMilliseconds)
      // One step of difference between clocks is forgiven.
      const step = Math.max(used + 1, current - 1)
      if (step > current + 1) {
        throw new Error("No code is left that was not used: move the clock on, by clock.advance('30s').")
      }
      used = step
      return totpCode(secret, step * stepMilliseconds)
    },
  }
}
