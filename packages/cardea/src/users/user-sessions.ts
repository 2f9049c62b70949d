import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { bumpEpoch } from '@cardea/identity'
import { listSessions } from '../accounts/list-sessions.js'
import { actorBehind, askedBy } from '../administration/asked-by.js'
import type { ListedSession } from '../api/listed-session.js'
import type { AskedBy } from '../api/users.js'
import type { Services } from '../services/services.js'
import { actWithin, admit, requireCovers, requireHeld } from './actor.js'
import { findMember, lockMember } from './find-member.js'
import { permissionOn } from './permission.js'

/** Where somebody of a collection is signed in. */
export async function listSessionsOf(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  { by: caller }: AskedBy,
): Promise<readonly ListedSession[]> {
  const by = await admit(services, caller)
  if (by !== undefined) {
    const subject = await actorBehind(by)(services.policy, { tenant: '' })
    requireHeld(subject, permissionOn(collection, 'read'))
  }
  await findMember(services.storage, collection, principalId)
  return await listSessions(services, principalId)
}

/** Ends where somebody of a collection is signed in: everywhere, or in one place. */
export async function endSessionsOf(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  { by: caller, sessionId }: AskedBy & { readonly sessionId?: string | undefined },
): Promise<void> {
  if (sessionId !== undefined && !isUuid(sessionId)) throw noSuchSession()
  const by = await admit(services, caller)
  await services.storage.transaction(async (transaction) => {
    await services.policy.lock(transaction)
    if (by !== undefined) {
      const acting = await actWithin(services, transaction, by, permissionOn(collection, 'update'))
      await requireCovers(services, transaction, acting, principalId)
    }
    await lockMember(transaction, collection, principalId)
    const sessions = services.sessions.withOperations(transaction)
    if (sessionId !== undefined) {
      if (!(await sessions.revoke(principalId, sessionId))) throw noSuchSession()
      return
    }
    await bumpEpoch(transaction, principalId)
    await sessions.revokeAll(principalId)
  })
  const about = { at: services.clock(), collection: collection.name, principalId }
  // Where that was one, it is the session that the event is about, not the one that it was asked for in.
  services.emit({ type: 'session.revoked', ...about, ...askedBy(by, principalId), sessionId: sessionId ?? null })
}

const noSuchSession = (): CardeaError => new CardeaError('not_found', 'There is no such session.')
