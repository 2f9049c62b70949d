import type { AuthCollection } from '@cardea/collections'
import { askedBy } from '../administration/asked-by.js'
import type { AskedBy } from '../api/users.js'
import type { Services } from '../services/services.js'
import { actWithin, admit, requireCovers, requireInPerson } from './actor.js'
import { findMember } from './find-member.js'
import { permissionOn } from './permission.js'
import { writeStatus } from './write-change.js'

/** Ends all that a principal has and keeps it from coming back, or lets it back in. */
export async function changeStatus(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  status: 'active' | 'disabled',
  { by: caller }: AskedBy,
): Promise<void> {
  const by = await admit(services, caller)
  await services.storage.transaction(async (transaction) => {
    // Whoever could take the last admin away holds the policy mutex from the first statement on.
    await services.policy.lock(transaction)
    if (by !== undefined) {
      const acting = await actWithin(services, transaction, by, permissionOn(collection, 'update'))
      requireInPerson(services, acting, principalId)
      await requireCovers(services, transaction, acting, principalId)
    }
    await findMember(transaction, collection, principalId)
    await writeStatus(services, transaction, principalId, status)
  })
  const type = status === 'active' ? 'principal.enabled' : 'principal.disabled'
  const about = { at: services.clock(), collection: collection.name, principalId }
  services.emit({ type, ...about, ...askedBy(by, principalId) })
}
