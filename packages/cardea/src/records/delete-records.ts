import { type AnyCollection, type AuthCollection, isAuthCollection } from '@cardea/collections'
import { type RecordList, readRecordList } from '@cardea/collections/later'
import { and, type Condition, eq, isCardeaError, oneOf } from '@cardea/core'
import { invalidInput } from '../accounts/invalid-input.js'
import { askedBy } from '../administration/asked-by.js'
import type { DeletedRecords, DeletionQuery, RecordsAskedBy } from '../api/records.js'
import type { ListPlace } from '../api/users.js'
import type { Services } from '../services/services.js'
import { type Asker, findWriter, namedBy, requireSomebody } from './asker.js'
import { deletePrincipalRecord } from './delete-record.js'
import { parseList } from './parse-list.js'
import { noSuchRecord } from './record-id.js'
import { conditionOf, listRule } from './rule.js'

/** In one call. Each principal is a transaction that holds the policy mutex, so there are fewer of them. */
const most = { base: 1_000, auth: 100 } as const
/** In one statement. */
const batchSize = 200

/** Why a principal stays, though a rule lets it go. */
const keeping: ReadonlySet<string> = new Set(['conflict', 'forbidden', 'last_admin', 'reauthentication_required'])

interface Counts {
  deleted: number
  kept: number
}

/** Deletes a batch. @returns How many are gone, and how many have to stay. */
type DeleteBatch = (ids: readonly string[]) => Promise<Counts>

/**
 * Deletes what whoever asks may both list and delete: by how many there were of a filter, nobody finds out what it may not
 * see.
 */
export async function deleteRecords(
  services: Services,
  collection: AnyCollection,
  query: DeletionQuery,
  { by }: RecordsAskedBy = {},
): Promise<DeletedRecords> {
  const asker = await findWriter(services, by)
  if (isAuthCollection(collection)) requireSomebody(asker)
  const rules = [listRule(collection, 'delete', asker), listRule(collection, 'list', asker)]
  requireNarrowed(query)
  const conditions = rules.map((rule) => (rule === undefined ? undefined : conditionOf(rule)))
  const list = await parseList(services, collection, { filter: query.filter, search: query.search }, conditions)
  if (rules.includes(undefined)) return { deleted: 0, kept: 0, more: false }
  if (isAuthCollection(collection)) {
    return await inBatches(services, collection, list, (ids) =>
      deletePrincipals(services, collection, list, ids, asker),
    )
  }
  const result = await inBatches(services, collection, list, (ids) => deleteRows(services, collection, list, ids))
  if (result.deleted > 0) {
    const about = { at: services.clock(), collection: collection.name, principalId: null }
    services.emit({ type: 'records.deleted', ...about, records: result.deleted, ...askedBy(namedBy(asker), null) })
  }
  return result
}

/** That all are meant has to be said: a filter that got lost on the way must not mean it. */
function requireNarrowed({ filter, search, all }: DeletionQuery): void {
  const isFiltered = Object.values(filter ?? {}).some((comparisons) =>
    Object.values(comparisons ?? {}).some((value) => value !== undefined),
  )
  const isNarrowed = isFiltered || (search !== undefined && search !== '')
  if (isNarrowed !== (all === true)) return
  const message = isNarrowed
    ? 'must not stand beside a filter or a search'
    : 'is required where there is neither a filter nor a search'
  throw invalidInput([{ path: 'all', code: isNarrowed ? 'invalid' : 'required', message }])
}

async function inBatches(
  services: Services,
  collection: AnyCollection,
  list: RecordList,
  deleteBatch: DeleteBatch,
): Promise<DeletedRecords> {
  const table = services.collections.table(collection)
  let room: number = most[collection.type]
  let after: ListPlace | undefined
  let deleted = 0
  let kept = 0
  for (;;) {
    const limit = Math.min(batchSize, room)
    const { rows, next } = await readRecordList(services.storage, table, list, { limit, after })
    const counts = rows.length === 0 ? undefined : await deleteBatch(rows.map(({ id }) => String(id)))
    deleted += counts?.deleted ?? 0
    kept += counts?.kept ?? 0
    room -= rows.length
    if (next === null || room <= 0) return { deleted, kept, more: next !== null }
    after = next
  }
}

/** What has changed since it was read, and does not meet the conditions any more, stays. */
async function deleteRows(
  services: Services,
  collection: AnyCollection,
  list: RecordList,
  ids: readonly string[],
): Promise<Counts> {
  const table = services.collections.table(collection)
  try {
    return { deleted: await services.storage.delete(table, among(ids, list)), kept: 0 }
  } catch (error) {
    if (!isCardeaError(error, 'foreign_key_violation')) throw error
  }
  // Rows of the app refer to at least one.
  const counts = { deleted: 0, kept: 0 }
  for (const id of ids) {
    try {
      counts.deleted += await services.storage.delete(table, among([id], list))
    } catch (error) {
      if (!isCardeaError(error, 'foreign_key_violation')) throw error
      counts.kept += 1
    }
  }
  return counts
}

async function deletePrincipals(
  services: Services,
  collection: AuthCollection,
  list: RecordList,
  ids: readonly string[],
  asker: Asker,
): Promise<Counts> {
  const table = services.collections.table(collection)
  const counts = { deleted: 0, kept: 0 }
  for (const id of ids) {
    try {
      await deletePrincipalRecord(services, collection, id, {
        asker,
        check: async (transaction) => {
          if ((await transaction.count(table, among([id], list))) === 0) throw noSuchRecord()
        },
      })
      counts.deleted += 1
    } catch (error) {
      if (isCardeaError(error, 'not_found')) continue
      if (!isCardeaError(error) || !keeping.has(error.code)) throw error
      counts.kept += 1
    }
  }
  return counts
}

function among(ids: readonly string[], { where }: RecordList): Condition {
  const [id] = ids
  const condition = ids.length === 1 && id !== undefined ? eq('id', id) : oneOf('id', ids)
  return where === undefined ? condition : and(condition, where)
}
