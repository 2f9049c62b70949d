import type { audit, NewRowOf } from '@cardea/storage'
import type { CardeaEvent } from '../api/events.js'

/** An event on its way to its row, or several of a kind that share one. */
export interface Noted {
  readonly event: CardeaEvent
  /** How many there were. */
  readonly count: number
}

/** Writes an event as a row; what its kind says besides goes into the details. */
export function auditRow(id: string, { event, count }: Noted): NewRowOf<typeof audit> {
  const { type, outcome, at, collection, principalId, actorId, sessionId, keyId, ip, userAgent, requestId, ...rest } =
    event
  const details = { ...rest, ...(count > 1 ? { count } : {}) }
  return {
    id,
    type,
    outcome,
    at,
    collection,
    principal_id: principalId,
    actor_id: actorId,
    session_id: sessionId,
    key_id: keyId,
    ip,
    user_agent: userAgent,
    request_id: requestId,
    details: Object.keys(details).length > 0 ? details : null,
  }
}
