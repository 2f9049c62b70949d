import { sha256Bytes } from '@cardea/core/crypto'
import { sshKeyTypes } from './ssh-key-types.js'
import { createWireReader } from './wire-reader.js'

/** A public key as OpenSSH writes it into `id_*.pub`. */
export interface SshPublicKey {
  /** The algorithm, such as `ssh-ed25519`. */
  readonly type: string
  /** Type and key, without the comment: a line for `authorized_keys`. */
  readonly publicKey: string
  /** SHA-256 of the key in base64 without padding: what `ssh-keygen -l` prints after `SHA256:`. */
  readonly fingerprint: string
  /** What stood behind the key; empty when nothing did. */
  readonly comment: string
}

export type SshPublicKeyResult =
  | { readonly valid: true; readonly key: SshPublicKey }
  /** The message is safe to show and tells what is wrong. */
  | { readonly valid: false; readonly message: string }

/** The largest key of RSA takes 2,800 characters; nothing longer is worth a look. */
const longest = 8_192
const longestComment = 200
const base64 = /^[A-Za-z0-9+/]+={0,2}$/
/** Control characters, and those that end a line or a paragraph. */
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * Reads one public key in OpenSSH's form: `<type> <key in base64> [comment]`.
 *
 * Strict, since a key lets somebody in: the type is one of those that are safe today, the key says the same type inside, is
 * written in the one way there is and has nothing left over; options before the type, as `authorized_keys` may have, and
 * private keys are refused.
 *
 * @see RFC 4253 §6.6, RFC 5656, RFC 8709
 */
export function parseSshPublicKey(text: unknown): SshPublicKeyResult {
  if (typeof text !== 'string') return refused('must be a text')
  if (text.length > longest) return refused('is too long for a public key')
  if (text.includes('PRIVATE KEY')) return refused('is a private key: keep it to yourself, and send the .pub file')
  const line = text.replace(/\r?\n$/, '').trim()
  if (!line.isWellFormed() || control.test(line)) return refused('must be a single line without control characters')
  const [type = '', data = '', ...rest] = line.split(' ')
  const check = sshKeyTypes.get(type)
  if (check === undefined) return refused(`must begin with one of ${[...sshKeyTypes.keys()].join(', ')}`)
  const blob = Buffer.from(data, 'base64')
  if (!base64.test(data) || blob.toString('base64') !== data) return refused('holds a key that is not valid base64')
  const comment = rest.join(' ').trim()
  if (Array.from(comment).length > longestComment)
    return refused(`has a comment of more than ${longestComment} characters`)
  const reader = createWireReader(blob)
  const inner = reader.string()
  if (inner === undefined || Buffer.from(inner).toString('latin1') !== type) {
    return refused('holds a key that is not of the type it says')
  }
  if (!check(reader) || !reader.atEnd()) {
    return refused(type === 'ssh-rsa' ? 'is no RSA key of 2,048 to 16,384 bits' : `is no key of type ${type}`)
  }
  const fingerprint = Buffer.from(sha256Bytes(blob)).toString('base64').replace('=', '')
  return { valid: true, key: { type, publicKey: `${type} ${data}`, fingerprint, comment } }
}

const refused = (message: string): SshPublicKeyResult => ({ valid: false, message })

const fingerprintForm = /^(?:SHA256:)?([A-Za-z0-9+/]{43})$/

/** The fingerprint in a text, with or without `SHA256:` in front; undefined for anything else, such as one of MD5. */
export const parseFingerprint = (text: unknown): string | undefined =>
  typeof text === 'string' ? fingerprintForm.exec(text)?.[1] : undefined
