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

/** Judges a row for whoever asks: true or false; null where SQL would say unknown. */
export type Judge<Row, Asker> = (row: Row, asker: Asker) => Ternary

/** Where a condition finds its values; what is no scalar counts as null. */
export interface Sources<Row, Asker> {
  /** @returns {@link absent} for what the row does not say. */
  readonly read: (row: Row, field: string) => unknown
  readonly resolve: (asker: Asker, ref: string) => unknown
}

/**
 * Compiles a condition once into a function that judges rows.
 *
 * @returns True or false; null where SQL would say unknown. Treat null as "no".
 * @throws CardeaError `configuration_invalid` for an operator that does not exist, as in a damaged row.
 */
export const compileCondition = (condition: Condition): Judge<ReadField, ResolveReference> =>
  compileConditionOver(condition, { read: (read, field) => read(field), resolve: (resolve, ref) => resolve(ref) })

/**
 * The same over rows and askers as they are, where nothing is to be made for each row.
 *
 * @throws CardeaError `configuration_invalid` as {@link compileCondition}.
 */
export function compileConditionOver<Row, Asker>(
  condition: Condition,
  sources: Sources<Row, Asker>,
): Judge<Row, Asker> {
  const compile = (part: Condition): Judge<Row, Asker> => compileConditionOver(part, sources)
  const { read, resolve } = sources
  switch (condition.op) {
    case 'and':
      return combine(condition.conditions.map(compile), false)
    case 'or':
      return combine(condition.conditions.map(compile), true)
    case 'not': {
      const inner = compile(condition.condition)
      return (row, asker) => {
        const result = inner(row, asker)
        return result === null ? null : !result
      }
    }
    case 'isNull':
      return (row) => {
        const value = read(row, condition.field) ?? null
        return value === absent ? null : value === null
      }
    case 'in': {
      const { field } = condition
      const values = condition.values.map((value) => compileOperand(value, resolve))
      return (row, asker) => {
        if (values.length === 0) return false
        const actual = toScalar(read(row, field))
        if (actual === null) return null
        let unknown = false
        for (const valueFor of values) {
          const expected = valueFor(asker)
          if (expected === null) unknown = true
          else if (actual === expected) return true
        }
        return unknown ? null : false
      }
    }
    case 'contains': {
      const { field } = condition
      const partFor = compileOperand(condition.value, resolve)
      return (row, asker) => {
        const actual = toScalar(read(row, field))
        const part = partFor(asker)
        if (actual === null || part === null) return null
        return typeof actual === 'string' && typeof part === 'string' && actual.includes(part)
      }
    }
    default: {
      const { field, op } = condition
      const accepts = acceptsValues.get(op)
      if (accepts === undefined) throw new CardeaError('configuration_invalid', 'condition: an operator is not known')
      const expectedFor = compileOperand(condition.value, resolve)
      return (row, asker) => {
        const actual = toScalar(read(row, field))
        const expected = expectedFor(asker)
        return actual === null || expected === null ? null : accepts(actual, expected)
      }
    }
  }
}

type Comparison = (left: Scalar, right: Scalar) => boolean

/** Of two types, values are in no order and unequal. */
const inOrder =
  (accepts: (order: number) => boolean): Comparison =>
  (left, right) => {
    const order = compareScalars(left, right)
    return order !== undefined && accepts(order)
  }

// A map, so that an operator called `constructor` finds nothing.
const acceptsValues: ReadonlyMap<ComparisonOperator, Comparison> = new Map([
  ['eq', (left, right) => left === right],
  ['ne', (left, right) => left !== right],
  ['lt', inOrder((order) => order < 0)],
  ['lte', inOrder((order) => order <= 0)],
  ['gt', inOrder((order) => order > 0)],
  ['gte', inOrder((order) => order >= 0)],
])

function combine<Row, Asker>(parts: readonly Judge<Row, Asker>[], decisive: boolean): Judge<Row, Asker> {
  return (row, asker) => {
    let unknown = false
    for (const part of parts) {
      const result = part(row, asker)
      if (result === decisive) return decisive
      if (result === null) unknown = true
    }
    return unknown ? null : !decisive
  }
}

function compileOperand<Asker>(
  operand: Operand,
  resolve: Sources<unknown, Asker>['resolve'],
): (asker: Asker) => Scalar {
  if (!isReference(operand)) return () => operand
  const { ref, offset = 0 } = operand
  return (asker) => {
    const value = toScalar(resolve(asker, ref))
    return typeof value === 'number' ? value + offset : value
  }
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
