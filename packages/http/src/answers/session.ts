import type { ListedSession } from 'cardea'
import type { SessionAnswer, UserSessionAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'

/** A session as the auth routes list it, under the names of both seeds' clients. */
export function sessionAnswer(session: ListedSession, currentId: string): SessionAnswer {
  const created = toIso(session.createdAt)
  const lastUsed = toIso(session.lastUsedAt)
  return {
    id: session.id,
    created,
    created_at: created,
    last_used: lastUsed,
    last_used_at: lastUsed,
    expires_at: toIso(session.expiresAt),
    user_agent: session.userAgent,
    ip_address: session.ip,
    device: session.device,
    actor_id: session.actorId,
    current: session.id === currentId,
  }
}

/** A session as `/sessions` lists it. */
export function userSessionAnswer(session: ListedSession, currentId: string | undefined): UserSessionAnswer {
  return {
    session_id: session.id,
    user_id: session.principalId,
    created_at: toIso(session.createdAt),
    expires_at: toIso(session.expiresAt),
    last_access: toIso(session.lastUsedAt),
    ip_address: session.ip,
    user_agent: session.userAgent,
    device: session.device,
    actor_id: session.actorId,
    current: session.id === currentId,
  }
}
