import { CardeaError } from '@cardea/core'
import {
  type AccessTokenAlgorithm,
  importHmacKey,
  type VerifyingKey,
  type WebCryptoKey,
} from '../token/verifying-key.js'

/** The public half of a signing key, as a JWKS lists it (RFC 7517, RFC 8037). Of its members only these are looked at. */
export interface PublicJsonWebKey {
  readonly kty?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly alg?: string
  readonly use?: string
  readonly kid?: string
}

/** A key that access tokens may be signed with. */
export type AccessTokenVerificationKey =
  | {
      /** The `kid` of the tokens that it verifies. */
      readonly id: string
      readonly algorithm: 'HS256'
      /** At least 256 bits. Whoever holds it can make tokens, too. */
      readonly key: Uint8Array | WebCryptoKey
    }
  | {
      /** The `kid` of the tokens that it verifies. */
      readonly id: string
      readonly algorithm: 'EdDSA' | 'ES256'
      readonly key: PublicJsonWebKey | WebCryptoKey
    }

/** RFC 7518 §3.2: as long as the hash. */
const minimumHmacBits = 256

/** What a public key of each algorithm is, in a JWK and in WebCrypto. EdDSA is Ed25519 alone. */
const curves = {
  EdDSA: { kty: 'OKP', crv: 'Ed25519', algorithm: { name: 'Ed25519' } },
  ES256: { kty: 'EC', crv: 'P-256', algorithm: { name: 'ECDSA', namedCurve: 'P-256' } },
} as const

/** What WebCrypto says of a key, of whatever kind it is. */
interface KeyAlgorithmDetails {
  readonly name: string
  readonly namedCurve?: string
  readonly length?: number
  readonly hash?: { readonly name: string }
}

/**
 * Checks a key against its algorithm at once, and imports it when it is asked for the first time.
 *
 * @param place Where the key stands in the options; it opens the message of an error, which never holds the key.
 * @throws CardeaError `configuration_invalid`.
 */
export function prepareKey(entry: AccessTokenVerificationKey, place: string): () => Promise<VerifyingKey> {
  const refuse = (reason: string, cause?: unknown) =>
    new CardeaError('configuration_invalid', `createAccessTokenVerifier: ${place} ${reason}`, { cause })
  // What a caller without types might pass.
  const { algorithm, key } = entry as { algorithm: AccessTokenAlgorithm; key: unknown }
  const flaw = flawOf(algorithm, key)
  if (flaw !== undefined) throw refuse(flaw)
  let imported: Promise<VerifyingKey> | undefined
  return () => {
    imported ??= importKey(entry).then(
      (cryptoKey) => ({ algorithm, key: cryptoKey }),
      (cause: unknown) => {
        throw refuse(`is no ${algorithm} key`, cause)
      },
    )
    return imported
  }
}

function flawOf(algorithm: AccessTokenAlgorithm, key: unknown): string | undefined {
  if (algorithm !== 'HS256' && algorithm !== 'EdDSA' && algorithm !== 'ES256') {
    return 'must have the algorithm HS256, EdDSA or ES256'
  }
  if (typeof key !== 'object' || key === null) return 'has no key'
  if (isCryptoKey(key)) return flawOfCryptoKey(algorithm, key)
  if (algorithm === 'HS256') {
    if (!(key instanceof Uint8Array)) return 'must be bytes or a CryptoKey'
    return key.byteLength * 8 < minimumHmacBits ? `needs at least ${minimumHmacBits} bits` : undefined
  }
  // `d` is the private half: a verifier has no use for it, and whoever holds it can make tokens.
  if ('d' in key) return 'is a private key; pass its public half'
  const { kty, crv } = curves[algorithm]
  const jwk: PublicJsonWebKey = key
  if (jwk.kty !== kty || jwk.crv !== crv) return `must be a JWK of ${kty} and ${crv}`
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return `is not for ${algorithm}`
  if (typeof jwk.x !== 'string' || (jwk.y !== undefined && typeof jwk.y !== 'string'))
    return 'must have its coordinates as texts'
  if (jwk.use !== undefined && jwk.use !== 'sig') return 'is not for signatures'
  return undefined
}

function flawOfCryptoKey(algorithm: AccessTokenAlgorithm, key: WebCryptoKey): string | undefined {
  const details: KeyAlgorithmDetails = key.algorithm
  if (!key.usages.includes('verify')) return 'must be a key that verifies'
  if (algorithm === 'HS256') {
    if (key.type !== 'secret' || details.name !== 'HMAC' || details.hash?.name !== 'SHA-256') return 'is no HS256 key'
    return (details.length ?? 0) < minimumHmacBits ? `needs at least ${minimumHmacBits} bits` : undefined
  }
  const wanted: KeyAlgorithmDetails = curves[algorithm].algorithm
  const fits = key.type === 'public' && details.name === wanted.name && details.namedCurve === wanted.namedCurve
  return fits ? undefined : `is no ${algorithm} key`
}

async function importKey(entry: AccessTokenVerificationKey): Promise<WebCryptoKey> {
  if (isCryptoKey(entry.key)) return entry.key
  if (entry.algorithm === 'HS256') return importHmacKey(entry.key, ['verify'])
  const { kty, crv, algorithm } = curves[entry.algorithm]
  const { x = '', y } = entry.key
  const jwk: JsonWebKey = y === undefined ? { kty, crv, x } : { kty, crv, x, y }
  return crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
}

/** By its shape: another realm, such as that of an edge runtime, has a class of its own. */
const isCryptoKey = (key: object): key is WebCryptoKey => 'usages' in key && 'algorithm' in key && 'type' in key
