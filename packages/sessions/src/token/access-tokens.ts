import type { Clock, CreateId, Keyring } from '@cardea/core/crypto'
import { sha256 } from '@cardea/core/crypto'
import { SignJWT } from 'jose/jwt/sign'
import { LRUCache } from 'lru-cache'
import { isAhead } from '../lifetimes.js'
import { type AccessTokenAuthority, type AccessTokenClaims, audienceOf } from './access-token-claims.js'
import { createAccessTokenKeys } from './access-token-keys.js'
import { accessTokenType, looksLikeAccessToken, readAccessToken, refusalAt } from './read-access-token.js'

/** Tokens whose signature need not be computed again. About 5 MB. */
const maximumRemembered = 10_000

/** What goes into an access token. */
export interface AccessTokenContent {
  readonly principalId: string
  readonly collection: string
  readonly sessionId: string
  readonly amr: readonly string[]
  readonly aal: number
  /** In milliseconds; the token does not live longer. */
  readonly notAfter: number
}

export interface IssuedAccessToken {
  readonly token: string
  /** In milliseconds, on a full second. */
  readonly expiresAt: number
  readonly expiresInSeconds: number
}

export type AccessTokenResult =
  | { readonly valid: true; readonly claims: AccessTokenClaims }
  | { readonly valid: false; readonly code: 'token_invalid' | 'token_expired' }

/** Signs and verifies access tokens. Knows nothing of sessions. */
export interface AccessTokens {
  /** When a token that is made now expires. */
  lifeOf(notAfter: number): Omit<IssuedAccessToken, 'token'>
  issue(content: AccessTokenContent): Promise<IssuedAccessToken>
  verify(token: string): Promise<AccessTokenResult>
  /** The claims of a token with a valid signature, at whatever time. */
  read(token: string): Promise<AccessTokenClaims | undefined>
}

export interface AccessTokensDeps extends AccessTokenAuthority {
  readonly clock: Clock
  readonly createId: CreateId
  readonly keyring: Keyring
  readonly accessSeconds: number
}

/** @see RFC 9068, RFC 8725 */
export function createAccessTokens(deps: AccessTokensDeps): AccessTokens {
  const { clock, createId } = deps
  const authority: AccessTokenAuthority = { issuer: deps.issuer, audience: deps.audience }
  const keys = createAccessTokenKeys(deps.keyring)
  // By the hash of the whole token, so that it neither hides a changed signature nor keeps a token in memory.
  const remembered = new LRUCache<string, AccessTokenClaims>({ max: maximumRemembered })

  const lifeFrom = (now: number, notAfter: number) => {
    const issuedAt = Math.floor(now / 1_000)
    const expires = Math.max(issuedAt, Math.floor(Math.min(now + deps.accessSeconds * 1_000, notAfter) / 1_000))
    return { issuedAt, expires, expiresAt: expires * 1_000, expiresInSeconds: expires - issuedAt }
  }

  const read = async (token: string): Promise<AccessTokenClaims | undefined> => {
    if (!looksLikeAccessToken(token)) return undefined
    const hash = sha256(token)
    const known = remembered.get(hash)
    if (known !== undefined) return known
    const claims = await readAccessToken(token, keys.find, authority)
    if (claims !== undefined && isAhead(clock(), claims.expiresAt)) remembered.set(hash, claims)
    return claims
  }

  return {
    lifeOf: (notAfter) => {
      const { expiresAt, expiresInSeconds } = lifeFrom(clock(), notAfter)
      return { expiresAt, expiresInSeconds }
    },

    issue: async (content) => {
      const { issuedAt, expires, expiresAt, expiresInSeconds } = lifeFrom(clock(), content.notAfter)
      const { id, key } = await keys.current()
      const token = await new SignJWT({
        iss: authority.issuer,
        aud: audienceOf(authority, content.collection),
        sub: content.principalId,
        sid: content.sessionId,
        col: content.collection,
        iat: issuedAt,
        exp: expires,
        jti: createId(),
        amr: [...content.amr],
        aal: content.aal,
      })
        .setProtectedHeader({ alg: 'HS256', typ: accessTokenType, kid: id })
        .sign(key)
      return { token, expiresAt, expiresInSeconds }
    },

    read,

    verify: async (token) => {
      const claims = await read(token)
      if (claims === undefined) return { valid: false, code: 'token_invalid' }
      const code = refusalAt(clock(), claims)
      return code === undefined ? { valid: true, claims } : { valid: false, code }
    },
  }
}
