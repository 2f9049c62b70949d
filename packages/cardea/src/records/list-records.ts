import type { AnyCollection } from '@cardea/collections'
import { countRecordList, readRecordList } from '@cardea/collections/later'
import type { RecordQuery, RecordsAskedBy } from '../api/records.js'
import type { ListFilter, ListPage } from '../api/users.js'
import type { Services } from '../services/services.js'
import { findReader } from './asker.js'
import { assertWhole, parseList, requirePlace } from './parse-list.js'
import { parseShape, presentShape } from './record-shape.js'
import { conditionOf, listRule } from './rule.js'

const mostRecords = 1_000
const defaultLimit = 100

export async function listRecords(
  services: Services,
  collection: AnyCollection,
  query: RecordQuery = {},
  { by }: RecordsAskedBy = {},
): Promise<ListPage<Readonly<Record<string, unknown>>>> {
  const asker = await findReader(services, by)
  const rule = listRule(collection, 'list', asker)
  const { limit = defaultLimit, offset = 0, after } = query
  assertWhole('limit', limit, 1, mostRecords)
  assertWhole('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  const shape = parseShape(services, collection, query)
  const list = await parseList(services, collection, query, rule === undefined ? [] : [conditionOf(rule)])
  requirePlace(list, after)
  if (rule === undefined) return { items: [], next: null }
  const table = services.collections.table(collection)
  const { rows, next } = await readRecordList(services.storage, table, list, { limit, offset, after })
  return { items: await presentShape(services, collection, rows, shape, asker), next }
}

export async function countRecords(
  services: Services,
  collection: AnyCollection,
  query: ListFilter = {},
  { by }: RecordsAskedBy = {},
): Promise<number> {
  const asker = await findReader(services, by)
  const rule = listRule(collection, 'list', asker)
  const list = await parseList(services, collection, query, rule === undefined ? [] : [conditionOf(rule)])
  if (rule === undefined) return 0
  return await countRecordList(services.storage, services.collections.table(collection), list)
}
