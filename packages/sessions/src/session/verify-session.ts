import { sessions } from '@cardea/storage'
import { isAhead } from '../lifetimes.js'
import type { AccessTokenClaims } from '../token/access-token-claims.js'
import type { AccessTokenResult } from '../token/access-tokens.js'
import { hashCookieToken } from '../token/cookie-token.js'
import type { SessionContext } from './context.js'
import { byId, byTokenHash, refusalOf, type SessionRow, toSessionView } from './session-row.js'
import type { SessionView } from './session-view.js'

/** Who is behind a credential. */
export interface VerifiedSession {
  readonly valid: true
  readonly credential: 'cookie' | 'access_token'
  readonly principal: { readonly id: string; readonly collection: string }
  /**
   * In stateless mode only what the access token says: `createdAt` and `lastUsedAt` are its `iat` and `expiresAt` its
   * `exp`; address and user agent are null, and `authTime` is 0, so that the session never counts as fresh.
   */
  readonly session: SessionView
  /** What caches are checked against, read in the same statement; undefined where none was made, in stateless mode. */
  readonly versions:
    | {
        /** The principal's. */
        readonly epoch: number
        readonly authz: number
        readonly policy: number
        readonly config: number
      }
    | undefined
}

/** Why a credential does not count. */
export interface RefusedSession {
  readonly valid: false
  readonly code: 'unauthenticated' | 'token_invalid' | 'token_expired' | 'session_revoked'
}

export type SessionVerification = VerifiedSession | RefusedSession

const unauthenticated: RefusedSession = Object.freeze({ valid: false, code: 'unauthenticated' })
const invalid: RefusedSession = Object.freeze({ valid: false, code: 'token_invalid' })
const expired: RefusedSession = Object.freeze({ valid: false, code: 'token_expired' })
const revoked: RefusedSession = Object.freeze({ valid: false, code: 'session_revoked' })

export async function verifyCookie(
  context: SessionContext,
  token: string,
  collections: readonly string[],
): Promise<SessionVerification> {
  const hash = hashCookieToken(token)
  if (hash === undefined) return unauthenticated
  const row = await context.operations.findOne(sessions, byTokenHash, { hash })
  if (row === undefined || !collections.includes(row.principal.collection)) return unauthenticated
  const now = context.clock()
  return refuse(row, now) ?? (isAhead(now, row.cookie_expires_at) ? accept(context, row, now, 'cookie') : expired)
}

export function verifyAccessToken(
  context: SessionContext,
  token: string,
  collections: readonly string[],
): Promise<SessionVerification> {
  const result = context.accessTokens.verify(token)
  // What is known already waits for nothing: in stateless mode this is all that a request does here.
  if (result instanceof Promise) return result.then((later) => verifyClaims(context, later, collections))
  const verification = verifyClaims(context, result, collections)
  return verification instanceof Promise ? verification : Promise.resolve(verification)
}

function verifyClaims(
  context: SessionContext,
  result: AccessTokenResult,
  collections: readonly string[],
): SessionVerification | Promise<SessionVerification> {
  if (!result.valid) return result.code === 'token_expired' ? expired : invalid
  const { claims } = result
  if (!collections.includes(claims.collection)) return invalid
  return context.mode === 'stateless' ? acceptClaims(claims) : verifyRow(context, claims)
}

async function verifyRow(context: SessionContext, claims: AccessTokenClaims): Promise<SessionVerification> {
  const row = await context.operations.findOne(sessions, byId, { id: claims.sessionId })
  if (row === undefined) return revoked
  if (row.principal_id !== claims.principalId || row.principal.collection !== claims.collection) return invalid
  const now = context.clock()
  return refuse(row, now) ?? accept(context, row, now, 'access_token')
}

function refuse(row: SessionRow, now: number): RefusedSession | undefined {
  const code = refusalOf(row, now)
  if (code === undefined) return undefined
  return code === 'token_expired' ? expired : revoked
}

function accept(
  context: SessionContext,
  row: SessionRow,
  now: number,
  credential: 'cookie' | 'access_token',
): VerifiedSession {
  context.noteUse(row, now)
  const { principal, authz } = row
  return {
    valid: true,
    credential,
    principal: { id: principal.id, collection: principal.collection },
    session: toSessionView(row),
    versions: {
      epoch: principal.epoch,
      authz: principal.authz_version,
      policy: authz.policy_version,
      config: authz.config_version,
    },
  }
}

function acceptClaims(claims: AccessTokenClaims): VerifiedSession {
  return {
    valid: true,
    credential: 'access_token',
    principal: { id: claims.principalId, collection: claims.collection },
    session: {
      id: claims.sessionId,
      principalId: claims.principalId,
      createdAt: claims.issuedAt,
      lastUsedAt: claims.issuedAt,
      expiresAt: claims.expiresAt,
      ip: null,
      userAgent: null,
      actorId: claims.actorId,
      amr: claims.amr,
      aal: claims.aal,
      authTime: 0,
    },
    versions: undefined,
  }
}
