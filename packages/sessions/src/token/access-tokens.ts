import { lazy, RecentMap } from '@cardea/core'
import type { Clock, CreateId, Keyring } from '@cardea/core/crypto'
import { sha256 } from '@cardea/core/crypto'
import type { StorageOperations } from '@cardea/storage'
import type { LazyKeyRing } from '../keys/lazy-key-ring.js'
import { isAhead } from '../lifetimes.js'
import { hasTokenLength, refusalAt } from './access-token-checks.js'
import { type AccessTokenAuthority, type AccessTokenClaims, audienceOf } from './access-token-claims.js'
import { createAccessTokenKeys } from './access-token-keys.js'
import { type ExtraClaims, extraClaimsOf } from './extra-claims.js'
import type { AccessTokenAlgorithm, RememberedKey } from './verifying-key.js'

/** Tokens whose signature need not be computed again. About 5 MB. */
const maximumRemembered = 10_000

const loadSignatures = lazy(() => import('./signatures.js'))

/** What goes into an access token. */
export interface AccessTokenContent {
  readonly principalId: string
  readonly collection: string
  readonly sessionId: string
  readonly amr: readonly string[]
  readonly aal: number
  /** Who acts as the principal; null where nobody does. */
  readonly actorId: string | null
  /** In milliseconds; the token does not live longer. */
  readonly notAfter: number
  /** How long it is to live, within that. */
  readonly accessSeconds: number
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
  lifeOf(notAfter: number, accessSeconds: number): Omit<IssuedAccessToken, 'token'>
  issue(content: AccessTokenContent): Promise<IssuedAccessToken>
  /** A token that came before is answered at once. */
  verify(token: string): AccessTokenResult | Promise<AccessTokenResult>
  /** The claims of a token with a valid signature, at whatever time. */
  read(token: string): Promise<AccessTokenClaims | undefined>
  /** The same inside a transaction: making a token waits for no other connection. */
  within(transaction: StorageOperations): AccessTokens
}

export interface AccessTokensDeps extends AccessTokenAuthority {
  readonly clock: Clock
  readonly createId: CreateId
  readonly keyring: Keyring
  /** What signs new tokens. */
  readonly algorithm: AccessTokenAlgorithm
  /** Key pairs, for those that were signed with one. */
  readonly ring: LazyKeyRing
  /** Further claims of a token that is about to be made. */
  readonly extraClaims?: ExtraClaims | undefined
}

/** What is known of a token that came before. */
interface Remembered {
  readonly claims: AccessTokenClaims
  readonly stillCounts: RememberedKey['stillCounts']
}

/** @see RFC 9068, RFC 8725 */
export function createAccessTokens(deps: AccessTokensDeps): AccessTokens {
  const { clock, createId } = deps
  const authority: AccessTokenAuthority = { issuer: deps.issuer, audience: deps.audience }
  const keys = createAccessTokenKeys(deps)
  // By the hash of the whole token, so that it neither hides a changed signature nor keeps a token in memory.
  const remembered = new RecentMap<string, Remembered>(maximumRemembered)

  const lifeFrom = (now: number, notAfter: number, accessSeconds: number) => {
    const issuedAt = Math.floor(now / 1_000)
    const expires = Math.max(issuedAt, Math.floor(Math.min(now + accessSeconds * 1_000, notAfter) / 1_000))
    return { issuedAt, expires, expiresAt: expires * 1_000, expiresInSeconds: expires - issuedAt }
  }

  const readNew = async (token: string, hash: string): Promise<AccessTokenClaims | undefined> => {
    let key: RememberedKey | undefined
    const find = async (id: unknown) => {
      key = await keys.find(id)
      return key
    }
    const { readAccessToken } = await loadSignatures()
    const claims = await readAccessToken(token, find, authority)
    if (claims !== undefined && isAhead(clock(), claims.expiresAt)) {
      remembered.set(hash, { claims, stillCounts: key?.stillCounts })
    }
    return claims
  }

  // A token that came before waits for nothing: nearly all requests bring one.
  const read = (token: string): AccessTokenClaims | undefined | Promise<AccessTokenClaims | undefined> => {
    if (!hasTokenLength(token)) return undefined
    const hash = sha256(token)
    const known = remembered.get(hash)
    if (known === undefined) return readNew(token, hash)
    const { claims, stillCounts } = known
    // Its signature is right for ever, but its key may have been retired since.
    const counts = stillCounts === undefined || stillCounts()
    if (counts instanceof Promise) return counts.then((yes) => (yes ? claims : undefined))
    return counts ? claims : undefined
  }

  const inTime = (claims: AccessTokenClaims | undefined): AccessTokenResult => {
    if (claims === undefined) return { valid: false, code: 'token_invalid' }
    const code = refusalAt(clock(), claims)
    return code === undefined ? { valid: true, claims } : { valid: false, code }
  }

  const bind = (joined: StorageOperations | undefined): AccessTokens => ({
    lifeOf: (notAfter, accessSeconds) => {
      const { expiresAt, expiresInSeconds } = lifeFrom(clock(), notAfter, accessSeconds)
      return { expiresAt, expiresInSeconds }
    },

    issue: async (content) => {
      const { issuedAt, expires, expiresAt, expiresInSeconds } = lifeFrom(
        clock(),
        content.notAfter,
        content.accessSeconds,
      )
      const { signAccessToken } = await loadSignatures()
      const key = await keys.current(joined)
      const extra = await extraClaimsOf(deps.extraClaims, content)
      const claims = {
        ...extra,
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
        ...(content.actorId === null ? {} : { act: { sub: content.actorId } }),
      }
      const token = await signAccessToken(claims, key)
      return { token, expiresAt, expiresInSeconds }
    },

    read: async (token) => await read(token),

    verify: (token) => {
      const claims = read(token)
      return claims instanceof Promise ? claims.then(inTime) : inTime(claims)
    },

    within: bind,
  })
  return bind(undefined)
}
