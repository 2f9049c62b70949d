import { canonicalAddress } from '@cardea/core/network'
import { type CardeaEvent, eventKinds, type NewEvent } from '../api/events.js'
import type { RequestInfo } from './request-context.js'
import { safeText } from './safe-text.js'

/** As many bytes as the columns have. */
const sizes = { id: 36, key: 64, ip: 45, userAgent: 512, requestId: 64, reason: 2_000 } as const

const textOr = (text: string | null | undefined, bytes: number): string | null =>
  typeof text === 'string' && text !== '' ? safeText(text, bytes) : null

/** Adds what is known of the request to what somebody reports. */
export function completeEvent(event: NewEvent, info: RequestInfo = {}): CardeaEvent {
  const { by } = info
  const { principalId, actorId = actorOf(event, by), sessionId = by?.session?.id, keyId = by?.apiKey?.id } = event
  const complete = {
    ...event,
    outcome: eventKinds[event.type].outcome,
    principalId: textOr(principalId, sizes.id),
    actorId: textOr(actorId, sizes.id),
    sessionId: textOr(sessionId, sizes.id),
    keyId: textOr(keyId, sizes.id),
    // In one form, so that it is found again.
    ip: textOr(info.ip && (canonicalAddress(info.ip) ?? info.ip), sizes.ip),
    userAgent: textOr(info.userAgent, sizes.userAgent),
    requestId: textOr(info.requestId, sizes.requestId),
    ...('role' in event && event.role !== undefined ? { role: safeText(event.role, sizes.key) } : {}),
    ...('previous' in event && event.previous !== undefined ? { previous: safeText(event.previous, sizes.key) } : {}),
    // Of acting as somebody, it is what somebody typed.
    ...('reason' in event && event.reason !== undefined ? { reason: safeText(event.reason, sizes.reason) } : {}),
  }
  // The outcome is the one of this very kind, which the compiler does not follow over a union.
  return complete as CardeaEvent
}

/** Whoever acts as the one that asks, or the one that asks where it is about somebody else. */
function actorOf({ principalId }: NewEvent, by: RequestInfo['by']): string | null {
  if (by === undefined) return null
  return by.session?.actorId ?? (by.principalId === principalId ? null : by.principalId)
}
