import { eq, param } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import { apiKeys, type FindOneQuery, type Storage, type StorageOperations } from '@cardea/storage'
import { lockPrincipal } from '../principal/principals.js'
import { revokeApiKeys } from './revoke-api-keys.js'

export interface EndApiKeyDeps {
  readonly storage: Storage
  readonly clock: Clock
}

const byId: FindOneQuery<typeof apiKeys> = { where: eq('id', param('id')) }

/** Ends a key for good, and those made with it. @returns Whether there is such a key. */
export const revokeApiKey = (deps: EndApiKeyDeps, id: string): Promise<boolean> => ended(deps, id, async () => true)

/** Does that, and removes it. @returns Whether there was such a key. */
export const deleteApiKey = (deps: EndApiKeyDeps, id: string): Promise<boolean> =>
  ended(deps, id, async (transaction) => (await transaction.delete(apiKeys, eq('id', id))) === 1)

/** Revokes a key under its owner's lock, and does what else belongs to it. */
async function ended(
  { storage, clock }: EndApiKeyDeps,
  id: string,
  then: (transaction: StorageOperations) => Promise<boolean>,
): Promise<boolean> {
  const now = clock()
  return await storage.transaction(async (transaction) => {
    const row = await transaction.findOne(apiKeys, byId, { id })
    // The owner never changes, so what was read before the lock still holds.
    if (row === undefined || !(await lockPrincipal(transaction, row.principal_id))) return false
    await revokeApiKeys(transaction, [id], now)
    return await then(transaction)
  })
}
