import { and, type Condition, contains, eq, isNull, lt, ne, not, oneOf, or } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { own } from './own.js'
import { parseCondition } from './parse-condition.js'

const fail = (path: string, reason: string): never => {
  throw new Error(`${path}: ${reason}`)
}

const every: Condition = and(
  own('author_id'),
  or(ne('status', 'final'), oneOf('kind', ['a', 1, true, null, { ref: 'context.kind' }])),
  not(isNull('title')),
  contains('title', 'draft'),
  lt('created_at', { ref: 'context.now', offset: -1_000 }),
)

describe('parseCondition', () => {
  it('returns the same condition, frozen, without sharing anything with its input', () => {
    const input: unknown = structuredClone(every)
    const parsed = parseCondition(input, fail)
    expect(parsed).toEqual(every)
    expect(parsed).not.toBe(input)
    expect(Object.isFrozen(parsed)).toBe(true)
  })

  it.each<[string, unknown, string]>([
    ['no object', 'eq', ''],
    ['a list', [eq('a', 1)], ''],
    ['an unknown operator', { op: 'regex', field: 'a', value: '.*' }, ''],
    ['an operator from a prototype', Object.create({ op: 'isNull', field: 'a' }), ''],
    ['a member that is not known', { ...eq('a', 1), unless: eq('b', 1) }, 'unless'],
    ['a missing value', { op: 'eq', field: 'a' }, 'value'],
    ['a field that is no text', { op: 'isNull', field: 1 }, ''],
    ['no field name', { op: 'isNull', field: '' }, ''],
    ['a value that is an object', eq('a', { ref: 'principal.id', $gt: 1 } as never), 'value.$gt'],
    ['a value that is a list', { op: 'eq', field: 'a', value: [1] }, 'value'],
    ['a number that is not finite', eq('a', Number.NaN), 'value'],
    ['a parameter of a query', eq('a', { ref: 'param.id' }), 'value'],
    ['the database clock', lt('a', { ref: 'database.now' }), 'value'],
    ['a path into a reference', eq('a', { ref: 'principal.a.b' }), 'value'],
    ['an offset that is a text', { op: 'eq', field: 'a', value: { ref: 'principal.id', offset: '1' } }, 'value'],
    ['values that are no list', { op: 'in', field: 'a', values: 'abc' }, ''],
    ['conditions that are no list', { op: 'and', conditions: { 0: eq('a', 1) } }, ''],
    ['something wrong deep inside', not(and(eq('a', 1), { op: 'no' } as never)), 'condition.conditions.1'],
  ])('refuses %s and tells where', (_, input, path) => {
    expect(() => parseCondition(input, fail)).toThrow(`${path}: `)
  })

  it('refuses what is too deep or too large to be cheap, without running out of stack', () => {
    let deep: Condition = eq('a', 1)
    for (let depth = 0; depth < 100_000; depth += 1) deep = not(deep)
    expect(() => parseCondition(deep, fail)).toThrow('nested deeper')
    const wide = oneOf(
      'a',
      Array.from({ length: 2_000 }, (_, n) => n),
    )
    expect(() => parseCondition(wide, fail)).toThrow('larger than')
  })
})
