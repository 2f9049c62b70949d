import { and, type Condition, compileCondition, eq, isNull, ne, not, oneOf, or } from '@cardea/core'
import { systemClock } from '@cardea/core/crypto'
import { expect } from 'vitest'
import { member } from '../member.js'
import { createRandom } from '../random.js'
import { randomCondition } from '../random-condition.js'
import { randomRow } from '../random-rows.js'
import { rounds } from '../rounds.js'
import type { DeclareTest } from '../subject.js'
import { kinds } from '../tables.js'

/** Conditions select the same rows as they do in process. */
export function conditionTests(test: DeclareTest): void {
  test('null meets no comparison, nor the opposite of one', async ({ storage }) => {
    await storage.insert(kinds, [
      { id: 'null', label: 'x', amount: 1 },
      { id: 'set', label: 'x', amount: 1, note: 'n' },
    ])
    const ids = async (where: Condition) =>
      (await storage.find(kinds, { where, limit: 'all' })).map((row) => row.id).toSorted()
    expect(await ids(eq('note', 'n'))).toEqual(['set'])
    expect(await ids(ne('note', 'n'))).toEqual([])
    expect(await ids(not(eq('note', 'n')))).toEqual([])
    expect(await ids(not(eq('note', 'm')))).toEqual(['set'])
    expect(await ids(or(eq('note', 'm'), eq('id', 'null')))).toEqual(['null'])
    expect(await ids(not(and(eq('note', 'm'), eq('id', 'other'))))).toEqual(['null', 'set'])
    expect(await ids(eq('note', null))).toEqual([])
    expect(await ids(not(eq('note', null)))).toEqual([])
    expect(await ids(isNull('note'))).toEqual(['null'])
    expect(await ids(not(isNull('note')))).toEqual(['set'])
    expect(await ids(oneOf('note', ['m', null]))).toEqual([])
    expect(await ids(not(oneOf('note', ['m', null])))).toEqual([])
    expect(await ids(not(oneOf('note', ['m'])))).toEqual(['set'])
  })

  test('empty lists: in nothing is never, and of nothing is always, or of nothing is never', async ({ storage }) => {
    await storage.insert(kinds, [
      { id: 'a', label: 'x', amount: 1 },
      { id: 'b', label: 'x', amount: 1, note: 'n' },
    ])
    expect(await storage.count(kinds, oneOf('note', []))).toBe(0)
    expect(await storage.count(kinds, not(oneOf('note', [])))).toBe(2)
    expect(await storage.count(kinds, and())).toBe(2)
    expect(await storage.count(kinds, or())).toBe(0)
    expect(await storage.count(kinds, not(or()))).toBe(2)
  })

  test('conditions on a key are met by every row that meets them', async ({ storage }) => {
    await storage.insert(
      kinds,
      ['a', 'b', 'c'].map((id) => ({ id, label: 'x', amount: 1 })),
    )
    expect(await storage.count(kinds, or(eq('id', 'a'), eq('id', 'b')))).toBe(2)
    expect(await storage.count(kinds, and(eq('id', 'a'), eq('id', 'b')))).toBe(0)
    expect(await storage.count(kinds, and(eq('id', 'a'), or(eq('id', 'a'), eq('id', 'b'))))).toBe(1)
    expect(await storage.count(kinds, not(eq('id', 'a')))).toBe(2)
    expect(await storage.count(kinds, and(not(eq('id', 'a')), eq('label', 'x')))).toBe(2)
    expect(await storage.count(kinds, oneOf('id', ['a', 'c', 'c', 'd']))).toBe(2)
  })

  test('in takes thousands of values', async ({ storage }) => {
    await storage.insert(kinds, [
      { id: 'r5', label: 'x', amount: 5 },
      { id: 'other', label: 'x', amount: -1 },
    ])
    const ids = Array.from({ length: 5_000 }, (_, index) => `r${index}`)
    expect(await storage.find(kinds, { where: oneOf('id', ids), limit: 'all' })).toMatchObject([{ id: 'r5' }])
    expect(await storage.count(kinds, not(oneOf('id', ids)))).toBe(1)
  })

  test('random conditions select what they select in process', async ({ storage }) => {
    const random = createRandom()
    const rows = Array.from({ length: 40 }, (_, index) => randomRow(random, `r${index}`))
    await storage.insert(kinds, rows)
    const now = systemClock()
    for (let round = 0; round < rounds({ test: 250, ci: 1_000, long: 20_000 }); round += 1) {
      const withParams = random.oneIn(2)
      const { condition, params } = randomCondition(random, withParams)
      const judge = compileCondition(condition)
      const resolve = (ref: string): unknown => (ref === 'database.now' ? now : params[ref.slice('param.'.length)])
      const expected = rows.filter((row) => judge((field) => member(row, field), resolve) === true).map((row) => row.id)
      const description = `${JSON.stringify(condition)} with ${JSON.stringify(params)}`
      const found = await storage.find(kinds, { where: condition, limit: 'all' }, params)
      expect(found.map((row) => row.id).toSorted(), description).toEqual(expected.toSorted())
      if (!withParams) expect(await storage.count(kinds, condition), description).toBe(expected.length)
    }
  })

  test('random conditions update and delete what they select in process', async ({ storage }) => {
    const random = createRandom()
    const now = systemClock()
    for (let round = 0; round < rounds({ test: 30, ci: 100, long: 2_000 }); round += 1) {
      await storage.delete(kinds, and())
      const rows = Array.from({ length: 12 }, (_, index) => randomRow(random, `r${index}`))
      await storage.insert(kinds, rows)
      const { condition } = randomCondition(random, false)
      const judge = compileCondition(condition)
      const met = (row: (typeof rows)[number]): boolean =>
        judge(
          (field) => member(row, field),
          () => now,
        ) === true
      const expected = rows.filter(met).map((row) => row.id)
      const description = JSON.stringify(condition)
      expect(await storage.update(kinds, { where: condition, set: { data: 'changed' } }), description).toBe(
        expected.length,
      )
      const changed = (await storage.find(kinds, { limit: 'all' })).filter((row) => row.data === 'changed')
      expect(changed.map((row) => row.id).toSorted(), description).toEqual(expected.toSorted())
    }
  })
}
