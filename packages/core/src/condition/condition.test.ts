import { describe, expect, it } from 'vitest'
import {
  and,
  type Condition,
  contains,
  databaseNow,
  eq,
  gt,
  gte,
  isNull,
  isReference,
  lt,
  lte,
  matches,
  ne,
  not,
  oneOf,
  or,
  param,
} from './condition.js'
import { compileCondition } from './evaluate.js'

describe('conditions', () => {
  it('survive JSON unchanged, so that they can be stored', () => {
    const condition = and(
      eq('a', 1),
      ne('a', 'x'),
      lt('a', param('limit')),
      lte('a', databaseNow(-10_000)),
      gt('a', true),
      gte('a', null),
      or(oneOf('a', ['x', param('y')]), not(isNull('a'))),
      contains('a', 'part'),
    )
    expect(JSON.parse(JSON.stringify(condition))).toEqual(condition)
  })

  it('are plain data', () => {
    expect(eq('status', 'active')).toEqual({ op: 'eq', field: 'status', value: 'active' })
    expect(not(isNull('ended_at'))).toEqual({ op: 'not', condition: { op: 'isNull', field: 'ended_at' } })
    expect(databaseNow()).toEqual({ ref: 'database.now', offset: 0 })
    expect(param('id')).toEqual({ ref: 'param.id' })
  })
})

describe('matches', () => {
  const judge = (condition: Condition, row: Readonly<Record<string, unknown>>) =>
    compileCondition(condition)(
      (field) => row[field],
      () => undefined,
    )

  it('wants every field to be equal', () => {
    const condition = matches({ collection: 'users', kind: 'email' })
    expect(judge(condition, { collection: 'users', kind: 'email' })).toBe(true)
    expect(judge(condition, { collection: 'users', kind: 'phone' })).toBe(false)
    expect(judge(condition, { collection: 'staff', kind: 'email' })).toBe(false)
  })
})

describe('isReference', () => {
  it('tells references from values', () => {
    expect(isReference(param('id'))).toBe(true)
    expect(isReference(databaseNow())).toBe(true)
    for (const value of ['param.id', 1, true, null, undefined, {}, { ref: 1 }, []])
      expect(isReference(value)).toBe(false)
  })
})
