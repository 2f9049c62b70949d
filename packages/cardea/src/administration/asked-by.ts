import type { Actor } from '@cardea/permissions/stored'
import { limitToActor } from '../accounts/acting-rights.js'
import { lookUpSession } from '../accounts/look-up-session.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'

/**
 * What somebody may who asks for a change: of an API key what its scopes leave, of somebody who acts as another what both
 * may. What is changed outlasts the session that it was changed in, so that is looked up where the request has not.
 *
 * @returns Undefined for the app's own code, which may all.
 * @throws CardeaError `session_revoked`.
 */
export async function actorOf(services: Services, by: Authentication | undefined): Promise<{ readonly by?: Actor }> {
  if (by === undefined) return {}
  if (by.session !== undefined) await lookUpSession(services, by)
  return { by: actorBehind(by) }
}

/** The same of somebody who was looked up before, as inside a transaction, which waits for no other connection. */
export function actorBehind(by: Authentication): Actor {
  return async (policy, { tenant }) => {
    const where = tenant === '' ? {} : { tenant }
    const subject = await policy.subject(by.principalId, undefined, where)
    if (by.apiKey !== undefined) {
      const { scopes } = by.apiKey
      return scopes === null ? subject : subject.restrict(scopes)
    }
    const { actorId } = by.session
    return actorId === null
      ? subject
      : await limitToActor({ policy }, subject, await policy.subject(actorId, undefined, where))
  }
}

/** Who an event says did it, where code of an app has told so without a request. */
export function askedBy(by: Authentication | undefined, principalId: string | null) {
  if (by === undefined) return {}
  const actorId = by.session?.actorId ?? (by.principalId === principalId ? null : by.principalId)
  return {
    actorId,
    ...(by.session === undefined ? {} : { sessionId: by.session.id }),
    ...(by.apiKey === undefined ? {} : { keyId: by.apiKey.id }),
  }
}
