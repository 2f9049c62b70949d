import { defineStored, isCollectionName, permissionsOf } from '@cardea/collections'
import { and, CardeaError, databaseNow, eq, isCardeaError, lte, oneOf } from '@cardea/core'
import {
  authz,
  collections as collectionTable,
  defineTable,
  principals,
  type StorageOperations,
  text,
} from '@cardea/storage'
import type { Services } from '../services/services.js'
import { cannotBeChanged, lockPatienceMilliseconds } from './change-collection.js'
import { requireChangeable } from './change-plan.js'
import { relatingTo, servedNow } from './fitting.js'
import type { CollectionRecord } from './stored-collections.js'

/**
 * Takes a collection out of service: from the next request on nobody is served from it, and its principals are disabled, with
 * all their sessions and keys. Its table and permissions stay, and so does its name, until it is dropped.
 *
 * @param options.drop Whether to drop the table with all records, the principals, the permissions with their grants, and the
 * definition. Also for a collection that was taken out of service before; it can be sent again where it broke off.
 */
export async function removeCollection(
  services: Services,
  name: string,
  { drop = false }: { readonly drop?: boolean } = {},
): Promise<void> {
  const row = await begin(services, name, drop)
  if (!drop) return
  await dropRemoved(services, row)
  services.changes.publish('policy')
}

/** @returns The row of the collection, which is served no more. */
async function begin(services: Services, name: string, drop: boolean): Promise<CollectionRecord> {
  const { storage } = services
  const snapshot = await services.collections.latest()
  if (snapshot.infos.has(name)) requireChangeable(snapshot, name)
  const row = isCollectionName(name) ? await storage.findOne(collectionTable, { where: eq('name', name) }) : undefined
  if (row === undefined || row.state === 'pending' || (row.state === 'removing' && !drop)) {
    throw new CardeaError('not_found', 'There is no such collection.')
  }
  if (row.state === 'removing') return row
  await takeOutOfService(services, row)
  services.changes.publish('configuration')
  services.emit({ type: 'collection.deleted', at: services.clock(), collection: name, principalId: null })
  await services.collections.latest().catch(() => undefined)
  return { ...row, state: 'removing' }
}

/** How long a change that is under way is left alone. */
const claimMilliseconds = 10_000

async function takeOutOfService(services: Services, row: CollectionRecord): Promise<void> {
  const { storage, policy, clock } = services
  await storage.transaction(async (transaction) => {
    // The mutex of the policy as well: principals are about to be disabled.
    await transaction.update(authz, { where: eq('id', 'authz'), increment: { config_version: 1 } })
    const relating = relatingTo(row.name, await servedNow(services, transaction))
    if (relating.length > 0) {
      throw new CardeaError('conflict', `Other collections relate to this one: ${relating.join(', ')}.`)
    }
    const free = and(
      eq('id', row.id),
      eq('state', 'ready'),
      eq('version', row.version),
      lte('claimed_at', databaseNow(-claimMilliseconds)),
    )
    const set = { state: 'removing', claim: '', claimed_at: 0, updated_at: clock() }
    if ((await transaction.update(collectionTable, { where: free, set })) !== 1) {
      throw new CardeaError('conflict', 'Another request is just changing this collection: send it again.')
    }
    const hadAdmin = await policy.hasBypassHolder(transaction)
    await disablePrincipals(transaction, row.name)
    if (hadAdmin && !(await policy.hasBypassHolder(transaction))) {
      throw new CardeaError('last_admin', 'This would leave nobody with full access.')
    }
  })
}

/** Drops the table, then whoever was in it, and at last the definition, by which it could be sent again until then. */
async function dropRemoved(services: Services, row: CollectionRecord): Promise<void> {
  const { storage, policy, collections } = services
  const { registry } = collections.code
  if (registry.tables().some(({ name }) => name === row.table_name)) {
    throw new CardeaError('conflict', 'Code defines a collection that has the table of this one.')
  }
  // All that dropping needs of a definition that perhaps nobody can read any more.
  const table = defineTable(row.table_name, { columns: { id: text(36) }, primaryKey: ['id'] })
  const collection = defineStored(row.name, { type: 'base', fields: {} })
  try {
    await storage.migrate([], { drop: [table], patienceMilliseconds: lockPatienceMilliseconds })
  } catch (error) {
    throw isCardeaError(error, 'configuration_invalid') ? cannotBeChanged(services, error) : error
  }
  await deletePrincipals(services, row.name)
  await storage.transaction(async (transaction) => {
    await policy.removePermissions(
      transaction,
      permissionsOf(collection).entries.map(({ label }) => label),
    )
    await transaction.delete(collectionTable, and(eq('id', row.id), eq('state', 'removing')))
  })
}

/** No statement takes long, however many there are. */
const batch = 500

/** Disables all principals of a collection, and ends whatever they have been given. */
async function disablePrincipals(transaction: StorageOperations, collection: string): Promise<void> {
  let last: string | undefined
  for (;;) {
    const rows = await transaction.find(principals, {
      where: eq('collection', collection),
      orderBy: [{ field: 'record_key', direction: 'asc' }],
      limit: batch,
      ...(last === undefined ? {} : { after: [last] }),
    })
    if (rows.length > 0) {
      const ids = rows.map(({ id }) => id)
      const where = oneOf('id', ids)
      await transaction.update(principals, { where, set: { status: 'disabled' }, increment: { epoch: 1 } })
    }
    last = rows.at(-1)?.record_key
    if (rows.length < batch || last === undefined) return
  }
}

/** Deletes all principals of a collection with what belongs to them, some at a time, so that nobody waits long. */
async function deletePrincipals({ storage, policy }: Services, collection: string): Promise<void> {
  for (;;) {
    const rows = await storage.find(principals, { where: eq('collection', collection), limit: batch })
    if (rows.length === 0) return
    await storage.transaction(async (transaction) => {
      await policy.lock(transaction)
      await transaction.delete(
        principals,
        oneOf(
          'id',
          rows.map(({ id }) => id),
        ),
      )
    })
  }
}
