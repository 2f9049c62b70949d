import { CardeaError } from '@cardea/core'
import type { SessionAuthentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'

/**
 * The session as the database has it. An access token that was trusted without a look (in stateless mode) does not say when
 * its owner last proved anything, nor whether the session has ended since; whatever rests on that looks here. No statement
 * where the request has looked already.
 *
 * @throws CardeaError `session_revoked`.
 */
export async function lookUpSession(
  services: Services,
  authentication: SessionAuthentication,
): Promise<SessionAuthentication> {
  const { principalId, versions } = authentication
  if (versions !== undefined) return authentication
  const session = await services.sessions.findLiving(authentication.session.id)
  if (session?.principalId !== principalId) throw new CardeaError('session_revoked', 'The session has ended.')
  return { ...authentication, session }
}
