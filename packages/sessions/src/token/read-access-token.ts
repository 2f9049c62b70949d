import { JOSEError, JWSInvalid } from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { isAhead } from '../lifetimes.js'
import { type AccessTokenAuthority, type AccessTokenClaims, readClaims } from './access-token-claims.js'
import type { AccessTokenAlgorithm, FindVerifyingKey } from './verifying-key.js'

// What decides over an access token stands here and in access-token-claims.ts, and nowhere else: for the sessions of a
// server and for a service that has nothing but keys. So nothing of the platform is imported but WebCrypto.

/** RFC 9068 §2.1. */
export const accessTokenType = 'at+jwt'

/** Which of them counts is the key's to say. */
const algorithms: AccessTokenAlgorithm[] = ['HS256', 'EdDSA', 'ES256']

/** Ours have about 600 characters; what is longer is not looked at. */
const maximumTokenLength = 4_096
/** For `iat` and `nbf` alone: how far another node's clock may be ahead. `exp` is exact. */
const clockSkewMilliseconds = 60_000

/**
 * Header, payload and signature. The last character of a signature has bits that mean nothing, and here they are zero: else
 * the same token could be written in several ways, which whoever lists or remembers tokens would take for different ones.
 */
const compactForm =
  /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.(?:[A-Za-z0-9_-]{4})+(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/

/** Whether a token is a text, and short enough to be hashed or looked at further. */
export const hasTokenLength = (token: string): boolean =>
  typeof token === 'string' && token.length <= maximumTokenLength

/**
 * The claims of a token with a valid signature, at whatever time.
 *
 * @returns Undefined for anything else.
 * @see RFC 8725 §3.1, §3.2, §3.10, §3.11
 */
export async function readAccessToken(
  token: string,
  find: FindVerifyingKey,
  authority: AccessTokenAuthority,
): Promise<AccessTokenClaims | undefined> {
  if (!hasTokenLength(token) || !compactForm.test(token)) return undefined
  try {
    const { payload, protectedHeader } = await compactVerify(
      token,
      // Of the header only `kid` is used, and only to look a key up; `jku`, `jwk`, `x5u` and `x5c` are not even read.
      async ({ kid, alg }) => {
        const found = await find(kid)
        if (found === undefined || found.algorithm !== alg) throw new JWSInvalid('unknown key')
        return found.key
      },
      { algorithms },
    )
    if (protectedHeader.typ !== accessTokenType || protectedHeader.crit !== undefined) return undefined
    return readClaims(payload, authority)
  } catch (error) {
    if (error instanceof JOSEError) return undefined
    throw error
  }
}

/** Why claims do not count at an instant; undefined when they do. */
export function refusalAt(now: number, claims: AccessTokenClaims): 'token_invalid' | 'token_expired' | undefined {
  if (!isAhead(now, claims.expiresAt)) return 'token_expired'
  const latestStart = now + clockSkewMilliseconds
  return claims.issuedAt > latestStart || claims.notBefore > latestStart ? 'token_invalid' : undefined
}
