import { type AnyCollection, isAuthCollection, isMapped } from '@cardea/collections'
import {
  isPlaceOf,
  isPlainObject,
  parseRecordList,
  type RecordFilter,
  type RecordList,
} from '@cardea/collections/later'
import { and, type Condition, normalizeEmail, oneOf } from '@cardea/core'
import { findByIdentifier } from '@cardea/identity'
import { invalidInput } from '../accounts/invalid-input.js'
import type { ListPlace, ListQuery } from '../api/users.js'
import { findRowsByAddress } from '../mapped/find-row.js'
import type { Services } from '../services/services.js'

/**
 * Checks which records are wanted.
 *
 * @param rules What has to hold of every record beside that.
 * @throws CardeaError `unknown_field`, `invalid_request`.
 */
export async function parseList(
  services: Services,
  collection: AnyCollection,
  query: Pick<ListQuery, 'filter' | 'search' | 'sort'>,
  rules: readonly (Condition | undefined)[] = [],
): Promise<RecordList> {
  const { rest, found } = await findAddress(services, collection, filtersOf(query.filter))
  const conditions = [...rules, ...found].filter((condition) => condition !== undefined)
  const order = (query.sort ?? []).map((name) =>
    name.startsWith('-') ? { field: name.slice(1), descending: true } : { field: name },
  )
  const parsed = parseRecordList(
    collection,
    { filters: rest, search: query.search, order },
    { restrict: conditions.length === 0 ? undefined : and(...conditions) },
  )
  if (!parsed.valid) throw invalidInput(parsed.issues)
  return parsed.list
}

/** @throws CardeaError `invalid_request` for a place that a client has brought, and that is none of the list. */
export function requirePlace(list: RecordList, after: ListPlace | undefined): void {
  if (after === undefined || isPlaceOf(list, after)) return
  throw invalidInput([{ path: 'after', code: 'invalid_format', message: 'is no place of this list' }])
}

export function assertWhole(path: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw invalidInput([{ path, code: 'invalid_value', message: `must be a whole number from ${least} to ${most}` }])
}

/**
 * As code without types may write it: what names no operator, such as a date or an empty object, is refused as a query without one
 * is. Were it passed over, the list would hold everything.
 */
function filtersOf(filter: ListQuery['filter']): readonly RecordFilter[] {
  if (filter !== undefined && !isPlainObject(filter)) {
    throw invalidInput([{ path: 'filter', code: 'invalid_type', message: 'must be an object of fields' }])
  }
  return Object.entries(filter ?? {}).flatMap(([field, comparisons]: [string, unknown]) => {
    if (comparisons === undefined) return []
    const path = `filter[${field}]`
    if (!isPlainObject(comparisons) || Object.keys(comparisons).length === 0) {
      return [{ field, operator: '', value: comparisons, path }]
    }
    return Object.entries(comparisons).flatMap(([operator, value]) =>
      // A query without an operator comes as one without a name.
      value === undefined ? [] : [{ field, operator, value, path: operator === '' ? path : `${path}[${operator}]` }],
    )
  })
}

/** Whose address it is tells the index of those who sign in by it, in whatever case it is written. */
async function findAddress(
  services: Services,
  collection: AnyCollection,
  filters: readonly RecordFilter[],
): Promise<{ readonly rest: readonly RecordFilter[]; readonly found: readonly Condition[] }> {
  const isAddress = ({ field, operator }: RecordFilter): boolean => field === 'email' && operator === 'eq'
  if (!isAuthCollection(collection)) return { rest: filters, found: [] }
  const found: Condition[] = []
  for (const { value } of filters.filter(isAddress)) {
    const key = normalizeEmail(value)
    const owner =
      key === undefined
        ? undefined
        : await findByIdentifier(services.storage, { collection: collection.name, kind: 'email', key })
    const ids = new Set(owner === undefined ? [] : [owner.principal.recordKey])
    // Of those who have not signed in yet, the app's table alone knows.
    if (key !== undefined && isMapped(collection)) {
      for (const { id } of await findRowsByAddress(services, services.storage, collection, key)) ids.add(String(id))
    }
    found.push(oneOf('id', [...ids]))
  }
  return { rest: filters.filter((filter) => !isAddress(filter)), found }
}
