import type { Condition, Operand, Reference } from '@cardea/core'
import { isStorableText } from './storable.js'

/** Says where a condition is wrong and ends the check by throwing. */
export type Fail = (path: string, reason: string) => never

/** Conditions come from rows and requests too; these bounds keep compiling and judging them cheap. */
const maximumDepth = 32
const maximumParts = 1_000

const comparisons: ReadonlySet<unknown> = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains'])
const resolvable = /^(?:principal|context)\.[^.]+$/

/**
 * Checks that a value is a condition that a grant can carry, and returns a frozen copy.
 *
 * References are `principal.…` and `context.…` alone: a grant has no query parameters and no database. Members that are
 * not known are refused, so that a condition never means less than its author wrote.
 */
export function parseCondition(value: unknown, fail: Fail): Condition {
  let parts = 0
  const count = (path: string) => {
    parts += 1
    if (parts > maximumParts) fail(path, `is larger than ${maximumParts} parts`)
  }

  const operand = (input: unknown, path: string): Operand => {
    count(path)
    if (typeof input === 'string')
      return isStorableText(input) ? input : fail(path, 'must not hold NUL or half characters')
    if (input === null || typeof input === 'boolean') return input
    if (typeof input === 'number') return Number.isFinite(input) ? input : fail(path, 'must be a finite number')
    const { ref, offset } = members(input, ['ref', 'offset'], path, fail)
    if (typeof ref !== 'string' || !resolvable.test(ref)) return fail(path, 'must refer to principal.… or context.…')
    // Beyond that a sum could leave the numbers that a database knows.
    if (offset !== undefined && !(typeof offset === 'number' && Math.abs(offset) <= Number.MAX_SAFE_INTEGER)) {
      return fail(path, 'has an offset that is not a number of at most 2^53')
    }
    // The pattern above is the template type.
    const name = ref as Reference['ref']
    return Object.freeze(typeof offset === 'number' ? { ref: name, offset } : { ref: name })
  }

  const visit = (input: unknown, path: string, depth: number): Condition => {
    count(path)
    if (depth > maximumDepth) return fail(path, `is nested deeper than ${maximumDepth}`)
    const op =
      typeof input === 'object' && input !== null && Object.hasOwn(input, 'op') ? Reflect.get(input, 'op') : null
    if (op === 'and' || op === 'or') {
      const { conditions } = members(input, ['op', 'conditions'], path, fail)
      const list = Array.isArray(conditions) ? conditions : fail(path, 'needs a list of conditions')
      return Object.freeze({
        op,
        conditions: Object.freeze(
          list.map((inner: unknown, index) => visit(inner, join(path, `conditions.${index}`), depth + 1)),
        ),
      })
    }
    if (op === 'not') {
      const { condition } = members(input, ['op', 'condition'], path, fail)
      return Object.freeze({ op, condition: visit(condition, join(path, 'condition'), depth + 1) })
    }
    if (op === 'isNull') {
      const { field } = members(input, ['op', 'field'], path, fail)
      return Object.freeze({ op, field: fieldName(field, path, fail) })
    }
    if (op === 'in') {
      const { field, values } = members(input, ['op', 'field', 'values'], path, fail)
      const list = Array.isArray(values) ? values : fail(path, 'needs a list of values')
      return Object.freeze({
        op,
        field: fieldName(field, path, fail),
        values: Object.freeze(list.map((item: unknown, index) => operand(item, join(path, `values.${index}`)))),
      })
    }
    if (!comparisons.has(op)) return fail(path, 'is not a condition')
    const { field, value: expected } = members(input, ['op', 'field', 'value'], path, fail)
    return Object.freeze({
      // The set above holds exactly the operators of a comparison with one value.
      op: op as 'eq',
      field: fieldName(field, path, fail),
      value: operand(expected, join(path, 'value')),
    })
  }

  return visit(value, '', 1)
}

function members(input: unknown, known: readonly string[], path: string, fail: Fail): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return fail(path, 'must be an object')
  for (const key of Object.keys(input)) if (!known.includes(key)) return fail(join(path, key), 'is not a known member')
  // Only own members count, so nothing can come from a prototype.
  return { __proto__: null, ...input }
}

function fieldName(field: unknown, path: string, fail: Fail): string {
  return typeof field === 'string' && field !== '' && field.length <= 128
    ? field
    : fail(path, 'needs the name of a field')
}

const join = (path: string, member: string): string => (path === '' ? member : `${path}.${member}`)
