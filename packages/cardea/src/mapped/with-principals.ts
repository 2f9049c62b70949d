import { type AnyCollection, type CollectionRow, hasColumn, isAuthCollection, isMapped } from '@cardea/collections'
import { principalsOfRecords } from '@cardea/identity/later'
import type { StorageOperations } from '@cardea/storage'

/**
 * Rows with what the app's table does not say of them: whose each is, null where nobody has signed in as it yet, and whether its
 * address is verified. One statement for all of them; none for a collection whose table says it.
 */
export async function withPrincipals(
  storage: StorageOperations,
  collection: AnyCollection,
  rows: readonly CollectionRow[],
): Promise<readonly CollectionRow[]> {
  if (!isMapped(collection) || !isAuthCollection(collection)) return rows
  const keys = rows.map(({ id }) => String(id))
  const found = await principalsOfRecords(storage, collection.name, keys)
  return rows.map((row) => {
    const principal = found.get(String(row['id']))
    return {
      ...row,
      principal_id: principal?.state.id ?? null,
      ...(hasColumn(collection, 'verified') ? {} : { verified: principal?.verified === true }),
    }
  })
}
