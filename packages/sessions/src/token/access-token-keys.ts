import type { Keyring } from '@cardea/core/crypto'

/** A key as jose takes it. */
export interface AccessTokenKey {
  readonly id: string
  readonly key: CryptoKey
}

/** The keys of access tokens: one signs, all verify. */
export interface AccessTokenKeys {
  current(): Promise<AccessTokenKey>
  /** @param id As a token's header names it: nothing but a key of a Map, whatever it holds. */
  find(id: unknown): Promise<CryptoKey | undefined>
}

/**
 * Imports the keys that a keyring derives for access tokens, each once. The keyring is asked at the first token, so that
 * building the service needs no secret.
 */
export function createAccessTokenKeys(keyring: Keyring): AccessTokenKeys {
  const imported = new Map<string, Promise<CryptoKey>>()

  const load = (): ReadonlyMap<string, Promise<CryptoKey>> => {
    if (imported.size === 0) {
      for (const { id, bytes } of keyring.all('access-token')) imported.set(id, importHmacKey(bytes))
    }
    return imported
  }

  return {
    current: async () => {
      const { id, bytes } = keyring.current('access-token')
      return { id, key: await (load().get(id) ?? importHmacKey(bytes)) }
    },
    find: async (id) => (typeof id === 'string' ? await load().get(id) : undefined),
  }
}

/** Copied, because the type of WebCrypto wants bytes that no other thread shares. */
const importHmacKey = (bytes: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', new Uint8Array(bytes), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
