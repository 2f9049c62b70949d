import { and, eq, oneOf } from '@cardea/core'
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

/** A principal by its record, and whether the address is verified where the record does not say; null where it does. */
export interface PrincipalOfRecord {
  readonly state: PrincipalState
  readonly verified: boolean | null
}

/** The state of the principals of several records of a collection, by the record's id as text: one statement. */
export async function principalsOfRecords(
  storage: StorageOperations,
  collection: string,
  recordKeys: readonly string[],
): Promise<ReadonlyMap<string, PrincipalOfRecord>> {
  if (recordKeys.length === 0) return new Map()
  const where = and(eq('collection', collection), oneOf('record_key', recordKeys))
  const rows = await storage.find(principals, { where, limit: 'all' })
  return new Map(rows.map((row) => [row.record_key, { state: toPrincipalState(row), verified: row.verified }]))
}
