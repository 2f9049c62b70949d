import { type Condition, isReference, type Operand } from '@cardea/core'
import type { Field } from '@cardea/storage'
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { SqlDialect } from '../dialect/dialect.js'
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

function toFieldPredicate(dialect: SqlDialect, condition: FieldCondition, resolve: Resolve): RawBuilder<SqlBool> {
  switch (condition.op) {
    case 'isNull':
      return sql`${resolve(condition.field).reference} is null`
    case 'in': {
      if (condition.values.length === 0) return never
      const { field, reference } = resolve(condition.field)
      return sql`${reference} in (${sql.join(condition.values.map((value) => toValue(dialect, field, value)))})`
    }
    case 'contains': {
      const { field, reference } = resolve(condition.field)
      return dialect.contains(reference, toValue(dialect, field, condition.value))
    }
    default: {
      const { field, reference } = resolve(condition.field)
      const ordered = condition.op !== 'eq' && condition.op !== 'ne'
      const left = ordered ? inOrder(dialect, field, reference) : reference
      return sql`${left} ${operators[condition.op]} ${toValue(dialect, field, condition.value)}`
    }
  }
}

/** A column as it is sorted and compared in order: text by its bytes, whatever the column's own collation is. */
export function inOrder(dialect: SqlDialect, field: Field, reference: Expression<unknown>): Expression<unknown> {
  const { kind } = field.column
  return kind === 'text' || kind === 'longText' ? dialect.byteOrder(reference) : reference
}

/** The database's clock, or the clock that takes its place, plus an offset in milliseconds. */
export function clockValue(dialect: SqlDialect, offset: number): RawBuilder<unknown> {
  if (dialect.clock === undefined) return sql`${new ClockSlot(offset)}`
  return offset === 0 ? dialect.clock : sql`(${dialect.clock} + ${dialect.number(offset)})`
}

function toValue(dialect: SqlDialect, field: Field, operand: Operand): RawBuilder<unknown> {
  if (!isReference(operand)) return sql`${operand}`
  const { ref, offset = 0 } = operand
  if (ref === 'database.now') return clockValue(dialect, offset)
  return sql`${new ParamSlot({ name: ref.slice('param.'.length), offset, field })}`
}
