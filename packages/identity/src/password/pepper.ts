import { type Keyring, type RandomBytes, seal, secureRandom, unseal } from '@cardea/core/crypto'

/** The key that stored password hashes are encrypted with, which the database does not have. */
export interface PasswordPepper {
  /** Roots the key is derived from, as purpose `password-pepper`. All of them open, the first seals. */
  readonly keyring: Keyring
  /** Whether hashes are to be sealed. Sealed ones are opened either way. */
  readonly enabled: boolean
  /** Default the platform's. */
  readonly random?: RandomBytes
}

/** What a stored text holds. */
export type OpenedHash =
  | {
      readonly status: 'readable'
      readonly hash: string
      /** Whether it is kept as it would be today: sealed with the current key, or plain where hashes are not sealed. */
      readonly isCurrent: boolean
    }
  /** The root secret that it was sealed under is no longer listed. */
  | { readonly status: 'missing_key'; readonly keyId: string }
  /** It was changed, or belongs to another principal. */
  | { readonly status: 'damaged' }

/** Goes before what {@link seal} makes, `<key id>.<nonce, ciphertext and tag>`. No hash begins like this. */
const prefix = '$sealed$'
const purpose = 'password-pepper'

/** The text to store for a hash, which opens for this principal alone. */
export function closeHash(pepper: PasswordPepper | undefined, principalId: string, hash: string): string {
  if (pepper === undefined || !pepper.enabled) return hash
  const { keyring, random = secureRandom } = pepper
  return `${prefix}${seal({ keyring, purpose, owner: principalId }, random, hash)}`
}

/** Reads what {@link closeHash} has written, with or without a pepper. */
export function openHash(pepper: PasswordPepper | undefined, principalId: string, stored: string): OpenedHash {
  if (typeof stored !== 'string' || !stored.startsWith(prefix)) {
    return { status: 'readable', hash: stored, isCurrent: pepper?.enabled !== true }
  }
  const sealed = stored.slice(prefix.length)
  const [keyId = ''] = sealed.split('.', 1)
  const keys = pepper?.keyring.all(purpose) ?? []
  if (pepper === undefined || !keys.some(({ id }) => id === keyId)) return { status: 'missing_key', keyId }
  const { keyring, enabled } = pepper
  const hash = unseal({ keyring, purpose, owner: principalId }, sealed)
  if (hash === undefined) return { status: 'damaged' }
  return { status: 'readable', hash, isCurrent: enabled && keyring.current(purpose).id === keyId }
}
