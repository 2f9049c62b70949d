import type { AuthCollection, CollectionRow, NewValues } from '@cardea/collections'
import { CardeaError, matches, normalizeEmail } from '@cardea/core'
import { deletePrincipal } from '@cardea/identity'
import { principals, type StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { findRowsByAddress } from './find-row.js'

/** The row of an account that is to be made. */
interface NewRow {
  readonly collection: AuthCollection
  readonly email: string
  readonly values: NewValues
  readonly verified?: boolean
  readonly createdAt?: number
}

/**
 * Writes the row of a new account into the app's table.
 *
 * @throws CardeaError `email_taken` where a row has the address, whether it has a principal or not: whoever registers has not
 * proved to be the one it is about.
 */
export async function insertMappedRecord(
  services: Services,
  transaction: StorageOperations,
  account: NewRow,
  id: string,
): Promise<CollectionRow> {
  const { collection, values, verified = false, createdAt } = account
  const email = normalizeEmail(account.email) ?? account.email
  const [row] = await findRowsByAddress(services, transaction, collection, email)
  if (row !== undefined) throw new CardeaError('email_taken', 'this e-mail address is taken')
  const made = { id, email, verified, values, ...(createdAt === undefined ? {} : { createdAt }) }
  const record = await services.records.insert(transaction, collection, made)
  if (collection.mapping?.id === 'integer') {
    await forgetFormerOwner(services, transaction, collection.name, String(record['id']))
  }
  return record
}

/** Not every database counts on: the number may be that of a row which somebody has deleted, and whose principal is still there. */
async function forgetFormerOwner(
  { policy, sessions }: Services,
  transaction: StorageOperations,
  collection: string,
  recordKey: string,
): Promise<void> {
  const former = await transaction.findOne(principals, { where: matches({ collection, record_key: recordKey }) })
  if (former === undefined) return
  await policy.lock(transaction)
  await sessions.withOperations(transaction).revokeAll(former.id)
  await deletePrincipal(transaction, former.id)
}
