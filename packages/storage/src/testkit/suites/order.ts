import { compareScalars, eq, gt, type Scalar } from '@cardea/core'
import { expect } from 'vitest'
import type { Order } from '../../contract/query.js'
import { member } from '../member.js'
import { createRandom } from '../random.js'
import { pooledIntegers, pooledTexts, randomRow } from '../random-rows.js'
import { rounds } from '../rounds.js'
import type { DeclareTest } from '../subject.js'
import { children, kinds, pairs, parents } from '../tables.js'
import { unsafe } from '../unsafe.js'

/** Order, pages and limits. */
export function orderTests(test: DeclareTest): void {
  test('null sorts as the smallest value: first ascending, last descending', async ({ storage }) => {
    await storage.insert(kinds, [
      { id: 'a', label: 'x', amount: 1, note: 'b', at: 2, maybe: true, ratio: -1 },
      { id: 'b', label: 'x', amount: 1 },
      { id: 'c', label: 'x', amount: 1, note: 'a', at: -1, maybe: false, ratio: 0.5 },
    ])
    const ids = async (...orderBy: readonly Order[]) =>
      (await storage.find(kinds, { orderBy, limit: 'all' })).map((row) => row.id)
    expect(await ids({ field: 'note', direction: 'asc' })).toEqual(['b', 'c', 'a'])
    expect(await ids({ field: 'note', direction: 'desc' })).toEqual(['a', 'c', 'b'])
    expect(await ids({ field: 'at', direction: 'asc' })).toEqual(['b', 'c', 'a'])
    expect(await ids({ field: 'maybe', direction: 'asc' })).toEqual(['b', 'c', 'a'])
    expect(await ids({ field: 'maybe', direction: 'desc' })).toEqual(['a', 'c', 'b'])
    expect(await ids({ field: 'ratio', direction: 'asc' })).toEqual(['b', 'a', 'c'])
    expect(await ids({ field: 'ratio', direction: 'desc' })).toEqual(['c', 'a', 'b'])
    expect(await ids({ field: 'amount', direction: 'asc' }, { field: 'note', direction: 'desc' })).toEqual([
      'a',
      'c',
      'b',
    ])
  })

  test('keyset pages give every row once, in order, with directions mixed', async ({ storage }) => {
    const rows = pooledTexts.flatMap((left) => [1, 2, 10, -1].map((right) => ({ left, right })))
    await storage.insert(pairs, rows)
    for (const [first, second] of [
      ['asc', 'asc'],
      ['asc', 'desc'],
      ['desc', 'asc'],
      ['desc', 'desc'],
    ] as const) {
      const orderBy = [
        { field: 'left', direction: first },
        { field: 'right', direction: second },
      ] as const
      const all = await storage.find(pairs, { orderBy, limit: 'all' })
      expect(all).toHaveLength(rows.length)
      const paged = []
      let after: readonly Scalar[] | undefined
      for (;;) {
        const page = await storage.find(pairs, { orderBy, limit: 7, ...(after === undefined ? {} : { after }) })
        paged.push(...page)
        const last = page.at(-1)
        if (last === undefined) break
        after = [last.left, last.right]
      }
      expect(paged).toEqual(all)
    }
  })

  test('a page goes on from values whose row is gone, within the condition', async ({ storage }) => {
    await storage.insert(
      pairs,
      [1, 2, 3, 5, 6].map((right) => ({ left: 'a', right })),
    )
    const query = { where: gt('right', 1), orderBy: [{ field: 'right', direction: 'asc' }], limit: 2 } as const
    expect((await storage.find(pairs, { ...query, after: [4] })).map((row) => row.right)).toEqual([5, 6])
    expect((await storage.find(pairs, { ...query, after: [0] })).map((row) => row.right)).toEqual([2, 3])
    expect(await storage.find(pairs, { ...query, after: [6] })).toEqual([])
  })

  test('paging over columns that may be null, or with values that do not fit, is refused', async ({ storage }) => {
    const by = (field: string) => [{ field, direction: 'asc' }] as const
    for (const [field, after] of [
      ['note', ['a']],
      ['at', [1]],
      ['amount', ['1']],
      ['amount', [null]],
      ['amount', [1, 2]],
      ['amount', []],
      ['label', [0]],
      ['label', [{ ref: 'param.x' }]],
    ] as const) {
      const query = { orderBy: by(field), after: unsafe(after), limit: 1 }
      await expect(storage.find(kinds, query)).rejects.toBeInstanceOf(TypeError)
    }
    await expect(storage.find(kinds, { after: ['a'], limit: 1 })).rejects.toBeInstanceOf(TypeError)
  })

  test('rows sort by columns of included rows', async ({ storage }) => {
    await storage.insert(parents, [
      { id: 'p1', name: 'b' },
      { id: 'p2', name: 'a' },
    ])
    await storage.insert(children, [
      { id: 'c1', parent_id: 'p1', position: 1 },
      { id: 'c2', parent_id: 'p2', position: 2 },
      { id: 'c3', parent_id: 'p2', position: 3 },
    ])
    const orderBy = [
      { field: 'parent.name', direction: 'asc' },
      { field: 'position', direction: 'desc' },
    ] as const
    const ids = async (after?: readonly Scalar[]) => {
      const page = { include: { parent: true }, orderBy, limit: 2, ...(after === undefined ? {} : { after }) } as const
      return (await storage.find(children, page)).map((row) => row.id)
    }
    expect(await ids()).toEqual(['c3', 'c2'])
    expect(await ids(['a', 2])).toEqual(['c1'])
  })

  test('random rows come in the order of their values', async ({ storage }) => {
    const random = createRandom()
    for (let round = 0; round < rounds({ test: 5, ci: 20, long: 300 }); round += 1) {
      await storage.delete(kinds, gt('id', ''))
      const rows = Array.from({ length: 30 }, (_, index) => randomRow(random, `r${100 + index}`))
      await storage.insert(kinds, rows)
      const fields = ['label', 'note', 'amount', 'at', 'ratio', 'flag', 'maybe', 'body', 'counter'] as const
      const orderBy: Order[] = [
        { field: random.pick(fields), direction: random.pick(['asc', 'desc']) },
        { field: random.pick(fields), direction: random.pick(['asc', 'desc']) },
        { field: 'id', direction: random.pick(['asc', 'desc']) },
      ]
      const sorted = rows.toSorted((left, right) => compareBy(orderBy, left, right))
      const found = await storage.find(kinds, { orderBy, limit: 'all' })
      expect(
        found.map((row) => row.id),
        JSON.stringify(orderBy),
      ).toEqual(sorted.map((row) => row.id))
    }
  })

  test('integers sort as numbers', async ({ storage }) => {
    await storage.insert(
      kinds,
      pooledIntegers.map((amount, index) => ({ id: `r${index}`, label: 'x', amount })),
    )
    const found = await storage.find(kinds, {
      where: eq('label', 'x'),
      orderBy: [{ field: 'amount', direction: 'asc' }],
      limit: 'all',
    })
    expect(found.map((row) => row.amount)).toEqual(pooledIntegers.toSorted((left, right) => left - right))
  })
}

function compareBy(orderBy: readonly Order[], left: object, right: object): number {
  for (const { field, direction } of orderBy) {
    const [a, b] = [left, right].map((row) => member(row, field) ?? null)
    const ascending = a === null || b === null ? Number(b === null) - Number(a === null) : (compareScalars(a, b) ?? 0)
    if (ascending !== 0) return direction === 'asc' ? ascending : -ascending
  }
  return 0
}
