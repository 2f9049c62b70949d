import type { Clock, CreateId, Keyring } from '@cardea/core/crypto'
import { sha256 } from '@cardea/core/crypto'
import { JOSEError, JWSInvalid } from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { SignJWT } from 'jose/jwt/sign'
import { LRUCache } from 'lru-cache'
import { isAhead } from '../lifetimes.js'
import { type AccessTokenAuthority, type AccessTokenClaims, audienceOf, readClaims } from './access-token-claims.js'
import { createAccessTokenKeys } from './access-token-keys.js'

/** RFC 9068 §2.1. */
const tokenType = 'at+jwt'
const algorithm = 'HS256'

/** Ours have about 600 characters; what is longer is not looked at. */
const maximumTokenLength = 4_096
/** Tokens whose signature need not be computed again. About 5 MB. */
const maximumRemembered = 10_000
/** For `iat` and `nbf` alone: how far another node's clock may be ahead. `exp` is exact. */
const clockSkewMilliseconds = 60_000

const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

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
  /** A token that came before is answered at once. */
  verify(token: string): AccessTokenResult | Promise<AccessTokenResult>
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

  const verifySignature = async (token: string): Promise<AccessTokenClaims | undefined> => {
    try {
      const { payload, protectedHeader } = await compactVerify(
        token,
        // Of the header only `kid` is used, and only to look a key up; `jku`, `jwk`, `x5u` and `x5c` are not even read.
        async ({ kid }) => {
          const key = await keys.find(kid)
          if (key === undefined) throw new JWSInvalid('unknown key')
          return key
        },
        { algorithms: [algorithm] },
      )
      if (protectedHeader.typ !== tokenType || protectedHeader.crit !== undefined) return undefined
      return readClaims(payload, authority)
    } catch (error) {
      if (error instanceof JOSEError) return undefined
      throw error
    }
  }

  const readNew = async (token: string, hash: string): Promise<AccessTokenClaims | undefined> => {
    if (!compactForm.test(token)) return undefined
    const claims = await verifySignature(token)
    if (claims !== undefined && isAhead(clock(), claims.expiresAt)) remembered.set(hash, claims)
    return claims
  }

  // A token that came before waits for nothing: nearly all requests bring one.
  const read = (token: string): AccessTokenClaims | undefined | Promise<AccessTokenClaims | undefined> => {
    if (typeof token !== 'string' || token.length > maximumTokenLength) return undefined
    const hash = sha256(token)
    return remembered.get(hash) ?? readNew(token, hash)
  }

  const inTime = (claims: AccessTokenClaims | undefined): AccessTokenResult => {
    if (claims === undefined) return { valid: false, code: 'token_invalid' }
    const now = clock()
    if (!isAhead(now, claims.expiresAt)) return { valid: false, code: 'token_expired' }
    const latestStart = now + clockSkewMilliseconds
    if (claims.issuedAt > latestStart || claims.notBefore > latestStart) return { valid: false, code: 'token_invalid' }
    return { valid: true, claims }
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
        .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: id })
        .sign(key)
      return { token, expiresAt, expiresInSeconds }
    },

    read: async (token) => await read(token),

    verify: (token) => {
      const claims = read(token)
      return claims instanceof Promise ? claims.then(inTime) : inTime(claims)
    },
  }
}
