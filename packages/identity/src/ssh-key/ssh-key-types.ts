import { createPublicKey } from 'node:crypto'
import { toBase64Url } from '@cardea/core/crypto'
import { mpintBits, type WireReader } from './wire-reader.js'

/** Smallest and largest RSA modulus in bits: NIST SP 800-131A Rev. 2 §3, and what OpenSSH reads at most. */
const rsaBits = { least: 2_048, most: 16_384 } as const

/** A larger public exponent is of no use and makes each check slow; 33 bits leave room for F4 and all that is in use. */
const mostExponentBits = 33

/** Names of curves on the wire and in JSON web keys, and the bytes of a coordinate. @see RFC 5656 §10.1 */
const curves = {
  nistp256: { jwk: 'P-256', bytes: 32 },
  nistp384: { jwk: 'P-384', bytes: 48 },
  nistp521: { jwk: 'P-521', bytes: 66 },
} as const

/** Checks what follows the name of the type in the blob of a key. */
type CheckKey = (reader: WireReader) => boolean

const ecdsa =
  (name: keyof typeof curves): CheckKey =>
  (reader) => {
    const curve = reader.string()
    return curve !== undefined && Buffer.from(curve).toString('latin1') === name && isPoint(name, reader.string())
  }

const ed25519: CheckKey = (reader) => reader.string()?.length === 32

const rsa: CheckKey = (reader) => {
  const exponent = reader.string()
  const modulus = reader.string()
  const exponentBits = mpintBits(exponent)
  const bits = mpintBits(modulus)
  if (exponentBits === undefined || bits === undefined || !isOdd(exponent) || !isOdd(modulus)) return false
  return exponentBits > 1 && exponentBits <= mostExponentBits && bits >= rsaBits.least && bits <= rsaBits.most
}

/** Keys of security devices end with the application they are for, such as `ssh:`. @see OpenSSH PROTOCOL.u2f */
const withApplication =
  (check: CheckKey): CheckKey =>
  (reader) => {
    if (!check(reader)) return false
    const application = reader.string()
    return application !== undefined && /^[\x21-\x7e]{1,255}$/.test(Buffer.from(application).toString('latin1'))
  }

/** The types that are accepted: none of DSA, and no certificates. */
export const sshKeyTypes: ReadonlyMap<string, CheckKey> = new Map([
  ['ssh-ed25519', ed25519],
  ['ssh-rsa', rsa],
  ['ecdsa-sha2-nistp256', ecdsa('nistp256')],
  ['ecdsa-sha2-nistp384', ecdsa('nistp384')],
  ['ecdsa-sha2-nistp521', ecdsa('nistp521')],
  ['sk-ssh-ed25519@openssh.com', withApplication(ed25519)],
  ['sk-ecdsa-sha2-nistp256@openssh.com', withApplication(ecdsa('nistp256'))],
])

const isOdd = (bytes: Uint8Array | undefined): boolean => ((bytes?.at(-1) ?? 0) & 1) === 1

/** Whether bytes are a point of the curve in the uncompressed form, the only one that OpenSSH writes. */
function isPoint(name: keyof typeof curves, point: Uint8Array | undefined): boolean {
  const { jwk, bytes } = curves[name]
  if (point === undefined || point.length !== 1 + 2 * bytes || point[0] !== 4) return false
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)].map(toBase64Url)
  try {
    createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: jwk, x: x ?? '', y: y ?? '' } })
    return true
  } catch {
    return false
  }
}
