import { type Condition, isReference, type Reference } from '@cardea/core'
import type { Params } from '../contract/query.js'
import type { Table } from '../schema/table.js'
import { type Field, type Joined, resolveField } from './field.js'
import type { StoredValue } from './stored.js'
import { checkKind, misfit } from './value.js'

/** A place in a condition that takes a parameter of the query. */
export interface ParamUse {
  /** Without `param.`. */
  readonly name: string
  readonly offset: number
  readonly field: Field
}

/**
 * Checks a condition: known fields, and operands of the kind of their column, so that no database converts one to fit.
 *
 * Do it once for a query that is kept; then {@link bindParam} checks each run's parameters.
 *
 * @param joined The references that the read includes; only their fields can be spoken of.
 * @returns The places that take parameters, in the order of the condition.
 * @throws TypeError that names the column, never the operand.
 */
export function checkCondition(
  table: Table,
  condition: Condition,
  joined: readonly Joined[] = [],
): readonly ParamUse[] {
  const uses: ParamUse[] = []
  visit(table, condition, joined, uses)
  return uses
}

/**
 * The value of a parameter at one place, with its offset added.
 *
 * @throws TypeError when the parameter is missing or does not fit the column it is compared with.
 */
export function bindParam(use: ParamUse, params: Params | undefined): StoredValue {
  const place = placeOf(use.field)
  const value: unknown = params !== undefined && Object.hasOwn(params, use.name) ? params[use.name] : undefined
  if (value === undefined) throw misfit(place, 'is compared with a parameter that is missing')
  if (value === null) return null
  const checked = checkKind(place, use.field.column, value)
  return typeof checked === 'number' ? checkKind(place, use.field.column, checked + use.offset) : checked
}

function visit(table: Table, condition: Condition, joined: readonly Joined[], uses: ParamUse[]): void {
  if (!isObject(condition)) throw new TypeError(`${table.name}: a condition is missing`)
  switch (condition.op) {
    case 'and':
    case 'or':
      requireList(table, condition.conditions)
      for (const part of condition.conditions) visit(table, part, joined, uses)
      return
    case 'not':
      visit(table, condition.condition, joined, uses)
      return
    case 'isNull':
      resolveField(table, condition.field, joined)
      return
    case 'in': {
      const field = comparable(table, condition.field, joined)
      requireList(table, condition.values)
      for (const operand of condition.values) checkOperand(field, operand, uses)
      return
    }
    case 'contains': {
      const field = comparable(table, condition.field, joined)
      if (field.column.kind !== 'text' && field.column.kind !== 'longText') {
        throw misfit(placeOf(field), 'is no text to look into')
      }
      checkOperand(field, condition.value, uses)
      return
    }
    case 'eq':
    case 'ne':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      checkOperand(comparable(table, condition.field, joined), condition.value, uses)
      return
    default:
      throw new TypeError(`${table.name}: a condition has an unknown operator`)
  }
}

// Conditions may come from JSON or untyped code, where the types promise nothing.
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

function requireList(table: Table, value: unknown): void {
  if (!Array.isArray(value)) throw new TypeError(`${table.name}: a condition lacks its list`)
}

function comparable(table: Table, name: string, joined: readonly Joined[]): Field {
  const field = resolveField(table, name, joined)
  if (field.column.kind === 'json') throw misfit(placeOf(field), 'holds JSON, which is not compared')
  return field
}

function checkOperand(field: Field, operand: unknown, uses: ParamUse[]): void {
  if (operand === null) return
  if (isReference(operand)) checkReference(field, operand, uses)
  else checkKind(placeOf(field), field.column, operand)
}

function checkReference(field: Field, { ref, offset = 0 }: Reference, uses: ParamUse[]): void {
  const place = placeOf(field)
  const { kind } = field.column
  if (offset !== 0 && kind !== 'integer' && kind !== 'double') throw misfit(place, 'is no number to have an offset')
  if (offset !== 0) checkKind(place, field.column, offset)
  if (ref === 'database.now') {
    if (kind !== 'integer') throw misfit(place, 'must be an integer to be compared with the database clock')
    return
  }
  if (!ref.startsWith('param.')) throw misfit(place, 'is compared with a reference that storage does not know')
  uses.push({ name: ref.slice('param.'.length), offset, field })
}

const placeOf = (field: Field): string => `${field.table.name}.${field.name}`
