import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { bumpEpoch } from '@cardea/identity'
import { askedBy } from '../../administration/asked-by.js'
import type { AskedBy } from '../../api/users.js'
import type { Services } from '../../services/services.js'
import { actWithin, admit, requireCovers } from '../../users/actor.js'
import { permissionOn } from '../../users/permission.js'
import { tellOwner } from './attempt.js'

/**
 * Takes all second factors from a principal: for somebody who has lost phone and backup codes. All that it has signed in ends,
 * and it is told.
 *
 * @throws CardeaError `not_found`; with `by`, `forbidden`, also for one's own, which takes the factor itself.
 */
export async function resetFactors(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  { by: caller }: AskedBy,
): Promise<void> {
  const missing = (): CardeaError => new CardeaError('not_found', 'There is no such principal.')
  const by = await admit(services, caller)
  if (by?.principalId === principalId) {
    throw new CardeaError('forbidden', 'One’s own second factor is turned off with the factor itself.')
  }
  const owner = { collection, principalId }
  await services.storage.transaction(async (transaction) => {
    if (by !== undefined) {
      await services.policy.lock(transaction)
      const acting = await actWithin(services, transaction, by, permissionOn(collection, 'update'))
      await requireCovers(services, transaction, acting, principalId)
    }
    if ((await services.records.find(transaction, collection, principalId)) === undefined) throw missing()
    if ((await bumpEpoch(transaction, principalId)) === undefined) throw missing()
    if (await services.factors.disable(transaction, principalId)) {
      await tellOwner(services, transaction, owner, 'mfa_disabled', {})
    }
    await services.sessions.withOperations(transaction).revokeAll(principalId)
  })
  services.mail.kick()
  const about = { at: services.clock(), collection: collection.name, principalId, reason: 'reset' }
  services.emit({ type: 'mfa.disabled', ...about, ...askedBy(by, principalId) })
}
