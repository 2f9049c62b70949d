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

/** Rows of a list that come one after the other, and the order in which they do. */
export interface OrderedPart {
  readonly where: Condition | undefined
  readonly order: readonly ListOrder[]
}

/** The order of all rows that have a value of the first field. That says all where no two share one. */
export const orderOfValues = (order: readonly ListOrder[]): readonly ListOrder[] =>
  order[0]?.field.sorted === 'unique' ? order.slice(0, 1) : order

/** All rows, in parts each of which an index has in order: rows without a value of a unique first field are one by themselves. */
export function allParts(order: readonly ListOrder[]): readonly OrderedPart[] {
  const [first, ...rest] = order
  if (first?.field.sorted !== 'unique') return [{ where: undefined, order }]
  const without = { where: isNull(first.field.name), order: rest }
  const withValues = { where: not(isNull(first.field.name)), order: orderOfValues(order) }
  return first.descending ? [withValues, without] : [without, withValues]
}

/**
 * The rows that come after a place, in parts that come one after the other. Null is the smallest value, as storage sorts it;
 * storage's own paging takes no column that can be null. Each part is found by an index of the first field, which several
 * together would not be: rows without a value of it, those with the same value, and those beyond. Rows without a value are not
 * sorted by it: MariaDB would not know that they are in order.
 */
export function afterPlace(order: readonly ListOrder[], values: readonly Scalar[]): readonly OrderedPart[] {
  const [first, ...rest] = order
  if (first === undefined || rest.length === 0) return [{ where: within(order, values), order }]
  const { descending, field } = first
  const { name, nullable, sorted } = field
  const value = values[0] ?? null
  const others = (): Condition => within(rest, values.slice(1))
  if (value === null) {
    const without = { where: and(isNull(name), others()), order: rest }
    return descending ? [without] : [without, { where: not(isNull(name)), order: orderOfValues(order) }]
  }
  const without = nullable && descending ? [{ where: isNull(name), order: rest }] : []
  if (sorted === undefined) {
    const where = within([{ descending, field: { ...field, nullable: false } }, ...rest], values)
    return [{ where, order }, ...without]
  }
  const beyond = { where: descending ? lt(name, value) : gt(name, value), order: orderOfValues(order) }
  if (sorted === 'unique') return [beyond, ...without]
  return [{ where: and(eq(name, value), others()), order }, beyond, ...without]
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
