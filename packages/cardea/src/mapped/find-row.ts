import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { eq, normalizeEmail } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'

/** More rows than this have one address in no app that works. */
const mostOfOneAddress = 10

/**
 * The rows of the app's table that have an address, by its index: those that are written in lower case, and where the
 * column's collation ignores case, all of them.
 */
export async function findRowsByAddress(
  { collections }: Services,
  storage: StorageOperations,
  collection: AuthCollection,
  address: string,
): Promise<readonly CollectionRow[]> {
  const where = eq('email', address)
  const rows: readonly CollectionRow[] = await storage.find(collections.table(collection), {
    where,
    limit: mostOfOneAddress,
  })
  // A collation may take more for the same than an address does, such as accents.
  return rows.filter((row) => normalizeEmail(row['email']) === address)
}
