import { type AnyCollection, type AuthCollection, isAuthCollection } from '@cardea/collections'
import { CardeaError, isCardeaError } from '@cardea/core'
import { lockPrincipal } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { askedBy } from '../administration/asked-by.js'
import type { RecordChangeOptions } from '../api/records.js'
import type { Services } from '../services/services.js'
import { deleteMember } from '../users/remove-user.js'
import { type Asker, askerWithin, findWriter, namedBy, requireSomebody } from './asker.js'
import { requireMatch } from './etag.js'
import { lockRow, underRule } from './find-row.js'
import { noSuchRecord, principalIdOf, recordIdIn } from './record-id.js'
import { type MetRule, requireRule } from './rule.js'

export async function deleteRecord(
  services: Services,
  collection: AnyCollection,
  id: string,
  { by, ifMatch }: RecordChangeOptions = {},
): Promise<void> {
  const asker = await findWriter(services, by)
  const rule = requireRule(collection, 'delete', asker)
  const recordId = recordIdIn(collection, id)
  const check = async (transaction: StorageOperations): Promise<void> => {
    const row = await services.records.find(transaction, collection, recordId)
    if (row === undefined) throw noSuchRecord()
    requireMatch(services, collection, row, ifMatch)
  }
  if (isAuthCollection(collection)) {
    return await deletePrincipalRecord(services, collection, recordId, {
      asker,
      ...(ifMatch === undefined ? {} : { check }),
    })
  }
  const gone =
    ifMatch === undefined
      ? await removeRow(services, services.storage, collection, recordId, rule)
      : await services.storage.transaction(async (transaction) => {
          if (!(await lockRow(services, transaction, collection, recordId, rule))) return false
          await check(transaction)
          return await removeRow(services, transaction, collection, recordId, rule)
        })
  if (!gone) throw noSuchRecord()
  const about = { at: services.clock(), collection: collection.name, principalId: null }
  services.emit({ type: 'record.deleted', ...about, record: recordId, ...askedBy(namedBy(asker), null) })
}

/**
 * Deletes a principal through its record, as far as rules let whoever asks, which are looked at once more while nobody's rights
 * change.
 *
 * @param options.check What has to hold beside that, of a record that nobody else can change.
 */
export async function deletePrincipalRecord(
  services: Services,
  collection: AuthCollection,
  recordId: string,
  { asker, check }: { readonly asker: Asker; readonly check?: (transaction: StorageOperations) => Promise<void> },
): Promise<void> {
  const principalId = principalIdOf(recordId)
  await deleteMember(services, {
    collection,
    principalId,
    by: requireSomebody(asker),
    requireRight: async (acting, transaction) => {
      const rule = requireRule(collection, 'delete', askerWithin(acting))
      if (rule.kind === 'all') return
      // The principal comes first, as with every change of a record.
      const isThere = await lockPrincipal(transaction, principalId)
      if (!isThere || !(await lockRow(services, transaction, collection, recordId, rule))) throw noSuchRecord()
    },
    ...(check === undefined
      ? {}
      : {
          check: async (transaction) => {
            await lockPrincipal(transaction, principalId)
            await check(transaction)
          },
        }),
  })
}

async function removeRow(
  { collections }: Services,
  operations: StorageOperations,
  collection: AnyCollection,
  id: string,
  rule: MetRule,
): Promise<boolean> {
  try {
    return (await operations.delete(collections.table(collection), underRule(id, rule))) === 1
  } catch (cause) {
    if (!isCardeaError(cause, 'foreign_key_violation')) throw cause
    throw new CardeaError('conflict', 'Something of the app refers to the record.', { cause })
  }
}
