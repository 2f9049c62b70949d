import type { AuthCollection } from '@cardea/collections'
import { eq } from '@cardea/core'
import { disablePrincipal, findPrincipal } from '@cardea/identity'
import type { Services } from '../services/services.js'

/**
 * Ends all that a principal has whose row in the app's table is gone, and keeps it from coming back. Also the last admin: there is
 * nobody any more to keep.
 *
 * @returns Whether it was active, and the row is gone indeed.
 */
export async function endMissing(
  services: Services,
  collection: AuthCollection,
  principalId: string,
): Promise<boolean> {
  const table = services.collections.table(collection)
  const ended = await services.storage.transaction(async (transaction) => {
    // Whoever disables principals holds the policy mutex.
    await services.policy.lock(transaction)
    const principal = await findPrincipal(transaction, principalId)
    if (principal?.collection !== collection.name || !principal.active) return false
    if ((await transaction.count(table, eq('id', principal.recordKey))) > 0) return false
    await disablePrincipal(transaction, principalId)
    await services.sessions.withOperations(transaction).revokeAll(principalId)
    await services.apiKeys.revokeAll(transaction, principalId)
    return true
  })
  if (!ended) return false
  services.changes.publish('policy')
  services.emit({ type: 'principal.disabled', at: services.clock(), collection: collection.name, principalId })
  return true
}
