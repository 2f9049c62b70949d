import type { ComparisonOperator, Condition, Operand, Scalar } from '@cardea/core'
import type { Random } from './random.js'
import { pooledDoubles, pooledInstants, pooledIntegers, pooledTexts } from './random-rows.js'

/** A condition with the parameters that it takes. */
export interface RandomCondition {
  readonly condition: Condition
  readonly params: Readonly<Record<string, Scalar>>
}

const texts = ['label', 'note', 'body'] as const
const pools: readonly [Pool, ...Pool[]] = [
  { field: 'id', values: ['r0', 'r1', 'r2', 'r9', 'R1'] },
  { field: 'label', values: pooledTexts },
  { field: 'note', values: pooledTexts },
  { field: 'body', values: pooledTexts },
  { field: 'amount', values: pooledIntegers },
  { field: 'counter', values: [0, 1, 2, 3] },
  { field: 'at', values: pooledInstants },
  { field: 'ratio', values: pooledDoubles },
  { field: 'flag', values: [true, false] },
  { field: 'maybe', values: [true, false] },
]
const operators: readonly [ComparisonOperator, ...ComparisonOperator[]] = [
  'eq',
  'ne',
  'lt',
  'lte',
  'gt',
  'gte',
  'eq',
  'ne',
]

interface Pool {
  readonly field: string
  readonly values: readonly [Scalar, ...Scalar[]]
}

/**
 * A random condition over the table of all kinds.
 *
 * @param params Whether operands may be parameters; update, consume, delete and count take none.
 */
export function randomCondition(random: Random, withParams: boolean): RandomCondition {
  const params: Record<string, Scalar> = {}
  const operand = (pool: Pool): Operand => {
    if (random.oneIn(12)) return null
    if (pool.field === 'at' && random.oneIn(3)) return { ref: 'database.now', offset: random.pick([0, 1e9, -1e9]) }
    const value = random.pick(pool.values)
    if (!withParams || !random.oneIn(3)) return value
    const name = `p${Object.keys(params).length}`
    // An offset moves the value out of the pool and back.
    const offset = typeof value === 'number' && pool.field === 'counter' ? 1 : 0
    params[name] = typeof value === 'number' ? value - offset : value
    return offset === 0 ? { ref: `param.${name}` } : { ref: `param.${name}`, offset }
  }
  const leaf = (): Condition => {
    const pool = random.pick(pools)
    const { field } = pool
    switch (random.below(6)) {
      case 0:
        return { op: 'isNull', field: random.oneIn(5) ? 'data' : field }
      case 1:
        return { op: 'in', field, values: Array.from({ length: random.below(4) }, () => operand(pool)) }
      case 2: {
        const text = random.pick(texts)
        return { op: 'contains', field: text, value: operand({ field: text, values: pooledTexts }) }
      }
      default:
        return { op: random.pick(operators), field, value: operand(pool) }
    }
  }
  const tree = (depth: number): Condition => {
    if (depth === 0 || random.oneIn(3)) return leaf()
    if (random.oneIn(3)) return { op: 'not', condition: tree(depth - 1) }
    const conditions = Array.from({ length: random.below(4) }, () => tree(depth - 1))
    return { op: random.oneIn(2) ? 'and' : 'or', conditions }
  }
  return { condition: tree(3), params }
}
