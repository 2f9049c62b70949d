import { isReference, type Scalar } from '@cardea/core'
import type { FindQuery } from '../contract/query.js'
import type { Table } from '../schema/table.js'
import { checkCondition, type ParamUse } from './condition.js'
import { checkInclude, type Field, type Joined, resolveField } from './field.js'
import type { StoredValue } from './stored.js'
import { checkKind, misfit } from './value.js'

/** A checked order: the column, and the value that keyset paging goes on from. */
export interface CheckedOrder {
  readonly field: Field
  readonly descending: boolean
  /** Undefined when the read starts at the beginning. */
  readonly after: StoredValue | undefined
}

/** A checked read. */
export interface CheckedFind {
  readonly joined: readonly Joined[]
  readonly uses: readonly ParamUse[]
  readonly orderBy: readonly CheckedOrder[]
  /** Undefined for all rows. */
  readonly limit: number | undefined
  readonly offset: number
}

/** A query without the type of what it includes. */
export type AnyFindQuery = Omit<FindQuery<Table>, 'include'> & { readonly include?: object }

/**
 * Checks a read: condition, includes, order, paging.
 *
 * @throws TypeError for whatever is wrong, a missing limit included.
 */
export function checkFind(table: Table, query: AnyFindQuery): CheckedFind {
  const joined = checkInclude(table, query.include)
  const uses = query.where === undefined ? [] : checkCondition(table, query.where, joined)
  if (query.limit !== 'all') checkCount(table, 'limit', query.limit)
  const { offset = 0 } = query
  checkCount(table, 'offset', offset)
  const { orderBy: order = [], after } = query
  if (after !== undefined && (after.length === 0 || after.length !== order.length)) {
    throw new TypeError(`${table.name}: keyset paging needs one value for each column of its order`)
  }
  const orderBy = order.map(({ field: name, direction }, index): CheckedOrder => {
    const field = resolveField(table, name, joined)
    const place = `${field.table.name}.${field.name}`
    if (field.column.kind === 'json') throw misfit(place, 'holds JSON, which has no order')
    if (direction !== 'asc' && direction !== 'desc') throw misfit(place, 'must be ordered asc or desc')
    return { field, descending: direction === 'desc', after: checkAfter(place, field, joined, after?.[index]) }
  })
  return { joined, uses, orderBy, limit: query.limit === 'all' ? undefined : query.limit, offset }
}

/**
 * Checks a read of one row. Without a condition it is refused, rather than giving any row.
 *
 * @throws TypeError for whatever is wrong.
 */
export function checkFindOne(table: Table, query: Omit<AnyFindQuery, 'limit'>): CheckedFind {
  const joined = checkInclude(table, query.include)
  if (query.where === undefined) throw new TypeError(`${table.name}: a condition is missing`)
  return { joined, uses: checkCondition(table, query.where, joined), orderBy: [], limit: 1, offset: 0 }
}

function checkAfter(place: string, field: Field, joined: readonly Joined[], value: Scalar | undefined) {
  if (value === undefined) return undefined
  const optional = joined.some(({ alias, reference }) => alias === field.alias && reference.optional === true)
  if (field.column.nullable || optional) throw misfit(place, 'may be null, so paging cannot go on from it')
  if (isReference(value)) throw misfit(place, 'must be paged from a value')
  return checkKind(place, field.column, value)
}

function checkCount(table: Table, name: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(
      `${table.name}: ${name} must be a whole number from 0 up${name === 'limit' ? ", or 'all'" : ''}`,
    )
  }
}
