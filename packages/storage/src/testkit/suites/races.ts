import { and, databaseNow, eq, gt, isCardeaError, isNull, lt } from '@cardea/core'
import { expect } from 'vitest'
import type { Storage } from '../../contract/storage.js'
import { rounds } from '../rounds.js'
import type { DeclareTest, Need, Subject } from '../subject.js'
import { children, keys, kinds, parents } from '../tables.js'

/** What must come out right however many callers there are at once. */
export function raceTests(test: DeclareTest): void {
  /** Declares a race twice: over one storage, and spread over two connections. */
  const race = (name: string, body: (subject: Subject, using: (index: number) => Storage) => Promise<void>): void => {
    const repeated = (using: (subject: Subject, index: number) => Storage) => async (subject: Subject) => {
      for (let round = 0; round < rounds({ test: 3, ci: 10, long: 200 }); round += 1) {
        for (const table of [children, parents, keys, kinds]) await subject.storage.delete(table, and())
        await body(subject, (index) => using(subject, index))
      }
    }
    test(
      name,
      repeated(({ storage }) => storage),
    )
    const needs: readonly Need[] = ['second']
    test(
      `${name}, over two connections`,
      repeated(({ storage, second }, index) => (index % 2 === 0 ? storage : second)),
      needs,
    )
  }

  race('20 callers consume one row: one gets it', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'a', label: 'secret', amount: 1, data: [1] })
    const taken = await all(20, (index) => using(index).consume(kinds, and(eq('id', 'a'), eq('label', 'secret'))))
    expect(taken.filter((row) => row !== undefined)).toMatchObject([{ id: 'a', data: [1] }])
    expect(await storage.count(kinds)).toBe(0)
  })

  race('20 callers consume from 5 rows: each row goes to one', async ({ storage }, using) => {
    await storage.insert(
      kinds,
      [1, 2, 3, 4, 5].map((amount) => ({ id: `r${amount}`, label: 'job', amount })),
    )
    const taken = await all(20, async (index) => {
      // Losing a row to somebody else is no reason to leave empty-handed, so each asks until none is left.
      for (;;) {
        const row = await using(index).consume(kinds, eq('label', 'job'))
        if (row !== undefined) return row.id
        if ((await using(index).count(kinds)) === 0) return undefined
      }
    })
    const ids = taken.filter((id) => id !== undefined)
    expect(ids.toSorted()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5'])
  })

  race('20 callers delete one row: one is told that it is gone', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    const gone = await all(20, (index) => using(index).delete(kinds, eq('id', 'a')))
    expect(sum(gone)).toBe(1)
  })

  race('20 callers swap a counter that they all read: one wins', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1, counter: 4 })
    const matched = await all(20, (index) =>
      using(index).update(kinds, {
        where: and(eq('id', 'a'), eq('counter', 4)),
        set: { note: `by ${index}` },
        increment: { counter: 1 },
      }),
    )
    expect(sum(matched)).toBe(1)
    const winner = matched.indexOf(1)
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ counter: 5, note: `by ${winner}` })
  })

  race('20 callers confirm once: the first sets the instant, the others do not', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    const matched = await all(20, (index) =>
      using(index).update(kinds, { where: and(eq('id', 'a'), isNull('at')), set: { at: databaseNow() } }),
    )
    expect(sum(matched)).toBe(1)
  })

  race('20 callers guess against a limit of 5: five guesses count', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    const matched = await all(20, (index) =>
      using(index).update(kinds, { where: and(eq('id', 'a'), lt('counter', 5)), increment: { counter: 1 } }),
    )
    expect(sum(matched)).toBe(5)
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ counter: 5 })
  })

  race('50 increments add up', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    const matched = await all(50, (index) =>
      using(index).update(kinds, { where: eq('id', 'a'), increment: { counter: 1, amount: -1 } }),
    )
    expect(sum(matched)).toBe(50)
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ counter: 50, amount: -49 })
  })

  race('20 callers insert one key: one succeeds, 19 are told', async ({ storage }, using) => {
    for (const key of ['primary', 'pair', 'code'] as const) {
      await storage.delete(keys, and())
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => {
          const own = `${index}`
          const row = { id: own, a: own, b: own, code: own }
          const shared = { primary: { id: 'same' }, pair: { a: 'same', b: 'same' }, code: { code: 'same' } }
          return using(index).insert(keys, { ...row, ...shared[key] })
        }),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      const codes = results.flatMap((result) =>
        result.status === 'rejected' ? [isCardeaError(result.reason) && result.reason.code] : [],
      )
      expect(codes).toEqual(Array.from({ length: 19 }, () => 'unique_violation'))
      expect(await storage.count(keys)).toBe(1)
    }
  })

  race(
    '20 callers insert one key and do nothing on conflict: one row is written, nobody fails',
    async ({ storage }, using) => {
      const onConflict = { key: 'pair', do: 'nothing' } as const
      const written = await all(20, (index) =>
        using(index).insert(keys, { id: `${index}`, a: 'a', b: 'b' }, { onConflict }),
      )
      expect(sum(written)).toBe(1)
      expect(await storage.count(keys)).toBe(1)
    },
  )

  // Rows here meet in one key alone: in a race, another key that they share may be the one that is reported.
  race('20 callers count into one row that none of them found: all are counted', async ({ storage }, using) => {
    const onConflict = { key: 'primary', do: { increment: { counter: 1 } } } as const
    const written = await all(20, (index) =>
      using(index).insert(keys, { id: 'a', a: `${index}`, b: 'b', counter: 1 }, { onConflict }),
    )
    expect(sum(written)).toBe(20)
    expect(await storage.findOne(keys, { where: eq('id', 'a') })).toMatchObject({ counter: 20 })
  })

  race('20 callers count up to a limit in one insert each: no more get through', async ({ storage }, using) => {
    const onConflict = { key: 'primary', do: { increment: { counter: 1 } }, where: lt('counter', 6) } as const
    const written = await all(20, (index) =>
      using(index).insert(keys, { id: 'a', a: `${index}`, b: 'b', counter: 1 }, { onConflict }),
    )
    expect(sum(written)).toBe(6)
    expect(await storage.findOne(keys, { where: eq('id', 'a') })).toMatchObject({ counter: 6 })
  })

  race('20 callers add to at most 3 rows behind a mutex row: 3 get in', async ({ storage }, using) => {
    await storage.insert(parents, { id: 'p' })
    const added = await all(20, (index) =>
      using(index).transaction(async (transaction) => {
        await transaction.update(parents, { where: eq('id', 'p'), increment: { epoch: 1 } })
        if ((await transaction.count(children, eq('parent_id', 'p'))) >= 3) return 0
        return transaction.insert(children, { id: `c${index}`, parent_id: 'p' })
      }),
    )
    expect(sum(added)).toBe(3)
    expect(await storage.count(children)).toBe(3)
    expect(await storage.findOne(parents, { where: eq('id', 'p') })).toMatchObject({ epoch: 20 })
  })

  race('20 callers take the last but one behind a mutex row: one is always left', async ({ storage }, using) => {
    await storage.insert(parents, { id: 'p' })
    await storage.insert(
      children,
      Array.from({ length: 20 }, (_, index) => ({ id: `c${index}`, parent_id: 'p' })),
    )
    const removed = await all(20, (index) =>
      using(index).transaction(async (transaction) => {
        await transaction.update(parents, { where: eq('id', 'p'), increment: { epoch: 1 } })
        if ((await transaction.count(children, eq('parent_id', 'p'))) <= 1) return 0
        return transaction.delete(children, eq('id', `c${index}`))
      }),
    )
    expect(sum(removed)).toBe(19)
    expect(await storage.count(children)).toBe(1)
  })

  race(
    '20 transfers between two rows, locked in one order, keep the sum and never overdraw',
    async (subject, using) => {
      const { storage } = subject
      await storage.insert(kinds, [
        { id: 'a', label: 'x', amount: 2 },
        { id: 'b', label: 'x', amount: 3 },
      ])
      const overdrawn = new Error('overdrawn')
      const transfer = (index: number) =>
        using(index).transaction(async (transaction) => {
          const move = index % 4 < 2 ? { a: -1, b: 1 } : { a: 1, b: -1 }
          for (const id of ['a', 'b'] as const) {
            const enough = move[id] < 0 ? and(eq('id', id), gt('amount', 0)) : eq('id', id)
            const moved = await transaction.update(kinds, { where: enough, increment: { amount: move[id] } })
            // By now the other row may hold what is taken back with this.
            if (moved === 0) throw overdrawn
          }
        })
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => transfer(index)))
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toBe(overdrawn)
      const amounts = (await storage.find(kinds, { limit: 'all' })).map(({ amount }) => amount)
      expect(sum(amounts)).toBe(5)
      expect(Math.min(...amounts)).toBeGreaterThanOrEqual(0)
    },
  )

  race('a consume and its effect happen together or not at all', async ({ storage }, using) => {
    await storage.insert(kinds, { id: 'token', label: 'x', amount: 1 })
    const redeemed = await all(20, (index) =>
      using(index).transaction(async (transaction) => {
        if ((await transaction.consume(kinds, eq('id', 'token'))) === undefined) return 0
        await transaction.insert(parents, { id: `by-${index}` })
        return 1
      }),
    )
    expect(sum(redeemed)).toBe(1)
    expect(await storage.count(parents)).toBe(1)
  })
}

const all = <Result>(count: number, caller: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => caller(index)))

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
