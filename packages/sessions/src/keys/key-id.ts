import { constantTimeEqual, hmacSha256, type Keyring, type RandomBytes, toBase64Url } from '@cardea/core/crypto'

/** 96 random bits name a key, and 96 bits of a MAC say that we named it; in base64url 16 characters each. */
const nameBytes = 12
const nameLength = 16
const form = /^[A-Za-z0-9_-]{32}$/

/**
 * A new `kid`. The root secret vouches for it, so that a token with an invented one never leads to a look into the
 * database.
 */
export function createKeyId(keyring: Keyring, random: RandomBytes): string {
  const name = toBase64Url(random(nameBytes))
  return `${name}${tagOf(keyring.current('signing-key-id').bytes, name)}`
}

/** Whether a `kid` has the form of ours. Those of keys that are derived from the secret are shorter. */
export const looksLikeKeyId = (id: string): boolean => form.test(id)

/** Whether one of the root secrets made a `kid`. */
export function isOurKeyId(keyring: Keyring, id: string): boolean {
  const name = id.slice(0, nameLength)
  const tag = id.slice(nameLength)
  return (
    looksLikeKeyId(id) && keyring.all('signing-key-id').some(({ bytes }) => constantTimeEqual(tag, tagOf(bytes, name)))
  )
}

const tagOf = (key: Uint8Array, name: string): string => hmacSha256(key, name).slice(0, nameLength)
