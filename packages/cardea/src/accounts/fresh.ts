import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { SessionAuthentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { assertNotActing } from './own-session.js'

/** How long after a proof a session may change what its principal proves itself with (OWASP ASVS 7.5.1). */
const freshMilliseconds = 600_000

/**
 * Lets through a session of the collection whose principal has proved itself a moment ago.
 *
 * @throws CardeaError `reauthentication_required`; `forbidden` for a principal of another collection.
 */
export function assertFresh(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
): void {
  assertOwn(collection, authentication)
  const age = services.clock() - authentication.session.authTime
  // Also where the clock has gone back before the proof.
  if (age < 0 || age > freshMilliseconds) {
    throw new CardeaError('reauthentication_required', 'Prove once more who you are.')
  }
}

/** @throws CardeaError `forbidden` for a principal of another collection. */
export function assertOwn(
  collection: AuthCollection,
  authentication: Pick<SessionAuthentication, 'collection' | 'session'>,
): void {
  assertNotActing(authentication)
  if (authentication.collection !== collection.name) {
    throw new CardeaError('forbidden', 'This is for principals of another collection.')
  }
}
