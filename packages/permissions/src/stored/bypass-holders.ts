import { and, eq } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import { holding } from './last-admin.js'

/** The active principals of a collection that have full access now. */
export async function listBypassHolders(
  operations: StorageOperations,
  now: number,
  collection: string,
): Promise<readonly string[]> {
  const where = and(holding(now), eq('principal.collection', collection))
  const rows = await operations.find(roleAssignments, {
    where,
    include: { role: true, principal: true },
    limit: 'all',
  })
  return [...new Set(rows.map((row) => row.principal_id))]
}
