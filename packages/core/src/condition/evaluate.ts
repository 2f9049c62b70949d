import { CardeaError } from '../errors.js'
import { type ComparisonOperator, type Condition, isReference, type Operand, type Scalar } from './condition.js'

/** Finds the value behind a reference such as `param.id`; undefined and what is no scalar count as null. */
export type ResolveReference = (ref: string) => unknown

/**
 * Reads a field of the row that is judged; a comparison takes undefined and what is no scalar for null. {@link absent} is what is not
 * known at all, of a row that was read in part: whether that is null is unknown, too.
 */
export type ReadField = (field: string) => unknown

/** The value of a field that a row does not have. */
export const absent: unique symbol = Symbol('absent')

/** True, false, or null for unknown. */
export type Ternary = boolean | null

/**
 * Compiles a condition once into a function that judges rows.
 *
 * @returns True or false; null where SQL would say unknown. Treat null as "no".
 * @throws CardeaError `configuration_invalid` for an operator that does not exist, as in a damaged row.
 */
export function compileCondition(condition: Condition): (read: ReadField, resolve: ResolveReference) => Ternary {
  switch (condition.op) {
    case 'and':
      return combine(condition.conditions.map(compileCondition), false)
    case 'or':
      return combine(condition.conditions.map(compileCondition), true)
    case 'not': {
      const inner = compileCondition(condition.condition)
      return (read, resolve) => {
        const result = inner(read, resolve)
        return result === null ? null : !result
      }
    }
    case 'isNull':
      return (read) => {
        const value = read(condition.field) ?? null
        return value === absent ? null : value === null
      }
    case 'in': {
      const { field, values } = condition
      return (read, resolve) => {
        if (values.length === 0) return false
        const actual = toScalar(read(field))
        if (actual === null) return null
        let unknown = false
        for (const operand of values) {
          const expected = resolveOperand(operand, resolve)
          if (expected === null) unknown = true
          else if (compareScalars(actual, expected) === 0) return true
        }
        return unknown ? null : false
      }
    }
    case 'contains': {
      const { field, value } = condition
      return (read, resolve) => {
        const actual = toScalar(read(field))
        const part = resolveOperand(value, resolve)
        if (actual === null || part === null) return null
        return typeof actual === 'string' && typeof part === 'string' && actual.includes(part)
      }
    }
    default: {
      const { field, value, op } = condition
      const accepts = acceptsOrder.get(op)
      if (accepts === undefined) throw new CardeaError('configuration_invalid', 'condition: an operator is not known')
      return (read, resolve) => {
        const actual = toScalar(read(field))
        const expected = resolveOperand(value, resolve)
        if (actual === null || expected === null) return null
        const order = compareScalars(actual, expected)
        if (order === undefined) return op === 'ne'
        return accepts(order)
      }
    }
  }
}

// A map, so that an operator called `constructor` finds nothing.
const acceptsOrder: ReadonlyMap<ComparisonOperator, (order: number) => boolean> = new Map([
  ['eq', (order) => order === 0],
  ['ne', (order) => order !== 0],
  ['lt', (order) => order < 0],
  ['lte', (order) => order <= 0],
  ['gt', (order) => order > 0],
  ['gte', (order) => order >= 0],
])

function combine(
  parts: readonly ((read: ReadField, resolve: ResolveReference) => Ternary)[],
  decisive: boolean,
): (read: ReadField, resolve: ResolveReference) => Ternary {
  return (read, resolve) => {
    let unknown = false
    for (const part of parts) {
      const result = part(read, resolve)
      if (result === decisive) return decisive
      if (result === null) unknown = true
    }
    return unknown ? null : !decisive
  }
}

function resolveOperand(operand: Operand, resolve: ResolveReference): Scalar {
  if (!isReference(operand)) return operand
  const value = toScalar(resolve(operand.ref))
  return typeof value === 'number' ? value + (operand.offset ?? 0) : value
}

/** What no column of a database could hold answers nothing: were it only unequal to all, `ne` would be true of it. */
function toScalar(value: unknown): Scalar {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return typeof value === 'number' && !Number.isNaN(value) ? value : null
}

/**
 * Orders two values of one type; undefined when their types differ, so that `0` never equals a text.
 * Text is ordered by its UTF-8 bytes, as the databases do under a binary collation.
 */
export function compareScalars(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  if (left === right) return 0
  if (left < right) return -1
  return left > right ? 1 : undefined
}

function compareText(left: string, right: string): number {
  if (left === right) return 0
  const end = Math.min(left.length, right.length)
  for (let index = 0; index < end; index += 1) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a === b) continue
    // Surrogates (0xD800 to 0xDFFF) stand for code points above 0xFFFF, so they sort after all other units in UTF-8.
    return unitRank(a) - unitRank(b)
  }
  return left.length - right.length
}

function unitRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
