import { oneOf } from '@cardea/core'
import { principals, type StorageOperations } from '@cardea/storage'
import { type PrincipalState, toPrincipalState } from '../principal/principal-state.js'

/** The state of several principals, by id: one statement. */
export async function principalsOfMany(
  storage: StorageOperations,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PrincipalState>> {
  if (ids.length === 0) return new Map()
  const rows = await storage.find(principals, { where: oneOf('id', ids), limit: 'all' })
  return new Map(rows.map((row) => [row.id, toPrincipalState(row)]))
}
