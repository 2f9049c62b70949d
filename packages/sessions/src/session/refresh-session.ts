import { and, CardeaError, type Condition, databaseNow, eq, gt, gte, lt, or } from '@cardea/core'
import { constantTimeEqual } from '@cardea/core/crypto'
import { sessions } from '@cardea/storage'
import { isAhead } from '../lifetimes.js'
import { hashCookieToken } from '../token/cookie-token.js'
import type { PresentedRefreshToken } from '../token/refresh-tokens.js'
import type { SessionContext } from './context.js'
import { cookieEnd, cookieMaxAge } from './cookie-life.js'
import type { IssuedSession } from './issued.js'
import { byId, refusalOf, type SessionRow, toSessionView } from './session-row.js'

/** What a refresh gave, or why it gave nothing. */
export type RefreshResult =
  | ({
      readonly valid: true
      readonly accessToken: string
      readonly refreshToken: string
      /** False where the token was the previous one and its successor was given once more. */
      readonly rotated: boolean
      /** Whether the cookie that came along is valid and lives on: it is to be sent again with the new Max-Age. */
      readonly cookieExtended: boolean
    } & RefreshableSession &
      IssuedSession)
  | {
      readonly valid: false
      readonly code: 'token_invalid' | 'token_expired' | 'token_reused' | 'session_revoked'
    }

export interface RefreshRequest {
  /** The session cookie that came along, if any. */
  readonly cookieToken?: string | undefined
  /**
   * Reads what the answer needs beside the session. It is awaited before the token is used up, and when it throws, nothing is:
   * what cannot be answered must not cost the client its token.
   */
  readonly prepare?: ((found: RefreshableSession) => Promise<void>) | undefined
}

/** Whose session is about to be refreshed. */
export interface RefreshableSession {
  readonly principal: { readonly id: string; readonly collection: string }
  /** What caches are checked against, read in the same statement as the session. */
  readonly versions: { readonly authz: number; readonly policy: number; readonly config: number }
}

/** Each try that fails means that somebody else changed the row in between; more than a few in a row do not happen. */
const maximumTries = 5

/**
 * Judges a refresh token by the row's counter. Each change is one statement whose condition repeats what the decision
 * rests on; when it matches nothing, the row has moved on and is read and judged again.
 *
 * @see RFC 9700 §4.14.2
 */
export async function refreshSession(
  context: SessionContext,
  token: string,
  collection: string,
  request: RefreshRequest,
): Promise<RefreshResult> {
  const { operations, clock, refreshTokens } = context
  const presented = refreshTokens.parse(token)
  if (presented === undefined) return refused('token_invalid')

  for (let attempt = 0; attempt < maximumTries; attempt += 1) {
    const row = await operations.findOne(sessions, byId, { id: presented.sessionId })
    if (row === undefined || !isGenuine(context, presented, row, collection)) return refused('token_invalid')
    const now = clock()
    const refusal = refusalOf(row, now)
    if (refusal !== undefined) return refused(refusal)

    const behind = row.refresh_counter - presented.counter
    if (behind <= 1) {
      // First, so that an answer that cannot be made, for want of a key, of claims or of a record, uses nothing up. What was
      // prepared may have learnt of other lifetimes.
      await request.prepare?.(refreshableOf(row))
      const access = await accessTokenOf(context, row)
      const use = planUse(context, row, now, request.cookieToken)
      const matched = await operations.update(sessions, {
        where: and(
          use.unchanged,
          eq('refresh_counter', row.refresh_counter),
          ...(behind === 0 ? [] : [gte('rotated_at', graceStart(context, collection))]),
        ),
        set: behind === 0 ? { ...use.set, rotated_at: databaseNow() } : use.set,
        ...(behind === 0 ? { increment: { refresh_counter: 1 } } : {}),
      })
      if (matched === 1) {
        const { cookie: cookieExtended } = use
        return succeed(context, { ...row, ...use.set }, presented, access, {
          now,
          rotated: behind === 0,
          cookieExtended,
        })
      }
    }
    if (behind >= 1 && (await endReused(context, presented, collection))) {
      context.report({
        type: 'refresh_token_reused',
        at: now,
        principalId: row.principal_id,
        collection: row.principal.collection,
        sessionId: row.id,
      })
      return refused('token_reused')
    }
    // Somebody else has ended it for the same reason.
    if (behind > 1) return refused('token_reused')
  }
  throw new CardeaError('unavailable', 'the session is changing too often; try again', { retryAfterSeconds: 1 })
}

const refused = (code: 'token_invalid' | 'token_expired' | 'token_reused' | 'session_revoked'): RefreshResult => ({
  valid: false,
  code,
})

/** Whether we made the token, for this collection. A counter above the row's comes from a row that was since restored. */
export function isGenuine(
  context: SessionContext,
  presented: PresentedRefreshToken,
  row: SessionRow,
  collection: string,
): boolean {
  return (
    context.refreshTokens.verify(presented, row.refresh_salt) &&
    row.principal.collection === collection &&
    // Where somebody acts as the principal, no refresh token was made.
    row.actor_id === null &&
    presented.counter <= row.refresh_counter
  )
}

/** By the database's clock on both sides, because the node that rotated and this one may not agree. */
const graceStart = (context: SessionContext, collection: string) =>
  databaseNow(-context.lifetimesOf(collection).refreshGraceSeconds * 1_000)

interface Use {
  /** That the session is still the one that was judged. */
  readonly unchanged: Condition
  readonly set: {
    readonly last_used_at: number
    readonly idle_expires_at: number
    readonly cookie_expires_at?: number
  }
  readonly cookie: boolean
}

function planUse(context: SessionContext, row: SessionRow, now: number, cookieToken: string | undefined): Use {
  const lifetimes = context.lifetimesOf(row.principal.collection)
  const hash = cookieToken === undefined ? undefined : hashCookieToken(cookieToken)
  const cookie =
    hash !== undefined &&
    row.token_hash !== null &&
    constantTimeEqual(hash, row.token_hash) &&
    isAhead(now, row.cookie_expires_at)
  return {
    cookie,
    unchanged: and(
      eq('id', row.id),
      eq('epoch', row.epoch),
      gt('idle_expires_at', now),
      gt('absolute_expires_at', now),
      // A cookie that was replaced meanwhile must not be sent again.
      ...(cookie ? [eq('token_hash', row.token_hash)] : []),
    ),
    set: {
      last_used_at: now,
      idle_expires_at: Math.min(now + lifetimes.idleSeconds * 1_000, row.absolute_expires_at),
      ...(cookie ? { cookie_expires_at: cookieEnd(lifetimes, row, now) } : {}),
    },
  }
}

/** Ends the session if the token's successor has been in use for longer than the grace. */
async function endReused(
  context: SessionContext,
  presented: PresentedRefreshToken,
  collection: string,
): Promise<boolean> {
  const deleted = await context.operations.delete(
    sessions,
    and(
      eq('id', presented.sessionId),
      or(
        gt('refresh_counter', presented.counter + 1),
        and(eq('refresh_counter', presented.counter + 1), lt('rotated_at', graceStart(context, collection))),
      ),
    ),
  )
  return deleted === 1
}

const refreshableOf = (row: SessionRow): RefreshableSession => ({
  principal: { id: row.principal_id, collection: row.principal.collection },
  versions: {
    authz: row.principal.authz_version,
    policy: row.authz.policy_version,
    config: row.authz.config_version,
  },
})

type IssuedAccessToken = Awaited<ReturnType<SessionContext['accessTokens']['issue']>>

const accessTokenOf = (context: SessionContext, row: SessionRow): Promise<IssuedAccessToken> =>
  context.accessTokens.issue({
    principalId: row.principal_id,
    collection: row.principal.collection,
    sessionId: row.id,
    amr: row.amr,
    aal: row.aal,
    notAfter: row.absolute_expires_at,
    actorId: row.actor_id,
    accessSeconds: context.lifetimesOf(row.principal.collection).accessSeconds,
  })

function succeed(
  context: SessionContext,
  row: SessionRow,
  presented: PresentedRefreshToken,
  { token, expiresAt, expiresInSeconds }: IssuedAccessToken,
  {
    now,
    rotated,
    cookieExtended,
  }: { readonly now: number; readonly rotated: boolean; readonly cookieExtended: boolean },
): RefreshResult {
  return {
    valid: true,
    ...refreshableOf(row),
    session: toSessionView(row),
    accessToken: token,
    // Of a rotation or of the one before: the same.
    refreshToken: context.refreshTokens.issue(row.id, presented.counter + 1, row.refresh_salt),
    expiresAt,
    expiresInSeconds,
    rotated,
    cookieExtended,
    cookieMaxAgeSeconds: cookieMaxAge(row, now),
  }
}
