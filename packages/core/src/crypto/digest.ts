import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a text's UTF-8 bytes, as base64url: how tokens of at least 128 random bits are kept at rest. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url')

/** SHA-256 of bytes. */
export const sha256Bytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytes).digest())

/** HMAC-SHA-256 of a text under a key, as base64url. */
export const hmacSha256 = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url')

/** Compares two texts in time that depends on their lengths only. */
export function constantTimeEqual(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}
