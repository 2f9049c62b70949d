import { CardeaError, databaseNow, eq, gte } from '@cardea/core'
import { expect } from 'vitest'
import type { StorageOperations } from '../../contract/storage.js'
import { Gate } from '../gate.js'
import type { DeclareTest } from '../subject.js'
import { children, keys, kinds, parents } from '../tables.js'
import { unsafe } from '../unsafe.js'

const row = (id: string) => ({ id, label: 'x', amount: 1 })

/** All or nothing, seen by nobody before the end, tried again where that helps. */
export function transactionTests(test: DeclareTest): void {
  test('work that ends well is kept, and its result is given back', async ({ storage, second }) => {
    const result = await storage.transaction(async (transaction) => {
      await transaction.insert(kinds, row('a'))
      await transaction.update(kinds, { where: eq('id', 'a'), set: { label: 'y' } })
      await transaction.insert(parents, { id: 'p' })
      return { answer: await transaction.count(kinds) }
    })
    expect(result).toEqual({ answer: 1 })
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ label: 'y' })
    expect(await second.count(parents)).toBe(1)
  })

  test('work sees its own changes, by every verb', async ({ storage }) => {
    await storage.insert(kinds, row('old'))
    await storage
      .transaction(async (transaction) => {
        await transaction.insert(kinds, row('a'))
        await transaction.delete(kinds, eq('id', 'old'))
        expect(await transaction.findOne(kinds, { where: eq('id', 'a') })).toBeDefined()
        expect(await transaction.findOne(kinds, { where: eq('id', 'old') })).toBeUndefined()
        expect(await transaction.find(kinds, { where: eq('label', 'x'), limit: 'all' })).toHaveLength(1)
        await transaction.insert(kinds, row('old'))
        expect(await transaction.consume(kinds, eq('id', 'a'))).toBeDefined()
        await expect(transaction.insert(kinds, row('old'))).rejects.toMatchObject({ code: 'unique_violation' })
      })
      .catch(() => undefined)
    expect((await storage.find(kinds, { limit: 'all' })).map(({ id }) => id)).toEqual(['old'])
  })

  test('work that throws leaves nothing, and its error comes out as it is', async ({ storage }) => {
    await storage.insert(kinds, [row('a'), row('b')])
    await storage.insert(parents, { id: 'p' })
    await storage.insert(children, { id: 'c', parent_id: 'p' })
    const error = new Error('the work failed')
    const work = storage.transaction(async (transaction) => {
      await transaction.insert(kinds, row('c'))
      await transaction.update(kinds, { where: eq('id', 'a'), set: { label: 'changed' }, increment: { counter: 5 } })
      await transaction.consume(kinds, eq('id', 'b'))
      await transaction.delete(parents, eq('id', 'p'))
      await transaction.insert(kinds, row('a'), { onConflict: { key: 'primary', do: { increment: { counter: 1 } } } })
      throw error
    })
    await expect(work).rejects.toBe(error)
    const found = await storage.find(kinds, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })
    expect(found).toMatchObject([
      { id: 'a', label: 'x', counter: 0 },
      { id: 'b', label: 'x' },
    ])
    expect([await storage.count(parents), await storage.count(children)]).toEqual([1, 1])
    expect(await storage.insert(kinds, row('c'))).toBe(1)
  })

  test('an error of a verb ends the transaction, also when the work catches it', async ({ storage }) => {
    await storage.insert(keys, { id: 'there', a: 'x', b: 'y' })
    const failures: readonly ((transaction: StorageOperations) => Promise<unknown>)[] = [
      (transaction) => transaction.insert(keys, { id: 'there', a: '', b: '' }),
      (transaction) => transaction.insert(keys, unsafe({ id: 0, a: '', b: '' })),
      (transaction) => transaction.find(keys, { where: eq('id', unsafe(0)), limit: 1 }),
      (transaction) => transaction.count(keys, eq('nothing', 'x')),
    ]
    for (const fail of failures) {
      let caught: unknown
      const work = storage.transaction(async (transaction) => {
        await transaction.insert(keys, { id: 'new', a: 'n', b: 'n' })
        await fail(transaction).catch((error: unknown) => {
          caught = error
        })
        return 'went on'
      })
      const error: unknown = await work.catch((thrown: unknown) => thrown)
      if (!(caught instanceof Error)) throw new Error('the verb did not fail')
      expect(error).toMatchObject({ name: caught.name, message: caught.message })
      expect(await storage.count(keys)).toBe(1)
    }
  })

  test('after an error that was caught, no verb works any more', async ({ storage }) => {
    await storage.insert(kinds, row('there'))
    const work = storage.transaction(async (transaction) => {
      await transaction.insert(kinds, row('there')).catch(() => undefined)
      await expect(transaction.insert(kinds, row('new'))).rejects.toBeInstanceOf(Error)
      await expect(transaction.count(kinds)).rejects.toBeInstanceOf(Error)
    })
    await expect(work).rejects.toMatchObject({ code: 'unique_violation' })
    expect(await storage.count(kinds)).toBe(1)
  })

  test('a work may turn the error of a verb into its own', async ({ storage }) => {
    await storage.insert(kinds, row('there'))
    const own = new CardeaError('email_taken', 'taken')
    const work = storage.transaction(async (transaction) => {
      try {
        await transaction.insert(kinds, row('there'))
      } catch {
        throw own
      }
    })
    await expect(work).rejects.toBe(own)
  })

  test('a transaction is of no use after its end', async ({ storage }) => {
    let kept: StorageOperations | undefined
    await storage.transaction(async (transaction) => {
      kept = transaction
    })
    await expect(kept?.insert(kinds, row('late'))).rejects.toBeInstanceOf(Error)
    await expect(kept?.find(kinds, { limit: 'all' })).rejects.toBeInstanceOf(Error)
    await storage
      .transaction(async (transaction) => {
        kept = transaction
        throw new Error('over')
      })
      .catch(() => undefined)
    await expect(kept?.update(kinds, { where: eq('id', 'a'), set: { label: 'late' } })).rejects.toBeInstanceOf(Error)
    expect(await storage.count(kinds)).toBe(0)
  })

  test(
    'outside, nothing is seen before the end',
    async ({ storage, second }) => {
      await storage.insert(kinds, row('a'))
      await storage.transaction(async (transaction) => {
        await transaction.update(kinds, { where: eq('id', 'a'), set: { label: 'inside', at: databaseNow() } })
        await transaction.insert(kinds, row('b'))
        for (const outside of [storage, second]) {
          expect(await outside.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ label: 'x', at: null })
          expect(await outside.count(kinds)).toBe(1)
        }
        expect(await transaction.count(kinds)).toBe(2)
      })
      for (const outside of [storage, second]) {
        expect(await outside.findOne(kinds, { where: gte('at', 0) })).toMatchObject({ id: 'a', label: 'inside' })
        expect(await outside.count(kinds)).toBe(2)
      }
    },
    ['readsDuringTransaction'],
  )

  test('a conflict that a try reports is tried again, from the beginning', async ({ storage }) => {
    let tries = 0
    const result = await storage.transaction(async (transaction) => {
      tries += 1
      expect(await transaction.count(kinds)).toBe(0)
      await transaction.insert(kinds, row(`try-${tries}`))
      if (tries < 3) throw new CardeaError('transaction_conflict', 'made up')
      return tries
    })
    expect(result).toBe(3)
    expect((await storage.find(kinds, { limit: 'all' })).map(({ id }) => id)).toEqual(['try-3'])
  })

  test('a conflict at every try becomes unavailable', async ({ storage }) => {
    let tries = 0
    const work = storage.transaction(async (transaction) => {
      tries += 1
      await transaction.insert(kinds, row('a'))
      throw new CardeaError('transaction_conflict', 'made up')
    })
    await expect(work).rejects.toMatchObject({ name: 'CardeaError', code: 'unavailable' })
    expect(tries).toBeGreaterThan(1)
    expect(await storage.count(kinds)).toBe(0)
  })

  test('two transactions that lock two rows in opposite order both finish', async ({ storage, second }) => {
    await storage.insert(kinds, [row('a'), row('b')])
    const gate = new Gate(2)
    let tries = 0
    const both = (using: typeof storage, first: string, then: string) =>
      using.transaction(async (transaction) => {
        tries += 1
        await transaction.update(kinds, { where: eq('id', first), increment: { counter: 1 } })
        // Where writers come one at a time, the other never gets here, so the wait is short.
        await gate.arrive(150)
        await transaction.update(kinds, { where: eq('id', then), increment: { counter: 1 } })
      })
    await Promise.all([both(storage, 'a', 'b'), both(second, 'b', 'a')])
    expect((await storage.find(kinds, { limit: 'all' })).map(({ counter }) => counter)).toEqual([2, 2])
    // Where both held a row at once, one of them had to give way and come again.
    if (gate.met) expect(tries).toBeGreaterThan(2)
  })

  test('many transactions at once all finish', async ({ storage, second }) => {
    await storage.insert(kinds, row('a'))
    const work = Array.from({ length: 30 }, (_, index) =>
      (index % 2 === 0 ? storage : second).transaction(async (transaction) => {
        await transaction.update(kinds, { where: eq('id', 'a'), increment: { counter: 1 } })
        const found = await transaction.findOne(kinds, { where: eq('id', 'a') })
        await transaction.insert(kinds, row(`n${found?.counter}`))
      }),
    )
    await Promise.all(work)
    expect(await storage.count(kinds)).toBe(31)
    expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ counter: 30 })
  })
}
