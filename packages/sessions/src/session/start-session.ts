import { CardeaError, isCardeaError } from '@cardea/core'
import { toBase64Url } from '@cardea/core/crypto'
import { type RowOf, sessions } from '@cardea/storage'
import { createCookieToken } from '../token/cookie-token.js'
import { type ClientDetails, toClientColumns } from './client-details.js'
import type { SessionContext } from './context.js'
import { type IssuedSession, secondsUntil } from './issued.js'
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
}

/** What to hand out. */
export interface SessionDelivery {
  readonly cookie: boolean
  /** An access token and a refresh token, none, or a refresh token alone: for where that goes into a cookie of its own. */
  readonly tokens: boolean | 'refresh'
}

/** A session that has just begun. */
export interface StartedSession extends IssuedSession {
  /** 256 random bits for the session cookie, where one was asked for. */
  readonly cookieToken?: string
}

/** 128 bits: that nobody can tell a session's MACs from its id, even with another session's at hand. */
const saltBytes = 16

export async function startSession(
  context: SessionContext,
  proof: SessionProof,
  client: ClientDetails,
  delivery: SessionDelivery,
): Promise<StartedSession> {
  const { clock, random, lifetimes, accessTokens, refreshTokens } = context
  const now = clock()
  const absoluteExpiresAt = now + lifetimes.absoluteSeconds * 1_000
  const cookie = delivery.cookie ? createCookieToken(random) : undefined
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
    cookie_expires_at: Math.min(now + lifetimes.cookieSeconds * 1_000, absoluteExpiresAt),
    idle_expires_at: Math.min(now + lifetimes.idleSeconds * 1_000, absoluteExpiresAt),
    absolute_expires_at: absoluteExpiresAt,
    epoch: proof.epoch,
    cookie_seconds: null,
    actor_id: null,
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
          })
        ).token
      : undefined
  const refreshToken =
    delivery.tokens === false ? undefined : refreshTokens.issue(row.id, row.refresh_counter, row.refresh_salt)
  await insert(context, row)
  return {
    session: toSessionView(row),
    ...accessTokens.lifeOf(absoluteExpiresAt),
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(cookie === undefined ? {} : { cookieToken: cookie.token }),
    cookieMaxAgeSeconds: secondsUntil(now, row.cookie_expires_at),
  }
}

async function insert(context: SessionContext, row: RowOf<typeof sessions>): Promise<void> {
  try {
    await context.operations.insert(sessions, row)
  } catch (cause) {
    if (!isCardeaError(cause, 'foreign_key_violation')) throw cause
    throw new CardeaError('unauthenticated', 'the principal is gone', { cause })
  }
}
