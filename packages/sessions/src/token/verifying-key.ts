/** What may sign access tokens. A key belongs to one of them, whatever the header of a token says. */
export type AccessTokenAlgorithm = 'HS256' | 'EdDSA' | 'ES256'

/**
 * A key of WebCrypto. Named by way of its class, because the types of Node have no global type of that name; a project
 * without those of a browser could not check ours.
 */
export type WebCryptoKey = typeof CryptoKey.prototype

/** A key that verifies, and the one algorithm that it is for. */
export interface VerifyingKey {
  readonly algorithm: AccessTokenAlgorithm
  readonly key: WebCryptoKey
}

/** A key as jose takes it to sign. */
export interface AccessTokenKey {
  readonly id: string
  readonly algorithm: AccessTokenAlgorithm
  readonly key: WebCryptoKey
}

/** A key of which a token is remembered that it verified. */
export interface RememberedKey extends VerifyingKey {
  /** Whether what it signed still counts; absent where it always does. A promise only where that has to be looked up. */
  readonly stillCounts?: () => boolean | Promise<boolean>
}

/** Finds a key by the id in a token's header: nothing but a key of a Map, whatever it holds. */
export type FindVerifyingKey = (id: unknown) => Promise<VerifyingKey | undefined>

/** Copied, because the type of WebCrypto wants bytes that no other thread shares. */
export const importHmacKey = (bytes: Uint8Array, usages: readonly ('sign' | 'verify')[]): Promise<WebCryptoKey> =>
  crypto.subtle.importKey('raw', new Uint8Array(bytes), { name: 'HMAC', hash: 'SHA-256' }, false, usages)
