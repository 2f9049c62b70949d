import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { deletePrincipal, disablePrincipal, enablePrincipal, findPrincipal } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import type { EventType } from '../api/events.js'
import type { Services } from '../services/services.js'

/** Ends all that a principal has, and keeps it from coming back until it is enabled. */
export async function disable(services: Services, collection: AuthCollection, principalId: string): Promise<void> {
  await change(services, collection, principalId, 'principal.disabled', async (transaction) => {
    await services.policy.assertNotLastAdmin(transaction, principalId)
    await disablePrincipal(transaction, principalId)
    await services.sessions.withOperations(transaction).revokeAll(principalId)
    await services.apiKeys.revokeAll(transaction, principalId)
  })
}

export async function enable(services: Services, collection: AuthCollection, principalId: string): Promise<void> {
  await change(services, collection, principalId, 'principal.enabled', async (transaction) => {
    await enablePrincipal(transaction, principalId)
  })
}

/** Deletes a principal with all that hangs on it; its record goes by the foreign key. */
export async function deleteAccount(
  services: Services,
  collection: AuthCollection,
  principalId: string,
): Promise<void> {
  await change(services, collection, principalId, 'principal.deleted', async (transaction) => {
    await services.policy.assertNotLastAdmin(transaction, principalId)
    // Also those in which it acts as somebody else, which no foreign key ties to it.
    await services.sessions.withOperations(transaction).revokeAll(principalId)
    await deletePrincipal(transaction, principalId)
  })
  // Its roles went with it.
  services.subjects.forget(principalId)
  services.changes.publish('policy')
}

/** Whoever could take the last admin away holds the policy mutex from the first statement on. */
async function change(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  type: Extract<EventType, `principal.${string}`>,
  work: (transaction: StorageOperations) => Promise<void>,
): Promise<void> {
  await services.storage.transaction(async (transaction) => {
    await services.policy.lock(transaction)
    const principal = await findPrincipal(transaction, principalId)
    if (principal?.collection !== collection.name) throw new CardeaError('not_found', 'There is no such principal.')
    await work(transaction)
  })
  services.emit({ type, at: services.clock(), collection: collection.name, principalId })
}
