import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fromBase64Url, toBase64Url } from './encoding.js'
import type { KeyPurpose, Keyring } from './keyring.js'
import type { RandomBytes } from './random.js'

/** AES-256-GCM with the nonce and tag of NIST SP 800-38D: 96 and 128 bits. */
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** What is sealed, and what it belongs to. */
export interface SealContext {
  readonly keyring: Keyring
  readonly purpose: KeyPurpose
  /** Where the secret belongs, such as the id of its row: it opens nowhere else. */
  readonly owner: string
}

/**
 * Encrypts a text that has to be read again, so that the database alone gives nothing away.
 *
 * @returns `<key id>.<nonce, ciphertext and tag in base64url>`.
 */
export function seal({ keyring, purpose, owner }: SealContext, random: RandomBytes, text: string): string {
  const key = keyring.current(purpose)
  const nonce = random(nonceBytes)
  const cipher = createCipheriv(algorithm, key.bytes, nonce)
  cipher.setAAD(Buffer.from(`${purpose}|${owner}`))
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${key.id}.${toBase64Url(sealed)}`
}

/**
 * Decrypts what {@link seal} has made, with any of the keys that verify.
 *
 * @returns Undefined when it was changed, belongs elsewhere, or its key is no longer there.
 */
export function unseal({ keyring, purpose, owner }: SealContext, sealed: string): string | undefined {
  const dot = sealed.indexOf('.')
  const key = keyring.all(purpose).find(({ id }) => id === sealed.slice(0, dot))
  const bytes = fromBase64Url(sealed.slice(dot + 1))
  if (dot === -1 || key === undefined || bytes === undefined || bytes.length < nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key.bytes, bytes.subarray(0, nonceBytes))
  decipher.setAAD(Buffer.from(`${purpose}|${owner}`))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
