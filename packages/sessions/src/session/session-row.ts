import { eq, param } from '@cardea/core'
import type { FindOneQuery, Found, RowOf, sessions } from '@cardea/storage'
import { isAhead } from '../lifetimes.js'
import type { SessionView } from './session-view.js'

const included = { principal: true, authz: true } as const
type Query = FindOneQuery<typeof sessions, typeof included>

/** A session with the principal and the versions as they were at the same moment. */
export type SessionRow = Found<typeof sessions, typeof included>

/** The read that every request with a cookie makes; storage prepares it once. */
export const byTokenHash: Query = { where: eq('token_hash', param('hash')), include: included, often: true }

/** The read that every request with an access token makes, and every refresh. */
export const byId: Query = { where: eq('id', param('id')), include: included, often: true }

/** Why a session does not count any more; undefined while it does. */
export function refusalOf(row: SessionRow, now: number): 'session_revoked' | 'token_expired' | undefined {
  if (row.principal.status !== 'active' || row.epoch !== row.principal.epoch) return 'session_revoked'
  if (!isAhead(now, row.idle_expires_at) || !isAhead(now, row.absolute_expires_at)) return 'token_expired'
  return undefined
}

export function toSessionView(row: RowOf<typeof sessions>): SessionView {
  return {
    id: row.id,
    principalId: row.principal_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: Math.min(row.idle_expires_at, row.absolute_expires_at),
    ip: row.ip,
    userAgent: row.user_agent,
    actorId: row.actor_id,
    amr: row.amr,
    aal: row.aal,
    authTime: row.auth_time,
  }
}
