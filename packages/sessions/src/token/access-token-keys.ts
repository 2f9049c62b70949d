import type { Keyring } from '@cardea/core/crypto'
import { type FindVerifyingKey, importHmacKey } from './verifying-key.js'

/** A key as jose takes it. */
export interface AccessTokenKey {
  readonly id: string
  readonly key: CryptoKey
}

/** The keys of access tokens: one signs, all verify. */
export interface AccessTokenKeys {
  current(): Promise<AccessTokenKey>
  readonly find: FindVerifyingKey
}

/**
 * Imports the keys that a keyring derives for access tokens, each once. The keyring is asked at the first token, so that
 * building the service needs no secret.
 */
export function createAccessTokenKeys(keyring: Keyring): AccessTokenKeys {
  const imported = new Map<string, Promise<CryptoKey>>()

  const load = (): ReadonlyMap<string, Promise<CryptoKey>> => {
    if (imported.size === 0) {
      for (const { id, bytes } of keyring.all('access-token')) imported.set(id, importOurs(bytes))
    }
    return imported
  }

  return {
    current: async () => {
      const { id, bytes } = keyring.current('access-token')
      return { id, key: await (load().get(id) ?? importOurs(bytes)) }
    },
    find: async (id) => {
      const key = typeof id === 'string' ? await load().get(id) : undefined
      return key === undefined ? undefined : { algorithm: 'HS256', key }
    },
  }
}

const importOurs = (bytes: Uint8Array): Promise<CryptoKey> => importHmacKey(bytes, ['sign', 'verify'])
