import { hkdfSync } from 'node:crypto'
import { CardeaError } from '../errors.js'

/** What a derived key is for. A key of one purpose proves nothing for another. */
export type KeyPurpose =
  | 'access-token'
  | 'refresh-token'
  | 'verification'
  | 'account-key'
  | 'device'
  | 'rate-limit'
  | 'setup-code'
  | 'factor-encryption'
  | 'provider-token-encryption'
  | 'outbox-encryption'
  | 'signing-key-encryption'
  | 'signing-key-id'
  | 'password-pepper'

/** A key derived from one root secret for one purpose. */
export interface DerivedKey {
  /** Names the root the key comes from without revealing it: the first 48 bits of a derivation, as base64url. */
  readonly id: string
  /** 256 bits. */
  readonly bytes: Uint8Array
}

/** The keys of one or several root secrets. The first root signs and encrypts, all of them verify and decrypt. */
export interface Keyring {
  /** The key that signs, derived from the first root. */
  current(purpose: KeyPurpose): DerivedKey
  /** The keys that verify, one for each root, the current one first. */
  all(purpose: KeyPurpose): readonly DerivedKey[]
}

/** Root secrets need at least 256 bits, the strength of the keys that come from them. */
export const minimumRootBytes = 32

/**
 * Derives one key per purpose and root secret with HKDF-SHA-256.
 *
 * To rotate a root without logging anybody out, append the new one, deploy everywhere, then move it to the front.
 *
 * @param roots Secret texts, each of at least 32 bytes in UTF-8.
 * @throws CardeaError `configuration_invalid` when there is no root or one is too short.
 * @see RFC 5869
 */
export function createKeyring(roots: readonly string[]): Keyring {
  if (roots.length === 0) throw new CardeaError('configuration_invalid', 'secret: at least one root secret is needed')
  const materials = roots.map((root, index) => {
    const place = roots.length > 1 ? `secret[${index}]` : 'secret'
    // The error that Node throws for a value of another type would quote it.
    if (typeof root !== 'string') throw new CardeaError('configuration_invalid', `${place}: must be a text`)
    const bytes = Buffer.from(root, 'utf8')
    if (bytes.length === 0) {
      throw new CardeaError('configuration_invalid', `${place}: is empty: is the variable set that it is read from?`)
    }
    if (bytes.length < minimumRootBytes) {
      throw new CardeaError(
        'configuration_invalid',
        `${place}: needs at least ${minimumRootBytes} bytes, has ${bytes.length}`,
      )
    }
    return bytes
  })
  const derived = new Map<KeyPurpose, readonly DerivedKey[]>()
  const all = (purpose: KeyPurpose): readonly DerivedKey[] => {
    let keys = derived.get(purpose)
    if (keys === undefined) {
      keys = Object.freeze(
        materials.map((root) =>
          Object.freeze({
            id: Buffer.from(expand(root, `cardea key id ${purpose}`, 6)).toString('base64url'),
            bytes: expand(root, `cardea ${purpose}`, 32),
          }),
        ),
      )
      derived.set(purpose, keys)
    }
    return keys
  }
  // `all` holds one key per root and there is at least one root, so the first exists.
  return Object.freeze({ all, current: (purpose: KeyPurpose) => all(purpose)[0] as DerivedKey })
}

function expand(root: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, new Uint8Array(0), info, length))
}
