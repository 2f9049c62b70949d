import { failure, type OAuthEnvironment, type OAuthFailure } from '../provider.js'
import type { KeySet } from './key-set.js'

/** Algorithms with a private key: one that is shared (HS256) would let a public one sign, and `none` is none (RFC 8725 §3.1). */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** How far clocks may differ. */
const leewaySeconds = 60

/** An ID token that was made longer ago was not made for this sign-in, which takes ten minutes at most. */
const maximumAgeSeconds = 15 * 60

export interface ExpectedIdToken {
  /** The issuer, exactly; or what says whether one is right, for providers that have one for each of their tenants. */
  readonly issuer: string | ((claims: IdTokenClaims) => boolean)
  readonly clientId: string
  readonly nonce: string
}

export type IdTokenClaims = Readonly<Record<string, unknown>>

export type IdTokenResult = { readonly ok: true; readonly claims: IdTokenClaims } | OAuthFailure

/**
 * Checks that an ID token was made by the issuer, for this client and for this sign-in.
 *
 * @see OpenID Connect Core 1.0 §3.1.3.7
 */
export async function verifyIdToken(
  environment: OAuthEnvironment,
  keys: KeySet,
  idToken: string | undefined,
  expected: ExpectedIdToken,
): Promise<IdTokenResult> {
  if (idToken === undefined) return failure('id_token_invalid', 'there is none')
  const found = await keys.find()
  if (!found.ok) return found
  const { jwtVerify } = await import('jose/jwt/verify')
  let claims: IdTokenClaims
  try {
    const verified = await jwtVerify(idToken, found.getKey, {
      algorithms,
      audience: expected.clientId,
      clockTolerance: leewaySeconds,
      currentDate: new Date(environment.clock()),
      maxTokenAge: maximumAgeSeconds,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
      ...(typeof expected.issuer === 'string' ? { issuer: expected.issuer } : {}),
    })
    claims = verified.payload
  } catch (error) {
    return failure('id_token_invalid', whatFailed(error))
  }
  const { aud, azp, nonce } = claims
  if (typeof expected.issuer !== 'string' && !expected.issuer(claims)) return failure('id_token_invalid', 'iss')
  // One that several may use has to name for whom it was made.
  if (Array.isArray(aud) && aud.length > 1 && azp !== expected.clientId) return failure('id_token_invalid', 'azp')
  if (azp !== undefined && azp !== expected.clientId) return failure('id_token_invalid', 'azp')
  if (nonce !== expected.nonce) return failure('id_token_invalid', 'nonce')
  return { ok: true, claims }
}

/** jose's codes say what was wrong, and its claims which; its messages are not repeated. */
function whatFailed(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'not verifiable'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'not verifiable'
  return 'claim' in error && typeof error.claim === 'string' && error.claim !== 'unspecified' ? error.claim : code
}
