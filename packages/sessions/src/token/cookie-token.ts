import { type RandomBytes, sha256, toBase64Url } from '@cardea/core/crypto'

/** 256 bits, so that a fast hash at rest is as good as a slow one. */
const tokenBytes = 32

/** The opaque token of a session cookie, and what is kept of it. */
export interface CookieToken {
  readonly token: string
  readonly hash: string
}

export function createCookieToken(random: RandomBytes): CookieToken {
  const token = toBase64Url(random(tokenBytes))
  return { token, hash: sha256(token) }
}

/** 32 bytes are 43 characters of base64url. What a client sends in another form is no token and costs no statement. */
const form = /^[A-Za-z0-9_-]{43}$/

/** What a token is found by; undefined when it cannot be one. */
export const hashCookieToken = (token: string): string | undefined =>
  typeof token === 'string' && form.test(token) ? sha256(token) : undefined
