import type { Keyring } from '@cardea/core/crypto'
import type { StorageOperations } from '@cardea/storage'
import { looksLikeKeyId } from '../keys/key-id.js'
import type { LazyKeyRing } from '../keys/lazy-key-ring.js'
import { type AccessTokenAlgorithm, type AccessTokenKey, importHmacKey, type RememberedKey } from './verifying-key.js'

/** The keys of access tokens: one signs, all verify. */
export interface AccessTokenKeys {
  /** @param joined The transaction that the token is made in, if any. */
  current(joined: StorageOperations | undefined): Promise<AccessTokenKey>
  /** By the id in a token's header, whatever that holds. */
  find(id: unknown): Promise<RememberedKey | undefined>
}

export interface AccessTokenKeysDeps {
  readonly keyring: Keyring
  readonly algorithm: AccessTokenAlgorithm
  readonly ring: LazyKeyRing
}

/**
 * Imports the keys that a keyring derives for access tokens, each once. The keyring is asked at the first token, so that
 * building the service needs no secret.
 *
 * Both kinds of keys verify, whichever signs: while an app goes from one to the other, its nodes sign with either.
 */
export function createAccessTokenKeys({ keyring, algorithm, ring }: AccessTokenKeysDeps): AccessTokenKeys {
  const imported = new Map<string, Promise<CryptoKey>>()

  const load = (): ReadonlyMap<string, Promise<CryptoKey>> => {
    if (imported.size === 0) {
      for (const { id, bytes } of keyring.all('access-token')) imported.set(id, importOurs(bytes))
    }
    return imported
  }

  return {
    current: async (joined) => {
      if (algorithm !== 'HS256') return await (await ring.load()).signing(algorithm, joined)
      const { id, bytes } = keyring.current('access-token')
      return { id, algorithm, key: await (load().get(id) ?? importOurs(bytes)) }
    },
    find: async (id) => {
      if (typeof id !== 'string') return undefined
      const key = await load().get(id)
      if (key !== undefined) return { algorithm: 'HS256', key }
      return looksLikeKeyId(id) ? await (await ring.load()).find(id) : undefined
    },
  }
}

const importOurs = (bytes: Uint8Array): Promise<CryptoKey> => importHmacKey(bytes, ['sign', 'verify'])
