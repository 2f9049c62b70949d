import { and, type Condition, type ErrorIssue, or } from '@cardea/core'
import type { StorageOperations, Table } from '@cardea/storage'
import type { AnyCollection } from '../definition/collection.js'
import type { CollectionRow } from '../record/present.js'
import { filterCondition, searchCondition } from './list-condition.js'
import { type ListField, listFields } from './list-field.js'
import {
  afterPlace,
  allParts,
  type ListOrder,
  listOrder,
  type OrderedPart,
  orderOfValues,
  placeIn,
  readPlace,
  toOrderBy,
} from './list-order.js'
import type { ListPart, ListPlace, RecordListQuery } from './list-query.js'

/** A list whose fields and values are checked. */
export interface RecordList {
  readonly where: Condition | undefined
  readonly order: readonly ListOrder[]
  /** A field with an index, of which all that are wanted have one value; undefined for none. */
  readonly alike?: ListField | undefined
}

export type ParsedRecordList =
  | { readonly valid: true; readonly list: RecordList }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** What of a list was read. */
export interface RecordPage<Row> {
  readonly rows: readonly Row[]
  /** The place of the last one, where there are more; null at the end. */
  readonly next: ListPlace | null
}

/**
 * Checks which records are wanted: against the fields that are shown, so that nothing hidden can be found out by sorting or
 * filtering, and nothing that a client names reaches a statement.
 *
 * @param options.searched Which fields a search looks into. Default: the address and all fields of texts.
 * @param options.restrict What has to hold of every record beside that, such as what somebody may see.
 * @returns Issues with the code `unknown_field` for what cannot be sorted or filtered by.
 */
export function parseRecordList(
  collection: AnyCollection,
  query: RecordListQuery,
  options: { readonly searched?: readonly string[]; readonly restrict?: Condition | undefined } = {},
): ParsedRecordList {
  const fields = listFields(collection)
  const issues: ErrorIssue[] = []
  const { searched = searchedFields(collection), restrict } = options
  const conditions = [
    ...(restrict === undefined ? [] : [restrict]),
    ...filterCondition(fields, query.filters ?? [], issues),
    ...(query.search === undefined ? [] : searchCondition(searched, query.search, issues)),
  ]
  const order = listOrder(fields, query.order ?? [], issues)
  if (issues.length > 0) return { valid: false, issues }
  const alike = (query.filters ?? []).flatMap(({ field, operator }) => {
    const compared = fields.get(field)
    return operator === 'eq' && compared?.sorted === 'with id' ? [compared] : []
  })[0]
  return { valid: true, list: { where: conditions.length === 0 ? undefined : and(...conditions), order, alike } }
}

/** Whether a place that a client brings back can be one of this list. */
export const isPlaceOf = (list: RecordList, place: ListPlace): boolean => readPlace(list.order, place) !== undefined

/**
 * Reads a part of a list, mostly by one statement, no more of it than is asked for and one row, which tells whether there is
 * more. Others read on where records without a value of the first field begin or end, and where those with the same one end.
 *
 * @throws CardeaError `unavailable`; TypeError for a place that {@link isPlaceOf} does not know.
 */
export async function readRecordList(
  storage: StorageOperations,
  table: Table,
  list: RecordList,
  { limit, offset = 0, after }: ListPart,
): Promise<RecordPage<CollectionRow>> {
  const read = async (parts: readonly OrderedPart[]): Promise<readonly CollectionRow[]> => {
    const found: CollectionRow[] = []
    for (const { where, order } of parts) {
      const rows: readonly CollectionRow[] = await storage.find(table, {
        ...wherePart(list.where, where),
        orderBy: toOrderBy(withAlike(order, list.alike)),
        limit: limit + 1 - found.length,
        ...(offset === 0 ? {} : { offset }),
      })
      found.push(...rows)
      if (found.length > limit) break
    }
    return found
  }
  const found =
    after === undefined ? await readBeginning(list, read, offset) : await read(partsAfter(list, after, offset))
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: found.length > limit && last !== undefined ? placeIn(list.order, last) : null }
}

type Read = (parts: readonly OrderedPart[]) => Promise<readonly CollectionRow[]>

/**
 * Reads by the index of a unique field, in whose order only rows without a value could stand in any, and once more by parts where
 * it has met such.
 */
async function readBeginning({ order }: RecordList, read: Read, offset: number): Promise<readonly CollectionRow[]> {
  const [first] = order
  if (first?.field.sorted !== 'unique') return await read([{ where: undefined, order }])
  const rows = await read([{ where: undefined, order: orderOfValues(order) }])
  const smallest = first.descending ? rows.at(-1) : rows[0]
  if (smallest === undefined || smallest[first.field.name] !== null) return rows
  return await read(offset === 0 ? allParts(order) : [{ where: undefined, order }])
}

/** The parts of a list that come after a place. */
function partsAfter({ order }: RecordList, after: ListPlace, offset: number): readonly OrderedPart[] {
  const values = readPlace(order, after)
  if (values === undefined) throw new TypeError('a list is read on from a place that is none of it')
  const parts = afterPlace(order, values)
  if (offset === 0) return parts
  // Those that are passed over may be of any part.
  return [{ where: or(...parts.flatMap(({ where }) => where ?? [])), order }]
}

/** The order of an index over the field that all have alike and the id, so that it is seen to be the one. */
function withAlike(order: readonly ListOrder[], alike: ListField | undefined): readonly ListOrder[] {
  const [first] = order
  if (alike === undefined || first === undefined || order.length > 1 || first.field.name !== 'id') return order
  return [{ field: alike, descending: first.descending }, ...order]
}

function wherePart(all: Condition | undefined, part: Condition | undefined): { readonly where?: Condition } {
  const conditions = [all, part].filter((condition) => condition !== undefined)
  const [where] = conditions
  if (where === undefined) return {}
  return { where: conditions.length === 1 ? where : and(...conditions) }
}

/** Counts all that a list holds. */
export async function countRecordList(storage: StorageOperations, table: Table, list: RecordList): Promise<number> {
  return await storage.count(table, list.where)
}

function searchedFields(collection: AnyCollection): readonly string[] {
  const own = Object.entries(collection.fields).flatMap(([name, { type, hidden }]) =>
    hidden !== true && (type === 'text' || type === 'email' || type === 'url') ? [name] : [],
  )
  return collection.type === 'auth' ? ['email', ...own] : own
}
