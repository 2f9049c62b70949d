import { and, eq, gt } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest } from '../subject.js'
import { kinds, pairs, words } from '../tables.js'

/** What the verbs of writing do with rows, and what they answer. */
export function writeTests(test: DeclareTest): void {
  test('insert writes a row and answers 1; findOne gives it back with defaults and nulls filled in', async ({
    storage,
  }) => {
    expect(await storage.insert(kinds, { id: 'a', label: 'first', amount: 5 })).toBe(1)
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toEqual({
      id: 'a',
      label: 'first',
      note: null,
      body: null,
      amount: 5,
      at: null,
      ratio: null,
      flag: false,
      maybe: null,
      data: null,
      counter: 0,
    })
  })

  test('insert writes many rows, or none when one of them does not fit', async ({ storage }) => {
    const rows = ['a', 'b', 'c'].map((id) => ({ id, label: id, amount: 1 }))
    expect(await storage.insert(kinds, rows)).toBe(3)
    const clashing = ['d', 'e', 'a'].map((id) => ({ id, label: id, amount: 1 }))
    await expect(storage.insert(kinds, clashing)).rejects.toMatchObject({ code: 'unique_violation' })
    expect(await storage.count(kinds)).toBe(3)
  })

  test('insert of no rows answers 0', async ({ storage }) => {
    expect(await storage.insert(kinds, [])).toBe(0)
    expect(await storage.count(kinds)).toBe(0)
  })

  test(
    'insert of no rows runs no statement',
    async ({ storage, events }) => {
      const before = events.length
      await storage.insert(kinds, [])
      expect(events.length).toBe(before)
    },
    ['events'],
  )

  test('insert takes rows that name different columns', async ({ storage }) => {
    await storage.insert(kinds, [
      { id: 'a', label: 'a', amount: 1, counter: 9 },
      { id: 'b', label: 'b', amount: 1, note: 'here', flag: true },
    ])
    const found = await storage.find(kinds, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })
    expect(found.map(({ note, flag, counter }) => ({ note, flag, counter }))).toEqual([
      { note: null, flag: false, counter: 9 },
      { note: 'here', flag: true, counter: 0 },
    ])
  })

  test('insert takes more values at once than one statement can bind', async ({ storage }) => {
    const rows = (from: number) =>
      Array.from({ length: 7_000 }, (_, index) => ({ id: `r${from + index}`, label: 'many', amount: index }))
    expect(await storage.insert(kinds, rows(0))).toBe(7_000)
    expect(await storage.count(kinds)).toBe(7_000)
    // The last row clashes with one of before, so none of these may stay.
    const clashing = [...rows(7_000), { id: 'r0', label: 'again', amount: 0 }]
    await expect(storage.insert(kinds, clashing)).rejects.toMatchObject({ code: 'unique_violation' })
    expect(await storage.count(kinds)).toBe(7_000)
  })

  test('update answers how many rows matched, also when nothing changes', async ({ storage }) => {
    await storage.insert(
      kinds,
      [1, 2, 3].map((amount) => ({ id: `r${amount}`, label: 'x', amount })),
    )
    expect(await storage.update(kinds, { where: gt('amount', 1), set: { label: 'x' } })).toBe(2)
    expect(await storage.update(kinds, { where: gt('amount', 1), set: { label: 'y', note: 'n' } })).toBe(2)
    expect(await storage.update(kinds, { where: gt('amount', 9), set: { label: 'z' } })).toBe(0)
    expect(await storage.update(kinds, { where: eq('id', 'r1'), increment: { counter: 0 } })).toBe(1)
    const found = await storage.find(kinds, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })
    expect(found.map(({ label, note }) => [label, note])).toEqual([
      ['x', null],
      ['y', 'n'],
      ['y', 'n'],
    ])
  })

  test('update increments, sets and sets to null in one statement', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 10, note: 'n' })
    await storage.update(kinds, {
      where: and(eq('id', 'a'), eq('amount', 10)),
      set: { note: null, flag: true },
      increment: { amount: -3, counter: 2 },
    })
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({
      amount: 7,
      counter: 2,
      note: null,
      flag: true,
    })
  })

  test('update changes keys', async ({ storage }) => {
    await storage.insert(pairs, [
      { left: 'a', right: 1 },
      { left: 'a', right: 2 },
    ])
    expect(
      await storage.update(pairs, { where: and(eq('left', 'a'), eq('right', 1)), set: { left: 'b', right: 3 } }),
    ).toBe(1)
    expect(await storage.findOne(pairs, { where: and(eq('left', 'a'), eq('right', 1)) })).toBeUndefined()
    expect(await storage.findOne(pairs, { where: and(eq('left', 'b'), eq('right', 3)) })).toBeDefined()
    await storage.insert(pairs, { left: 'a', right: 1 })
  })

  test('update sets the columns that its condition speaks of', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'before', amount: 1 })
    expect(await storage.update(kinds, { where: eq('label', 'before'), set: { label: 'after' } })).toBe(1)
    expect(await storage.update(kinds, { where: eq('label', 'before'), set: { label: 'after' } })).toBe(0)
  })

  test('consume takes a row out and gives it, once', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1, flag: true, data: { deep: [1, null] } })
    const taken = await storage.consume(kinds, and(eq('id', 'a'), eq('label', 'x')))
    expect(taken).toMatchObject({ id: 'a', flag: true, data: { deep: [1, null] } })
    expect(await storage.consume(kinds, eq('id', 'a'))).toBeUndefined()
    expect(await storage.count(kinds)).toBe(0)
  })

  test('consume leaves the row where the condition is not met', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    expect(await storage.consume(kinds, and(eq('id', 'a'), eq('label', 'other')))).toBeUndefined()
    expect(await storage.count(kinds)).toBe(1)
  })

  test('consume takes one row when several meet the condition', async ({ storage }) => {
    await storage.insert(
      kinds,
      ['a', 'b', 'c'].map((id) => ({ id, label: 'x', amount: 1 })),
    )
    const taken = await storage.consume(kinds, eq('label', 'x'))
    expect(await storage.count(kinds)).toBe(2)
    expect(await storage.count(kinds, eq('id', taken?.id ?? ''))).toBe(0)
  })

  test('delete answers how many rows are gone', async ({ storage }) => {
    await storage.insert(
      kinds,
      [1, 2, 3].map((amount) => ({ id: `r${amount}`, label: 'x', amount })),
    )
    expect(await storage.delete(kinds, gt('amount', 1))).toBe(2)
    expect(await storage.delete(kinds, gt('amount', 1))).toBe(0)
    expect(await storage.count(kinds)).toBe(1)
    expect(await storage.delete(kinds, and())).toBe(1)
  })

  test('rows are copies: changing one changes nothing in storage', async ({ storage }) => {
    const data = { list: [1] }
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1, data })
    data.list.push(2)
    const found = await storage.findOne(kinds, { where: eq('id', 'a') })
    expect(found?.data).toEqual({ list: [1] })
    Object.assign(found ?? {}, { label: 'changed' })
    Object.assign(found?.data ?? {}, { list: 'changed' })
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ label: 'x', data: { list: [1] } })
  })

  test('columns may be named like words of SQL', async ({ storage }) => {
    await storage.insert(words, { key: 'a', order: 2, group: 'g', camelCase: 'c' })
    await storage.insert(
      words,
      { key: 'a', order: 2 },
      { onConflict: { key: 'primary', do: { increment: { order: 1 } } } },
    )
    await storage.update(words, {
      where: and(eq('order', 3), eq('camelCase', 'c')),
      set: { select: true, camelCase: 'd' },
    })
    const query = { where: eq('group', 'g'), orderBy: [{ field: 'order', direction: 'desc' }], limit: 2 } as const
    expect(await storage.find(words, query)).toEqual([{ key: 'a', order: 3, group: 'g', select: true, camelCase: 'd' }])
    expect(await storage.consume(words, eq('select', true))).toBeDefined()
  })
}
