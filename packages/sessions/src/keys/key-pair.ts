import { type Keyring, type RandomBytes, seal, unseal } from '@cardea/core/crypto'
import type { keys, NewRowOf, RowOf } from '@cardea/storage'
import type { WebCryptoKey } from '../token/verifying-key.js'
import { createKeyId } from './key-id.js'
import type { PairAlgorithm } from './signing-options.js'

export type KeyRow = RowOf<typeof keys>

/** What a row signs; the table may hold keys for other things one day. */
export const keyPurpose = 'access-token'

const parameters = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
} as const

/** The public half of a key pair: an Ed25519 key of RFC 8037 or a P-256 key of RFC 7518 §6.2. */
export interface PublicHalf {
  readonly kty: 'OKP' | 'EC'
  readonly crv: 'Ed25519' | 'P-256'
  readonly x: string
  readonly y?: string
}

/** Makes a key pair. Its random bits are the platform's: WebCrypto takes none from elsewhere. */
export async function makeKeyPair(
  { keyring, random, now }: { readonly keyring: Keyring; readonly random: RandomBytes; readonly now: number },
  algorithm: PairAlgorithm,
  notBefore: number,
): Promise<NewRowOf<typeof keys> & { readonly id: string; readonly not_before: number }> {
  // Both are algorithms of signatures, which come in pairs.
  const pair = (await crypto.subtle.generateKey(parameters[algorithm], true, ['sign', 'verify'])) as {
    readonly privateKey: WebCryptoKey
    readonly publicKey: WebCryptoKey
  }
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const half = y === undefined ? { kty, crv, x } : { kty, crv, x, y }
  const id = createKeyId(keyring, random)
  return {
    id,
    algorithm,
    purpose: keyPurpose,
    public_key: half,
    private_key: seal(sealing(keyring, id), random, JSON.stringify({ ...half, d })),
    not_before: notBefore,
    retire_at: null,
    created_at: now,
  }
}

export const importPublicHalf = (row: KeyRow): Promise<WebCryptoKey> =>
  crypto.subtle.importKey('jwk', publicHalfOf(row), parameters[algorithmOf(row)], false, ['verify'])

/** @returns Undefined where none of the secrets opens it. */
export async function importPrivateHalf(keyring: Keyring, row: KeyRow): Promise<WebCryptoKey | undefined> {
  const opened = unseal(sealing(keyring, row.id), row.private_key)
  if (opened === undefined) return undefined
  // What was sealed by us, and by nobody else.
  const jwk = JSON.parse(opened) as JsonWebKey
  return await crypto.subtle.importKey('jwk', jwk, parameters[algorithmOf(row)], false, ['sign'])
}

/** Whether one of the secrets opens the private half. */
export const canBeOpened = (keyring: Keyring, row: KeyRow): boolean =>
  unseal(sealing(keyring, row.id), row.private_key) !== undefined

// Written by `makeKeyPair` alone.
export const publicHalfOf = (row: KeyRow): PublicHalf => row.public_key as PublicHalf
export const algorithmOf = (row: KeyRow): PairAlgorithm => row.algorithm as PairAlgorithm

const sealing = (keyring: Keyring, owner: string) => ({ keyring, purpose: 'signing-key-encryption', owner }) as const
