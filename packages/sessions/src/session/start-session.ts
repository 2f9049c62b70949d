import { toBase64Url } from '@cardea/core/crypto'
import type { RowOf, sessions } from '@cardea/storage'
import { createCookieToken } from '../token/cookie-token.js'
import { type ClientDetails, toClientColumns } from './client-details.js'
import type { SessionContext } from './context.js'
import { cookieEnd, cookieMaxAge, cookieSecondsOf } from './cookie-life.js'
import { insertSession } from './insert-session.js'
import type { IssuedSession } from './issued.js'
import type { SessionActor } from './session-actor.js'
import { toSessionView } from './session-row.js'

/** That a principal has proved who it is. */
export interface SessionProof {
  readonly principalId: string
  readonly collection: string
  /**
   * The principal's epoch, read in the same statement as what was proved and before it was compared. If it has changed
   * since, the session is born dead.
   */
  readonly epoch: number
  /** Methods, as in RFC 8176, such as `pwd`. */
  readonly amr: readonly string[]
  /** Authenticator assurance level, as in NIST SP 800-63B. */
  readonly aal: 1 | 2 | 3
  /** When it was proved, in milliseconds since 1970. */
  readonly authTime: number
  /** Who acts as the principal, where somebody does. */
  readonly actor?: SessionActor
}

/** What to hand out. */
export interface SessionDelivery {
  readonly cookie: boolean
  /** An access token and a refresh token, none, or a refresh token alone: for where that goes into a cookie of its own. */
  readonly tokens: boolean | 'refresh'
  /**
   * Whether the cookie lives for `rememberSeconds` (true) or ends with the browser (false); without it, the usual time.
   */
  readonly rememberMe?: boolean | undefined
}

/** A session that has just begun. */
export interface StartedSession extends IssuedSession {
  /** 256 random bits for the session cookie, where one was asked for. */
  readonly cookieToken?: string
  /** Sessions that have ended to make room for this one. */
  readonly displaced: readonly string[]
}

/** 128 bits: that nobody can tell a session's MACs from its id, even with another session's at hand. */
const saltBytes = 16

export async function startSession(
  context: SessionContext,
  proof: SessionProof,
  client: ClientDetails,
  delivery: SessionDelivery,
): Promise<StartedSession> {
  const { clock, random, accessTokens, refreshTokens } = context
  const lifetimes = context.lifetimesOf(proof.collection)
  const now = clock()
  const { actor } = proof
  const absoluteExpiresAt = Math.min(
    now + lifetimes.absoluteSeconds * 1_000,
    actor?.notAfter ?? Number.POSITIVE_INFINITY,
  )
  const cookieSeconds = cookieSecondsOf(lifetimes, delivery.rememberMe)
  const cookie = delivery.cookie && actor === undefined ? createCookieToken(random) : undefined
  const row: RowOf<typeof sessions> = {
    id: context.createId(),
    principal_id: proof.principalId,
    token_hash: cookie?.hash ?? null,
    refresh_counter: 0,
    refresh_salt: toBase64Url(random(saltBytes)),
    // Of no meaning before the first rotation, which takes the database's clock.
    rotated_at: now,
    amr: [...proof.amr],
    aal: proof.aal,
    auth_time: proof.authTime,
    ...toClientColumns(client),
    created_at: now,
    last_used_at: now,
    cookie_expires_at: cookieEnd(
      lifetimes,
      { cookie_seconds: cookieSeconds, absolute_expires_at: absoluteExpiresAt },
      now,
    ),
    idle_expires_at: Math.min(now + lifetimes.idleSeconds * 1_000, absoluteExpiresAt),
    absolute_expires_at: absoluteExpiresAt,
    epoch: proof.epoch,
    cookie_seconds: cookieSeconds,
    actor_id: actor?.id ?? null,
  }
  // Signing first: a session that nobody gets to know is not left behind when a key is missing.
  const accessToken =
    delivery.tokens === true
      ? (
          await accessTokens.issue({
            principalId: proof.principalId,
            collection: proof.collection,
            sessionId: row.id,
            amr: row.amr,
            aal: row.aal,
            notAfter: absoluteExpiresAt,
            actorId: row.actor_id,
            accessSeconds: lifetimes.accessSeconds,
          })
        ).token
      : undefined
  const refreshToken =
    // Whoever acts as somebody else does so for a while, and asks again.
    delivery.tokens === false || actor !== undefined
      ? undefined
      : refreshTokens.issue(row.id, row.refresh_counter, row.refresh_salt)
  const displaced = await insertSession(context, row, actor)
  return {
    session: toSessionView(row),
    ...accessTokens.lifeOf(absoluteExpiresAt, lifetimes.accessSeconds),
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(cookie === undefined ? {} : { cookieToken: cookie.token }),
    cookieMaxAgeSeconds: cookieMaxAge(row, now),
    displaced,
  }
}
