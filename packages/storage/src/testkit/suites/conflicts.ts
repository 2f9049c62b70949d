import { databaseNow, eq, gt, lt } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest } from '../subject.js'
import { keys, pairs } from '../tables.js'

/** Inserts that meet a row with the same key. */
export function conflictTests(test: DeclareTest): void {
  const row = { id: '1', a: 'x', b: 'y', code: 'c' }

  test('do nothing leaves the row, and answers how many rows were new', async ({ storage }) => {
    const options = { onConflict: { key: 'primary', do: 'nothing' } } as const
    expect(await storage.insert(keys, row, options)).toBe(1)
    expect(await storage.insert(keys, { ...row, a: 'other', code: 'd' }, options)).toBe(0)
    expect(await storage.find(keys, { limit: 'all' })).toMatchObject([row])
    const several = [
      { id: '2', a: '2', b: '' },
      { id: '1', a: '1', b: '' },
      { id: '3', a: '3', b: '' },
    ]
    expect(await storage.insert(keys, several, options)).toBe(2)
    expect(await storage.count(keys)).toBe(3)
  })

  test('do nothing takes the first of equal rows of one insert', async ({ storage }) => {
    const options = { onConflict: { key: 'primary', do: 'nothing' } } as const
    const twice = [
      { id: '1', a: 'first', b: '' },
      { id: '1', a: 'second', b: '' },
    ]
    expect(await storage.insert(keys, twice, options)).toBe(1)
    expect(await storage.find(keys, { limit: 'all' })).toMatchObject([{ a: 'first' }])
  })

  test('a patch changes the row, which counts as written', async ({ storage }) => {
    await storage.insert(keys, row)
    const onConflict = { key: 'primary', do: { set: { code: 'new' }, increment: { counter: 2 } } } as const
    expect(await storage.insert(keys, { ...row, a: 'ignored' }, { onConflict })).toBe(1)
    expect(await storage.insert(keys, { ...row, a: 'ignored' }, { onConflict })).toBe(1)
    expect(await storage.find(keys, { limit: 'all' })).toMatchObject([{ ...row, code: 'new', counter: 4 }])
  })

  test('a patch that sets what is there already counts as written too', async ({ storage }) => {
    await storage.insert(keys, row)
    const onConflict = { key: 'primary', do: { set: { a: 'x' } } } as const
    expect(await storage.insert(keys, row, { onConflict })).toBe(1)
  })

  test('new and changed rows of one insert add up', async ({ storage }) => {
    await storage.insert(keys, row)
    const rows = [
      { id: '0', a: '0', b: '' },
      { id: '1', a: '1', b: '' },
      { id: '2', a: '2', b: '' },
    ]
    expect(
      await storage.insert(keys, rows, { onConflict: { key: 'primary', do: { increment: { counter: 1 } } } }),
    ).toBe(3)
    expect(await storage.count(keys, eq('counter', 1))).toBe(1)
  })

  test('a condition decides whether the row is changed', async ({ storage }) => {
    await storage.insert(keys, { ...row, counter: 4 })
    const limited = { key: 'primary', do: { increment: { counter: 1 } }, where: lt('counter', 6) } as const
    const answers = []
    for (let round = 0; round < 4; round += 1) answers.push(await storage.insert(keys, row, { onConflict: limited }))
    expect(answers).toEqual([1, 1, 0, 0])
    expect(await storage.find(keys, { limit: 'all' })).toMatchObject([{ counter: 6 }])
  })

  test('the condition sees the row as it was, not as the patch leaves it', async ({ storage }) => {
    await storage.insert(keys, { ...row, counter: 0 })
    const onConflict = { key: 'primary', do: { set: { counter: 9, code: 'z' } }, where: eq('counter', 0) } as const
    expect(await storage.insert(keys, row, { onConflict })).toBe(1)
    expect(await storage.insert(keys, row, { onConflict })).toBe(0)
    expect(await storage.find(keys, { limit: 'all' })).toMatchObject([{ counter: 9, code: 'z' }])
  })

  test('a condition on null is not met', async ({ storage }) => {
    await storage.insert(keys, { id: '1', a: 'x', b: 'y' })
    const onConflict = { key: 'primary', do: { increment: { counter: 1 } }, where: gt('at', 0) } as const
    expect(await storage.insert(keys, { id: '1', a: 'x', b: 'y' }, { onConflict })).toBe(0)
  })

  test('a limiter is one insert: the database clock in condition and patch', async ({ storage }) => {
    await storage.insert(keys, { ...row, at: 1 })
    const restart = { set: { counter: 1, at: databaseNow(60_000) } } as const
    const onConflict = { key: 'primary', do: restart, where: lt('at', databaseNow()) } as const
    expect(await storage.insert(keys, row, { onConflict })).toBe(1)
    expect(await storage.insert(keys, row, { onConflict })).toBe(0)
    expect((await storage.findOne(keys, { where: eq('id', '1') }))?.at).toBeGreaterThan(1_600_000_000_000)
  })

  test('a key of two columns and a nullable key can be the one that conflicts', async ({ storage }) => {
    await storage.insert(keys, row)
    const pair = { key: 'pair', do: { increment: { counter: 1 } } } as const
    expect(await storage.insert(keys, { id: '2', a: 'x', b: 'y' }, { onConflict: pair })).toBe(1)
    const code = { key: 'code', do: { increment: { counter: 10 } } } as const
    expect(await storage.insert(keys, { id: '3', a: '3', b: '3', code: 'c' }, { onConflict: code })).toBe(1)
    expect(await storage.insert(keys, { id: '4', a: '4', b: '4', code: null }, { onConflict: code })).toBe(1)
    expect(await storage.insert(keys, { id: '5', a: '5', b: '5', code: null }, { onConflict: code })).toBe(1)
    expect(await storage.findOne(keys, { where: eq('id', '1') })).toMatchObject({ counter: 11 })
    expect(await storage.count(keys)).toBe(3)
    await storage.insert(pairs, { left: 'l', right: 1 })
    expect(
      await storage.insert(
        pairs,
        { left: 'l', right: 1 },
        { onConflict: { key: 'primary', do: { set: { note: 'n' } } } },
      ),
    ).toBe(1)
    expect(
      await storage.insert(pairs, { left: 'l', right: 2 }, { onConflict: { key: 'primary', do: 'nothing' } }),
    ).toBe(1)
  })

  test('rows with null in the key conflict with nothing, each other included', async ({ storage }) => {
    const rows = [
      { id: '1', a: '1', b: '' },
      { id: '2', a: '2', b: '', code: null },
    ]
    const onConflict = { key: 'code', do: { increment: { counter: 1 } } } as const
    expect(await storage.insert(keys, rows, { onConflict })).toBe(2)
    expect(await storage.count(keys, eq('counter', 0))).toBe(2)
  })

  test('another key that is violated is an error all the same', async ({ storage }) => {
    await storage.insert(keys, row)
    const clash = { id: '2', a: 'x', b: 'y' }
    for (const action of ['nothing', { increment: { counter: 1 } }] as const) {
      for (const key of ['primary', 'code']) {
        const error = storage.insert(keys, clash, { onConflict: { key, do: action } })
        await expect(error).rejects.toMatchObject({ code: 'unique_violation' })
      }
    }
    expect(await storage.find(keys, { limit: 'all' })).toMatchObject([{ ...row, counter: 0 }])
  })

  test('do nothing does not swallow other errors', async ({ storage }) => {
    const onConflict = { key: 'primary', do: 'nothing' } as const
    await storage.insert(keys, row)
    const rows = [
      { id: '2', a: '2', b: '2' },
      { id: '3', a: '3', b: '3', code: 'c' },
    ]
    await expect(storage.insert(keys, rows, { onConflict })).rejects.toMatchObject({ code: 'unique_violation' })
    expect(await storage.count(keys)).toBe(1)
  })

  test('a patch that violates another key is an error', async ({ storage }) => {
    await storage.insert(keys, [row, { id: '2', a: '2', b: '2', code: 'taken' }])
    const onConflict = { key: 'primary', do: { set: { code: 'taken' } } } as const
    await expect(storage.insert(keys, row, { onConflict })).rejects.toMatchObject({ code: 'unique_violation' })
  })

  test('a patch for two rows of one insert with the same key is refused', async ({ storage }) => {
    const onConflict = { key: 'primary', do: { increment: { counter: 1 } } } as const
    await expect(storage.insert(keys, [row, { ...row, a: 'again' }], { onConflict })).rejects.toBeInstanceOf(TypeError)
    expect(await storage.count(keys)).toBe(0)
  })
}
