import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a text's UTF-8 bytes, as base64url: how tokens of at least 128 random bits are kept at rest. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url')

/** SHA-256 of bytes. */
export const sha256Bytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'))

/** Node makes a key of bytes anew for each digest, which since version 24 takes five times as long as the digest. */
const keys = new WeakMap<Uint8Array, KeyObject>()

/** HMAC-SHA-256 of a text, as base64url, under a key that never changes. */
export function hmacSha256(bytes: Uint8Array, text: string): string {
  const key = keys.get(bytes) ?? createSecretKey(bytes)
  keys.set(bytes, key)
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Compares two texts in time that depends on their lengths only. */
export function constantTimeEqual(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}
