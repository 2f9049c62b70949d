import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { bumpEpoch } from '@cardea/identity'
import type { Services } from '../../services/services.js'
import { tellOwner } from './attempt.js'

/**
 * Takes all second factors from a principal, whoever asks: for somebody who has lost phone and backup codes. All that it has
 * signed in ends, and it is told.
 *
 * @throws CardeaError `not_found`.
 */
export async function resetFactors(services: Services, collection: AuthCollection, principalId: string): Promise<void> {
  const missing = (): CardeaError => new CardeaError('not_found', 'There is no such principal.')
  if ((await services.records.find(services.storage, collection, principalId)) === undefined) throw missing()
  const owner = { collection, principalId }
  await services.storage.transaction(async (transaction) => {
    if ((await bumpEpoch(transaction, principalId)) === undefined) throw missing()
    if (await services.factors.disable(transaction, principalId)) {
      await tellOwner(services, transaction, owner, 'mfa_disabled', {})
    }
    await services.sessions.withOperations(transaction).revokeAll(principalId)
  })
  services.mail.kick()
  const { name } = collection
  services.emit({ type: 'mfa.disabled', at: services.clock(), collection: name, principalId, reason: 'reset' })
}
