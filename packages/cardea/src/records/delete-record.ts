import { type AnyCollection, type AuthCollection, isAuthCollection, isMapped } from '@cardea/collections'
import { CardeaError, isCardeaError } from '@cardea/core'
import { lockPrincipal } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { askedBy } from '../administration/asked-by.js'
import type { RecordChangeOptions } from '../api/records.js'
import type { Services } from '../services/services.js'
import { lookAtActor } from '../users/actor.js'
import { deleteMember } from '../users/remove-user.js'
import { type Asker, askerWithin, findWriter, namedBy, requireSomebody } from './asker.js'
import { requireMatch } from './etag.js'
import { findRow, lockRow, underRule } from './find-row.js'
import { noSuchRecord, principalIdOf, recordIdIn } from './record-id.js'
import { all, type MetRule, requireRule } from './rule.js'

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
    const row = await findRow(services, transaction, collection, recordId, all)
    if (row === undefined) throw noSuchRecord()
    requireMatch(services, collection, row, { ifMatch, asker })
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
  tellOf(services, collection, recordId, asker)
}

/** What else is asked where a principal is deleted through its record. */
interface PrincipalDeletion {
  readonly asker: Asker
  /** What has to hold beside the rule, of a record that nobody else can change. */
  readonly check?: (transaction: StorageOperations) => Promise<void>
}

/**
 * Deletes a principal through its record, as far as rules let whoever asks, which are looked at once more while nobody's rights
 * change. Of a row of the app's table that has no principal yet, there is nothing else to delete.
 */
export async function deletePrincipalRecord(
  services: Services,
  collection: AuthCollection,
  recordId: string,
  deletion: PrincipalDeletion,
): Promise<void> {
  const by = requireSomebody(deletion.asker)
  const known = await principalIdOf(services.storage, collection, recordId)
  if (known === undefined && (await deleteUnadopted(services, collection, recordId, deletion))) return
  // Somebody has signed in as it a moment ago.
  const principalId = known ?? (await principalIdOf(services.storage, collection, recordId))
  if (principalId === undefined) throw noSuchRecord()
  const { check } = deletion
  await deleteMember(services, {
    collection,
    principalId,
    by,
    requireRight: async (acting, transaction) => {
      const rule = requireRule(collection, 'delete', askerWithin(acting))
      if (rule.kind === 'all') return
      // The principal comes first, as with every change of a record.
      const isThere = await lockPrincipal(transaction, principalId)
      if (!isThere || !(await lockRow(services, transaction, collection, recordId, rule))) throw noSuchRecord()
    },
    // The app may have deleted the row of a principal, who is no record then.
    ...(check === undefined && !isMapped(collection)
      ? {}
      : {
          check: async (transaction) => {
            await lockPrincipal(transaction, principalId)
            if (isMapped(collection) && !(await lockRow(services, transaction, collection, recordId, all))) {
              throw noSuchRecord()
            }
            await check?.(transaction)
          },
        }),
  })
}

/** @returns Whether it had no principal, and is gone. */
async function deleteUnadopted(
  services: Services,
  collection: AuthCollection,
  recordId: string,
  { asker, check }: PrincipalDeletion,
): Promise<boolean> {
  const by = namedBy(asker)
  const gone = await services.storage.transaction(async (transaction) => {
    // As with every deletion of what may be a principal, nobody's rights change meanwhile.
    await services.policy.lock(transaction)
    const now = by === undefined ? asker : askerWithin(await lookAtActor(services, transaction, by))
    const rule = requireRule(collection, 'delete', now)
    if (!(await lockRow(services, transaction, collection, recordId, rule))) throw noSuchRecord()
    if ((await principalIdOf(transaction, collection, recordId)) !== undefined) return false
    await check?.(transaction)
    return await removeRow(services, transaction, collection, recordId, rule)
  })
  if (gone) tellOf(services, collection, recordId, asker)
  return gone
}

function tellOf(services: Services, collection: AnyCollection, record: string, asker: Asker): void {
  const about = { at: services.clock(), collection: collection.name, principalId: null }
  services.emit({ type: 'record.deleted', ...about, record, ...askedBy(namedBy(asker), null) })
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
