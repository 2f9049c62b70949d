import { and, contains, eq, gt, gte, isNull, lt, ne, oneOf, or, param } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest } from '../subject.js'
import { keys, kinds, pairs } from '../tables.js'

/** What the verbs of reading answer. */
export function readTests(test: DeclareTest): void {
  test('findOne answers undefined when nothing is there, and takes parameters', async ({ storage }) => {
    await storage.insert(keys, [
      { id: '1', a: 'x', b: 'y' },
      { id: '2', a: 'x', b: 'z', code: 'c' },
    ])
    const byPair = { where: and(eq('a', param('a')), eq('b', param('b'))) }
    expect(await storage.findOne(keys, byPair, { a: 'x', b: 'y' })).toMatchObject({ id: '1' })
    expect(await storage.findOne(keys, byPair, { a: 'x', b: 'z' })).toMatchObject({ id: '2' })
    expect(await storage.findOne(keys, byPair, { a: 'y', b: 'x' })).toBeUndefined()
    expect(await storage.findOne(keys, { where: eq('code', 'c') })).toMatchObject({ id: '2' })
  })

  test('a parameter may have an offset', async ({ storage }) => {
    await storage.insert(
      pairs,
      [1, 2, 3].map((right) => ({ left: 'a', right })),
    )
    const next = { where: and(eq('left', 'a'), eq('right', { ref: 'param.after', offset: 1 })) } as const
    expect(await storage.findOne(pairs, next, { after: 1 })).toMatchObject({ right: 2 })
    expect(await storage.findOne(pairs, next, { after: 3 })).toBeUndefined()
    const before = { where: lt('right', { ref: 'param.than', offset: -1 }), limit: 'all' } as const
    expect(await storage.find(pairs, before, { than: 3 })).toHaveLength(1)
    // A safe integer may become one that is not.
    await expect(storage.findOne(pairs, next, { after: Number.MAX_SAFE_INTEGER })).rejects.toBeInstanceOf(TypeError)
  })

  test('find gives all rows, or as many as the limit says, from the offset on', async ({ storage }) => {
    await storage.insert(
      kinds,
      Array.from({ length: 25 }, (_, index) => ({ id: `r${index}`, label: 'x', amount: index })),
    )
    const orderBy = [{ field: 'amount', direction: 'asc' }] as const
    const amounts = async (limit: number | 'all', offset?: number) =>
      (await storage.find(kinds, { orderBy, limit, ...(offset === undefined ? {} : { offset }) })).map(
        (row) => row.amount,
      )
    expect(await amounts('all')).toHaveLength(25)
    expect(await amounts(0)).toEqual([])
    expect(await amounts(3)).toEqual([0, 1, 2])
    expect(await amounts(3, 2)).toEqual([2, 3, 4])
    expect(await amounts('all', 23)).toEqual([23, 24])
    expect(await amounts(10, 24)).toEqual([24])
    expect(await amounts(10, 100)).toEqual([])
  })

  test('find selects by every operator, nested', async ({ storage }) => {
    await storage.insert(
      kinds,
      [1, 2, 3, 4, 5].map((amount) => ({
        id: `r${amount}`,
        label: `n${amount}`,
        amount,
        note: amount > 3 ? 'big' : null,
      })),
    )
    const where = or(
      and(gte('amount', 4), contains('note', 'i'), ne('id', 'r5')),
      and(isNull('note'), lt('amount', 3), oneOf('label', ['n2', 'n9'])),
      and(gt('amount', 100)),
    )
    const found = await storage.find(kinds, { where, limit: 'all' })
    expect(found.map((row) => row.id).toSorted()).toEqual(['r2', 'r4'])
  })

  test('a query that is kept gives each run its own parameters', async ({ storage }) => {
    await storage.insert(
      kinds,
      [1, 2, 3].map((amount) => ({ id: `r${amount}`, label: 'x', amount })),
    )
    const query = { where: gt('amount', param('than')), limit: 'all' } as const
    const counts = []
    for (const than of [0, 1, 2, 3, 0]) counts.push((await storage.find(kinds, query, { than })).length)
    expect(counts).toEqual([3, 2, 1, 0, 3])
  })

  test('one query object serves several tables and both verbs of reading', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    await storage.insert(keys, [
      { id: 'a', a: '1', b: '' },
      { id: 'b', a: '2', b: '' },
    ])
    const query = { where: oneOf('id', ['a', 'b']), limit: 'all' } as const
    for (let round = 0; round < 2; round += 1) {
      expect(await storage.find(kinds, query)).toMatchObject([{ id: 'a', label: 'x' }])
      expect(await storage.find(keys, query)).toHaveLength(2)
      expect(await storage.findOne(kinds, query)).toMatchObject({ id: 'a', label: 'x' })
    }
  })

  test('count counts all rows, or those that meet a condition', async ({ storage }) => {
    await storage.insert(
      kinds,
      [1, 2, 3].map((amount) => ({ id: `r${amount}`, label: 'x', amount })),
    )
    expect(await storage.count(kinds)).toBe(3)
    expect(await storage.count(kinds, lt('amount', 3))).toBe(2)
    expect(await storage.count(kinds, or())).toBe(0)
  })

  test('ping answers', async ({ storage, second }) => {
    await storage.ping()
    await second.ping()
  })
}
