import { type Condition, isReference, type Operand, type Scalar } from '@cardea/core'
import { type Field, isPossible, type StoredValue } from '@cardea/storage'
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { SqlDialect } from '../dialect/dialect.js'
import { comparable, needsBytes, readColumn } from './column.js'
import { type FieldCondition, never, operators, toLogic } from './logic.js'
import { ClockSlot, ParamSlot } from './slots.js'

/** A column as a statement speaks of it. */
export interface FieldReference {
  readonly field: Field
  readonly reference: RawBuilder<unknown>
}

/** Finds the column behind the name that a condition uses. */
export type Resolve = (name: string) => FieldReference

/** The SQL of a condition. The condition was checked before: fields exist, operands are of their columns' kinds. */
export function toPredicate(dialect: SqlDialect, condition: Condition, resolve: Resolve): RawBuilder<SqlBool> {
  return toLogic(condition, (part) => toFieldPredicate(dialect, part, resolve))
}

function toFieldPredicate(dialect: SqlDialect, part: FieldCondition, resolve: Resolve): RawBuilder<SqlBool> {
  const { field, reference } = resolve(part.field)
  switch (part.op) {
    case 'isNull':
      return sql`${reference} is null`
    case 'in': {
      if (part.values.length === 0) return never
      const values = sql.join(part.values.map((value) => toValue(dialect, field, value)))
      const found = sql<SqlBool>`${compared(field, dialect, reference)} in (${values})`
      return tellsApart(dialect, field) ? sql`(${found} and ${dialect.mapped.bytes(reference)} in (${values}))` : found
    }
    case 'contains':
      return dialect.contains(inBytes(dialect, field, reference), toValue(dialect, field, part.value))
    case 'eq': {
      const value = toValue(dialect, field, part.value)
      const found = sql<SqlBool>`${compared(field, dialect, reference)} = ${value}`
      return tellsApart(dialect, field) ? sql`(${found} and ${dialect.mapped.bytes(reference)} = ${value})` : found
    }
    case 'ne': {
      // What the column cannot hold is another than whatever it holds.
      if (typeof part.value === 'string' && !isPossible(field.column, part.value)) return sql`${reference} is not null`
      const left = tellsApart(dialect, field) ? dialect.mapped.bytes(reference) : compared(field, dialect, reference)
      return sql`${left} ${operators.ne} ${toValue(dialect, field, part.value)}`
    }
    default:
      return sql`${inOrder(dialect, field, reference)} ${operators[part.op]} ${toValue(dialect, field, part.value)}`
  }
}

/** A column as it is compared: instants in milliseconds, all else as the database has it, so that an index serves. */
function compared({ column }: Field, dialect: SqlDialect, reference: RawBuilder<unknown>): RawBuilder<unknown> {
  const { kind, mapped } = column
  if (mapped === undefined || kind === 'text' || kind === 'longText') return reference
  return mapped.type === 'integer' ? dialect.mapped.number(reference) : readColumn(dialect, column, reference)
}

/** An index finds what its collation takes for the same; the bytes tell which of it is. */
const tellsApart = (dialect: SqlDialect, { column }: Field): boolean =>
  needsBytes(dialect, column) && column.mapped?.collated !== 'equality'

const inBytes = (dialect: SqlDialect, { column }: Field, reference: RawBuilder<unknown>): RawBuilder<unknown> =>
  needsBytes(dialect, column) ? dialect.mapped.bytes(reference) : readColumn(dialect, column, reference)

/** A column as it is sorted and compared in order: text by its bytes, whatever the column's own collation is. */
export function inOrder(dialect: SqlDialect, field: Field, reference: RawBuilder<unknown>): Expression<unknown> {
  const { kind, mapped } = field.column
  const isText = kind === 'text' || kind === 'longText'
  if (mapped !== undefined) {
    const byBytes = needsBytes(dialect, field.column) && mapped.collated !== 'order'
    return byBytes ? dialect.mapped.bytes(reference) : compared(field, dialect, reference)
  }
  return isText ? dialect.byteOrder(reference) : reference
}

/** The database's clock, or the clock that takes its place, plus an offset in milliseconds. */
export function clockValue(dialect: SqlDialect, offset: number): RawBuilder<unknown> {
  if (dialect.clock === undefined) return sql`${new ClockSlot(offset)}`
  return offset === 0 ? dialect.clock : sql`(${dialect.clock} + ${dialect.number(offset)})`
}

function toValue(dialect: SqlDialect, field: Field, operand: Operand): RawBuilder<unknown> {
  if (!isReference(operand)) return written(dialect, field, comparableOperand(field, operand))
  const { ref, offset = 0 } = operand
  if (ref === 'database.now') return clockValue(dialect, offset)
  return written(dialect, field, new ParamSlot({ name: ref.slice('param.'.length), offset, field }))
}

/** Instants are compared in milliseconds; texts that stand for something else as what they stand for. */
export function written(dialect: SqlDialect, { column }: Field, value: unknown): RawBuilder<unknown> {
  const { kind, mapped } = column
  return mapped === undefined || kind !== 'text' ? sql`${value}` : dialect.mapped.write(mapped.type, value)
}

const comparableOperand = ({ column }: Field, operand: Scalar): StoredValue =>
  column.mapped === undefined || column.kind !== 'text' ? operand : comparable(column, operand)
