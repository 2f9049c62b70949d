import { CardeaError, type ComparisonOperator, type Scalar } from '@cardea/core'
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { type FieldCondition, never, operators } from '../query/logic.js'
import type { FilterColumn, FilterColumnKind } from './filter-columns.js'
import type { FilterSql } from './filter-sql.js'

const unknown = sql<SqlBool>`null`

/**
 * What a condition says of one column. Values of another type are never compared with it, whatever the database would make
 * of them: they are unequal, neither below nor above.
 */
export function fieldPredicate(
  database: FilterSql,
  column: FilterColumn,
  condition: FieldCondition,
): RawBuilder<SqlBool> {
  const { reference, kind } = column
  switch (condition.op) {
    case 'isNull':
      return sql`${reference} is null`
    case 'in': {
      if (condition.values.length === 0) return never
      if (kind === 'other') return unknown
      const values = condition.values.map(toScalar)
      const fitting = values.filter((value): value is Comparable => value !== null && canEqual(database, kind, value))
      const found = fitting.length === 0 ? falseUnlessNull(database, column) : equalsOneOf(database, column, fitting)
      return values.includes(null) ? sql`(${found} or null)` : found
    }
    case 'contains': {
      const value = toScalar(condition.value)
      if (value === null || kind === 'other') return unknown
      if (typeof value !== 'string' || !isText(kind)) return falseUnlessNull(database, column)
      if (value.includes('\u0000') && !database.holdsNul) return falseUnlessNull(database, column)
      return database.contains(database.bytes(reference), database.text(wellFormed(value)))
    }
    default: {
      const value = toScalar(condition.value)
      if (value === null || kind === 'other') return unknown
      return compare(database, column, condition.op, value)
    }
  }
}

type Comparable = string | number | boolean
type ComparableKind = Exclude<FilterColumnKind, 'other'>

/** @throws CardeaError `configuration_invalid` for a reference, which `subject.filter` replaces, and for what is no scalar. */
function toScalar(value: unknown): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  throw new CardeaError(
    'configuration_invalid',
    'toExpression: a condition compares with a reference, or with what is neither text, number nor boolean',
  )
}

function compare(
  database: FilterSql,
  column: FilterColumn,
  op: ComparisonOperator,
  value: Comparable,
): RawBuilder<SqlBool> {
  // `other` was answered before.
  const kind = column.kind as ComparableKind
  if (!fits(kind, value)) return op === 'ne' ? trueUnlessNull(database, column) : falseUnlessNull(database, column)
  if (op === 'eq' || op === 'ne') {
    if (!canEqual(database, kind, value))
      return op === 'ne' ? trueUnlessNull(database, column) : falseUnlessNull(database, column)
    if (op === 'eq') return equalsOneOf(database, column, [value])
    return sql`${left(database, column, op)} <> ${right(database, kind, value, op)}`
  }
  if (typeof value === 'number') {
    const bound = boundOf(database, kind, op, value)
    if (typeof bound === 'boolean') return bound ? trueUnlessNull(database, column) : falseUnlessNull(database, column)
    return sql`${left(database, column, op)} ${operators[bound.op]} ${right(database, kind, bound.value, op)}`
  }
  if (typeof value === 'string') {
    const { op: operator, value: text } = textBoundOf(database, op, value)
    return sql`${left(database, column, op)} ${operators[operator]} ${right(database, kind, text, op)}`
  }
  return sql`${left(database, column, op)} ${operators[op]} ${right(database, kind, value, op)}`
}

function equalsOneOf(database: FilterSql, column: FilterColumn, values: readonly Comparable[]): RawBuilder<SqlBool> {
  // As above.
  const kind = column.kind as ComparableKind
  const list = values.map((value) => right(database, kind, value, 'eq'))
  const own = left(database, column, 'eq')
  const exact = list.length === 1 ? sql<SqlBool>`${own} = ${list[0]}` : sql<SqlBool>`${own} in (${sql.join(list)})`
  if (!isText(kind) || hasUuids(database, kind)) return exact
  const texts = values.filter((value) => typeof value === 'string')
  const candidates = database.candidates(column.reference, texts)
  return candidates === undefined ? exact : sql`(${candidates} and ${exact})`
}

function left(database: FilterSql, { reference, kind }: FilterColumn, op: ComparisonOperator): Expression<unknown> {
  if (!isText(kind)) return comparedOf(database, { reference, kind })
  return isEquality(op) && hasUuids(database, kind) ? reference : database.bytes(reference)
}

function right(
  database: FilterSql,
  kind: ComparableKind,
  value: Comparable,
  op: ComparisonOperator,
): RawBuilder<unknown> {
  if (typeof value === 'boolean') return database.boolean(value)
  if (typeof value === 'number') return kind === 'integer' ? database.integer(value) : database.double(value)
  if (isEquality(op) && kind === 'uuid' && database.uuid !== undefined) return database.uuid(value)
  return database.text(value)
}

const isText = (kind: FilterColumnKind): boolean => kind === 'text' || kind === 'uuid'
const isEquality = (op: ComparisonOperator): boolean => op === 'eq' || op === 'ne'
const hasUuids = (database: FilterSql, kind: FilterColumnKind): boolean =>
  kind === 'uuid' && database.uuid !== undefined

/** Whether a value is of the type that a column holds; not-a-number is of none. */
function fits(kind: ComparableKind, value: Comparable): boolean {
  if (typeof value === 'string') return isText(kind)
  if (typeof value === 'boolean') return kind === 'boolean'
  return (kind === 'integer' || kind === 'double') && !Number.isNaN(value)
}

const canonicalUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a column can hold a value at all: what it cannot, no row equals. */
function canEqual(database: FilterSql, kind: FilterColumnKind, value: Comparable): boolean {
  if (kind === 'other' || !fits(kind, value)) return false
  if (typeof value === 'boolean') return true
  if (typeof value === 'number') {
    if (kind === 'integer') return Number.isSafeInteger(value)
    return Number.isFinite(value) || database.holdsInfinity
  }
  if (kind === 'uuid') return canonicalUuid.test(value)
  return value.isWellFormed() && (database.holdsNul || !value.includes('\u0000'))
}

/** An ordered comparison with what a column can be compared with; true or false where it says the same of every number. */
function boundOf(
  database: FilterSql,
  kind: ComparableKind,
  op: ComparisonOperator,
  value: number,
): boolean | { readonly op: ComparisonOperator; readonly value: number } {
  const below = op === 'lt' || op === 'lte'
  if (kind === 'double') {
    return Number.isFinite(value) || database.holdsInfinity ? { op, value } : below === value > 0
  }
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return below === value > 0
  if (Number.isInteger(value)) return { op, value }
  return below ? { op: 'lte', value: Math.floor(value) } : { op: 'gte', value: Math.ceil(value) }
}

/** The same for text. What begins as the value up to its first NUL and goes on comes after all that holds no NUL. */
function textBoundOf(
  database: FilterSql,
  op: ComparisonOperator,
  value: string,
): { readonly op: ComparisonOperator; readonly value: string } {
  const nul = database.holdsNul ? -1 : value.indexOf('\u0000')
  if (nul === -1) return { op, value: wellFormed(value) }
  return { op: op === 'lt' || op === 'lte' ? 'lte' : 'gt', value: wellFormed(value.slice(0, nul)) }
}

/**
 * Half a character has no place among others in a database, and drivers make another of it.
 *
 * @throws CardeaError `invalid_request`, since it can only come from whoever asks.
 */
function wellFormed(value: string): string {
  if (value.isWellFormed()) return value
  throw new CardeaError('invalid_request', 'a condition compares with text that is not well-formed Unicode')
}

/** Unknown for null, as every comparison is. */
const falseUnlessNull = (database: FilterSql, column: FilterColumn): RawBuilder<SqlBool> => {
  const value = comparedOf(database, column)
  return sql`${value} <> ${value}`
}
const trueUnlessNull = (database: FilterSql, column: FilterColumn): RawBuilder<SqlBool> => {
  const value = comparedOf(database, column)
  return sql`${value} = ${value}`
}
const comparedOf = (database: FilterSql, { reference, kind }: FilterColumn): Expression<unknown> =>
  kind === 'double' ? database.numbers(reference) : reference
