import type { ClientDetails, SessionView } from '@cardea/sessions'
import type { Authentication } from './sign-in.js'

/** Who is to act as whom. */
export interface ImpersonationInput {
  /** Who asks, with a session of its own. */
  readonly actor: Authentication
  /** Whom it is to act as, of whatever auth collection. */
  readonly principalId: string
  /** The collection that the principal has to be of; any, where it is not given. */
  readonly collection?: string | undefined
  /** Why: for the events. At most 500 characters, without control characters. */
  readonly reason?: string | undefined
}

/** An access token with which somebody acts as another principal. There is nothing to renew it with. */
export interface Impersonation {
  /** Its `sub` is the principal, its `act.sub` the actor (RFC 8693 §4.1). */
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly expiresAt: number
  /** The session of the principal, whose `actorId` is the actor's. */
  readonly session: SessionView
  /** The principal's record, as served. */
  readonly user: Readonly<Record<string, unknown>>
}

/**
 * Lets somebody act as another principal for `sessions.impersonationSeconds`. The actor needs the permission
 * `impersonation:create` and every right that the principal has; an admin is acted as by admins alone. The principal's second
 * factor is not asked for. Such a session changes nothing about how the principal signs in, and ends when the actor's or the
 * principal's epoch moves, either is disabled or deleted, or is given a role or loses one.
 *
 * @throws CardeaError `forbidden` for an actor that may not, for itself, or that is acting as somebody already; `not_found`,
 * `invalid_request`, `session_revoked`, `email_not_verified` where the collection wants addresses verified, `sign_in_not_allowed`,
 * `unavailable`.
 */
export type Impersonate = (input: ImpersonationInput, context?: ClientDetails) => Promise<Impersonation>
