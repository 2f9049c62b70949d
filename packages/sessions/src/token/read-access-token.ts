import { JOSEError, JWSInvalid } from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { hasTokenLength } from './access-token-checks.js'
import { type AccessTokenAuthority, type AccessTokenClaims, readClaims } from './access-token-claims.js'
import type { AccessTokenAlgorithm, FindVerifyingKey } from './verifying-key.js'

// What decides over an access token stands here, in access-token-claims.ts and access-token-checks.ts, and nowhere else: for the sessions of a
// server and for a service that has nothing but keys. So nothing of the platform is imported but WebCrypto.

/** RFC 9068 §2.1. */
export const accessTokenType = 'at+jwt'

/** Which of them counts is the key's to say. */
const algorithms: AccessTokenAlgorithm[] = ['HS256', 'EdDSA', 'ES256']

/**
 * Header, payload and signature. The last character of a signature has bits that mean nothing, and here they are zero: else
 * the same token could be written in several ways, which whoever lists or remembers tokens would take for different ones.
 */
const compactForm =
  /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.(?:[A-Za-z0-9_-]{4})+(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/

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
