/** A key pair that signs access tokens, without its private half. */
export interface SigningKeyView {
  /** The `kid` of its tokens. */
  readonly id: string
  /** `EdDSA` or `ES256`. */
  readonly algorithm: string
  /**
   * `upcoming`: published, signs later. `signing`. `accepted`: signs no more, or never will, since its successor does; its
   * tokens count until `retireAt`. `retired`: nothing that it signed counts.
   */
  readonly state: 'upcoming' | 'signing' | 'accepted' | 'retired'
  /** Whether one of the root secrets opens its private half. */
  readonly opens: boolean
  /** Instants in milliseconds since 1970. */
  readonly createdAt: number
  readonly notBefore: number
  /** Null while it is not known. */
  readonly retireAt: number | null
}

/** A public key as a key set lists it (RFC 7517 §4). */
export interface PublishedKey {
  readonly kty: 'OKP' | 'EC'
  readonly crv: 'Ed25519' | 'P-256'
  readonly x: string
  readonly y?: string
  readonly kid: string
  readonly alg: 'EdDSA' | 'ES256'
  readonly use: 'sig'
}

/** A key set (RFC 7517 §5). */
export interface PublishedKeys {
  readonly keys: readonly PublishedKey[]
}
