import { and, type Condition, type ErrorIssue, eq, gt, gte, isNull, lt, lte, not, or, type Scalar } from '@cardea/core'
import type { Order } from '@cardea/storage'
import { formatInstant, parseInstant } from '../value/instant.js'
import { isStorableText } from '../value/text.js'
import { isIdOf } from '../value/value-schema.js'
import type { ListField } from './list-field.js'
import type { ListPlace, RecordOrder } from './list-query.js'

const mostOrders = 5

/** A field of an order, whose last one no two records share. */
export interface ListOrder {
  readonly field: ListField
  readonly descending: boolean
}

/** What is wrong is added to `issues`. */
export function listOrder(
  fields: ReadonlyMap<string, ListField>,
  wanted: readonly RecordOrder[],
  issues: ErrorIssue[],
): readonly ListOrder[] {
  if (wanted.length > mostOrders) {
    issues.push({ path: 'sort', code: 'too_long', message: `must be at most ${mostOrders} fields` })
    return []
  }
  const order: ListOrder[] = []
  for (const { field: name, descending = false } of wanted) {
    const field = fields.get(name)
    if (field === undefined) {
      issues.push({ path: 'sort', code: 'unknown_field', message: 'names a field that is not known' })
      return []
    }
    // What is sorted by already says nothing more.
    if (!order.some((known) => known.field === field)) order.push({ field, descending })
  }
  const id = fields.get('id')
  if (id === undefined || order.some(({ field }) => field === id)) return order
  // In the direction of what comes before it, so that an index can be read from one end to the other.
  return [...order, { field: id, descending: order.at(-1)?.descending ?? false }]
}

export const toOrderBy = (order: readonly ListOrder[]): readonly Order[] =>
  order.map(({ field, descending }) => ({ field: field.name, direction: descending ? 'desc' : 'asc' }))

/** Where a row stands: instants as the API shows them. */
export const placeIn = (order: readonly ListOrder[], row: Readonly<Record<string, unknown>>): ListPlace =>
  order.map(({ field }) => {
    const value = row[field.name]
    if (field.kind === 'instant' && typeof value === 'number') return formatInstant(value)
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  })

/** The values of a place as columns hold them; undefined for what is no place in this order. It comes from a client. */
export function readPlace(order: readonly ListOrder[], place: ListPlace): readonly Scalar[] | undefined {
  if (place.length !== order.length) return undefined
  const values: Scalar[] = []
  for (const [index, { field }] of order.entries()) {
    const value = readPlaceValue(field, place[index] ?? null)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function readPlaceValue({ kind, nullable, ids }: ListField, value: ListPlace[number]): Scalar | undefined {
  if (value === null) return nullable ? null : undefined
  if (ids !== undefined) return typeof value === 'string' && isIdOf(ids, value) ? value : undefined
  if (kind === 'instant') return typeof value === 'string' ? parseInstant(value) : undefined
  if (kind === 'text') return typeof value === 'string' && isStorableText(value) ? value : undefined
  if (kind === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  return typeof value === 'boolean' ? value : undefined
}

/**
 * The rows that come after a place, in parts that come one after the other. Null is the smallest value, as storage sorts it;
 * storage's own paging takes no column that can be null. Rows without a value of the first field are a part by themselves: each
 * part is found by an index of that field, which both together would not be.
 */
export function afterPlace(order: readonly ListOrder[], values: readonly Scalar[]): readonly Condition[] {
  const [first, ...rest] = order
  if (first === undefined || !first.field.nullable) return [within(order, values)]
  const { descending, field } = first
  if (values[0] === null || values[0] === undefined) {
    const others = and(isNull(field.name), within(rest, values.slice(1)))
    return descending ? [others] : [others, not(isNull(field.name))]
  }
  const withValues = within([{ descending, field: { ...field, nullable: false } }, ...rest], values)
  return descending ? [withValues, isNull(field.name)] : [withValues]
}

function within(order: readonly ListOrder[], values: readonly Scalar[]): Condition {
  const conditions = order.flatMap(({ field, descending }, index) => {
    const beyond = beyondValue(field, descending, values[index] ?? null)
    if (beyond === undefined) return []
    const equal = order.slice(0, index).map((before, position) => equalTo(before.field, values[position] ?? null))
    return [and(...equal, beyond)]
  })
  const bound = boundOf(order[0], values[0] ?? null)
  return bound === undefined || order.length === 1 ? or(...conditions) : and(bound, or(...conditions))
}

/** The first column by itself, which an index can use. */
function boundOf(first: ListOrder | undefined, value: Scalar): Condition | undefined {
  if (first === undefined || value === null || first.field.nullable) return undefined
  return first.descending ? lte(first.field.name, value) : gte(first.field.name, value)
}

function beyondValue({ name, nullable }: ListField, descending: boolean, value: Scalar): Condition | undefined {
  if (value === null) return descending ? undefined : not(isNull(name))
  if (!descending) return gt(name, value)
  return nullable ? or(lt(name, value), isNull(name)) : lt(name, value)
}

const equalTo = ({ name }: ListField, value: Scalar): Condition => (value === null ? isNull(name) : eq(name, value))
