import { CardeaError, eq } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest, Need } from '../subject.js'
import { keys, kinds } from '../tables.js'

const row = (id: string) => ({ id, label: 'x', amount: 1 })

/** The storage inside a transaction that the app opened with the library behind it. */
export function joinTests(test: DeclareTest): void {
  const needs: readonly Need[] = ['join', 'inTransaction']

  test(
    'what a joined storage writes is kept with the transaction of the app',
    async ({ storage, inTransaction }) => {
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        await joined.insert(kinds, row('a'))
        expect(await joined.update(kinds, { where: eq('id', 'a'), set: { label: 'y' } })).toBe(1)
        expect(await joined.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ label: 'y' })
      })
      expect(await storage.findOne(kinds, { where: eq('id', 'a') })).toMatchObject({ label: 'y' })
    },
    needs,
  )

  test(
    'it goes with the transaction of the app',
    async ({ storage, inTransaction }) => {
      const error = new Error('the app changed its mind')
      const work = inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        await joined.insert(kinds, row('a'))
        await joined.transaction((inner) => inner.insert(kinds, row('b')))
        throw error
      })
      await expect(work).rejects.toBe(error)
      expect(await storage.count(kinds)).toBe(0)
    },
    needs,
  )

  test(
    'nothing of it is seen outside before the end',
    async ({ storage, second, inTransaction }) => {
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        await joined.transaction((inner) => inner.insert(kinds, row('a')))
        expect(await second.count(kinds)).toBe(0)
        expect(await joined.count(kinds)).toBe(1)
      })
      expect(await second.count(kinds)).toBe(1)
    },
    [...needs, 'readsDuringTransaction'],
  )

  test(
    'a transaction inside gives its result, and its changes to what follows',
    async ({ storage, inTransaction }) => {
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        const result = await joined.transaction(async (inner) => {
          await inner.insert(kinds, row('a'))
          return 'done'
        })
        expect(result).toBe('done')
        expect(await joined.count(kinds)).toBe(1)
      })
      expect(await storage.count(kinds)).toBe(1)
    },
    needs,
  )

  test(
    'a transaction inside that fails takes back its own changes alone',
    async ({ storage, inTransaction }) => {
      await storage.insert(keys, { id: 'there', a: 'a', b: 'b' })
      const own = new Error('inner work failed')
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        await joined.insert(keys, { id: 'before', a: '1', b: '1' })
        const thrown = joined.transaction(async (inner) => {
          await inner.update(keys, { where: eq('id', 'before'), increment: { counter: 1 } })
          throw own
        })
        await expect(thrown).rejects.toBe(own)
        // An error of the database too, which ends a whole transaction where there is no savepoint.
        const violated = joined.transaction(async (inner) => {
          await inner.insert(keys, { id: 'inner', a: '2', b: '2' })
          await inner.insert(keys, { id: 'there', a: '3', b: '3' })
        })
        await expect(violated).rejects.toMatchObject({ name: 'CardeaError', code: 'unique_violation' })
        await joined.insert(keys, { id: 'after', a: '4', b: '4' })
      })
      const found = await storage.find(keys, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })
      expect(found).toMatchObject([{ id: 'after' }, { id: 'before', counter: 0 }, { id: 'there' }])
    },
    needs,
  )

  test(
    'an error that the work of a transaction inside catches ends it all the same',
    async ({ storage, inTransaction }) => {
      await storage.insert(kinds, row('there'))
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        const caught = joined.transaction(async (inner) => {
          await inner.insert(kinds, row('inner'))
          await inner.insert(kinds, row('there')).catch(() => undefined)
        })
        await expect(caught).rejects.toMatchObject({ code: 'unique_violation' })
        await joined.insert(kinds, row('after'))
      })
      expect((await storage.find(kinds, { limit: 'all' })).map(({ id }) => id).toSorted()).toEqual(['after', 'there'])
    },
    needs,
  )

  test(
    'a transaction inside that fails takes back nothing that was sent beside it',
    async ({ storage, inTransaction }) => {
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        const beside: Promise<unknown>[] = []
        const failing = joined.transaction(async (inner) => {
          await inner.insert(kinds, row('inner'))
          // Sent while the transaction inside is open, by somebody who does not know of it.
          beside.push(joined.insert(kinds, row('beside')))
          await inner.insert(kinds, row('inner too'))
          throw new Error('inner work failed')
        })
        await expect(failing).rejects.toThrow('inner work failed')
        await Promise.all(beside)
      })
      expect((await storage.find(kinds, { limit: 'all' })).map(({ id }) => id)).toEqual(['beside'])
    },
    needs,
  )

  test(
    'closing a joined storage closes nothing of the app',
    async ({ storage, inTransaction }) => {
      await inTransaction(async (transaction) => {
        const joined = storage.join(transaction)
        await joined.close()
        await storage.join(transaction).insert(kinds, row('a'))
      })
      expect(await storage.count(kinds)).toBe(1)
    },
    needs,
  )

  test(
    'a joined storage is of no use after the transaction of the app',
    async ({ storage, inTransaction }) => {
      let kept: typeof storage | undefined
      await inTransaction(async (transaction) => {
        kept = storage.join(transaction)
        await kept.insert(kinds, row('a'))
      })
      await expect(kept?.insert(kinds, row('late'))).rejects.toBeInstanceOf(Error)
      expect(await storage.count(kinds)).toBe(1)
    },
    needs,
  )

  test(
    'anything but a transaction is refused',
    async ({ storage }) => {
      for (const value of [undefined, null, {}, [], 'transaction', 1, () => {}, storage, Symbol('t')]) {
        let thrown: unknown
        try {
          storage.join(value)
        } catch (error) {
          thrown = error
        }
        expect(thrown).toMatchObject({
          name: new CardeaError('configuration_invalid', '').name,
          code: 'configuration_invalid',
        })
      }
    },
    ['join'],
  )
}
