import { eq, param } from '@cardea/core'
import { defineTable, integer, type Storage, text } from '@cardea/storage'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AnyTables } from '../dialect/builder.js'
import type { StorageOptions } from '../storage/options.js'
import { type FaultyProxy, startProxy } from './proxy.fixture.js'
import { unhinderedMilliseconds } from './unhindered.fixture.js'

const counters = defineTable('suite_counters', {
  columns: { id: text(36), value: integer() },
  primaryKey: ['id'],
})
const byId = { where: eq('id', param('id')) } as const
const increment = { where: eq('id', 'a'), increment: { value: 1 } } as const

/** What the tests need of a database, of which they have a part of their own. */
export interface FaultSubject {
  /** Connections to it, with the port. */
  readonly url: string
  /** The beginning of URLs. */
  readonly scheme: string
  open(url: string, options?: StorageOptions & { readonly poolSize?: number }): Storage
  app(url: string): Kysely<AnyTables>
  openKysely(app: Kysely<AnyTables>): Storage
  /** Storage on a pool of the app with one connection, and no limit of its own to the wait for it. */
  openPool(): {
    readonly storage: Storage
    /** Takes the connection. @returns Gives it back. */
    hold(): Promise<() => void>
    answers(): Promise<unknown>
    close(): Promise<void>
  }
  /** Storage that may not write. */
  openReadOnly(): Storage
  /** Runs a statement past the adapter. */
  query(sql: string): Promise<unknown>
  /** Reads a number past the adapter. */
  number(sql: string): Promise<number>
  /** Runs statements in a transaction that stays open. @returns Rolls back. */
  hold(sql: string): Promise<() => Promise<void>>
  /** Ends the server's side of all connections of the storages. */
  terminate(): Promise<unknown>
  drop(): Promise<void>
}

/**
 * Declares the tests of a storage that reaches its database over a network which goes wrong.
 *
 * @param subject Undefined where there is no database.
 */
export function describeFaults(name: string, subject: FaultSubject | undefined): void {
  describe.skipIf(subject === undefined)(name, () => {
    let proxy: FaultyProxy
    const storages: Storage[] = []

    beforeAll(async () => {
      proxy = await startProxy(required().url)
      const storage = open(required().url)
      await storage.migrate([counters])
      await storage.insert(counters, { id: 'a', value: 0 })
    })

    beforeEach(async () => {
      proxy.mode = 'pass'
      await required().query('update suite_counters set value = 0')
    })

    afterAll(async () => {
      proxy.mode = 'pass'
      await Promise.all(storages.map((storage) => storage.close()))
      await proxy.close()
      await required().drop()
    })

    function required(): FaultSubject {
      if (subject === undefined) throw new Error('no database')
      return subject
    }

    function kept(storage: Storage): Storage {
      storages.push(storage)
      return storage
    }

    const open = (...values: Parameters<FaultSubject['open']>): Storage => kept(required().open(...values))

    const value = (): Promise<number> => required().number('select sum(value) as number from suite_counters')

    const ofRequests = (storage: Storage): readonly (() => Promise<unknown>)[] => [
      () => storage.findOne(counters, byId, { id: 'a' }),
      () => storage.update(counters, increment),
      () => storage.transaction((transaction) => transaction.update(counters, increment)),
      () => storage.ping(),
    ]

    const verbs = (storage: Storage): readonly (() => Promise<unknown>)[] => [
      ...ofRequests(storage),
      () => storage.verify([counters]),
    ]

    it('answers unavailable at once when nothing listens, and tells where at the start alone', async () => {
      const storage = open(`${required().scheme}://somebody:pass-word@127.0.0.1:1/secret-database`)
      const { error: atStart } = await failure(() => storage.verify([counters]))
      expect(atStart).toMatchObject(unavailable)
      expect((atStart as Error).message).toContain('ECONNREFUSED 127.0.0.1:1')
      expect((atStart as Error).message).not.toMatch(/somebody|pass-word|secret-database/)
      for (const verb of ofRequests(storage)) {
        const { error, milliseconds } = await failure(verb)
        expect(error).toMatchObject(unavailable)
        expect((error as Error).message).not.toMatch(/somebody|pass-word|secret-database|127/)
        expect(milliseconds).toBeLessThan(1_000)
      }
    })

    it('answers unavailable within two seconds when the network swallows everything, and recovers by itself', async () => {
      const storage = open(proxy.url)
      // Some connections are there already, others will have to be made.
      await Promise.all([1, 2, 3].map(() => storage.ping()))
      proxy.mode = 'blackhole'
      const failures = await Promise.all(
        [...verbs(storage), ...verbs(storage), ...verbs(storage)].map((verb) => failure(verb)),
      )
      for (const { error, milliseconds } of failures) {
        expect(error).toMatchObject(unavailable)
        expect(milliseconds).toBeLessThan(2_150)
      }
      proxy.mode = 'pass'
      proxy.reset()
      expect(await storage.findOne(counters, byId, { id: 'a' })).toEqual({ id: 'a', value: 0 })
      expect(await storage.update(counters, increment)).toBe(1)
    })

    it('does the same on a Kysely instance whose pool has no limits of its own', async () => {
      const app = required().app(proxy.url)
      const storage = kept(required().openKysely(app))
      await Promise.all([1, 2, 3].map(() => storage.ping()))
      proxy.mode = 'blackhole'
      const failures = await Promise.all([...verbs(storage), ...verbs(storage)].map((verb) => failure(verb)))
      for (const { error, milliseconds } of failures) {
        expect(error).toMatchObject(unavailable)
        expect(milliseconds).toBeLessThan(2_150)
      }
      proxy.mode = 'pass'
      proxy.reset()
      expect(await storage.update(counters, increment)).toBe(1)
      await app.destroy()
    })

    it('gives up a transaction that the network swallows in the middle; nothing of it stays', async () => {
      const storage = open(proxy.url, { statementTimeoutMilliseconds: 300 })
      const { error, milliseconds } = await failure(() =>
        storage.transaction(async (transaction) => {
          await transaction.update(counters, increment)
          proxy.mode = 'blackhole'
          await transaction.update(counters, increment)
        }),
      )
      expect(error).toMatchObject(unavailable)
      expect(milliseconds).toBeLessThan(1_500)
      proxy.mode = 'pass'
      proxy.reset()
      expect(await value()).toBe(0)
      expect(await storage.update(counters, increment)).toBe(1)
    })

    it('answers unavailable when the answer to COMMIT is lost: it may have happened', async () => {
      const storage = open(proxy.url)
      proxy.mode = 'loseCommit'
      const { error } = await failure(() =>
        storage.transaction((transaction) => transaction.update(counters, increment)),
      )
      expect(error).toMatchObject(unavailable)
      proxy.mode = 'pass'
      expect(await value()).toBe(1)
      expect(await storage.findOne(counters, byId, { id: 'a' })).toMatchObject({ value: 1 })
    })

    it('outlives the end of a connection that nobody uses at the moment', async () => {
      const storage = open(required().url)
      await Promise.all([1, 2, 3].map(() => storage.findOne(counters, byId, { id: 'a' })))
      await required().terminate()
      for (let round = 0; round < 5; round += 1) {
        expect(await storage.findOne(counters, byId, { id: 'a' })).toBeDefined()
      }
    })

    it('outlives the end of a connection within a transaction; nothing of it stays', async () => {
      const storage = open(required().url)
      const { error } = await failure(() =>
        storage.transaction(async (transaction) => {
          await transaction.update(counters, increment)
          await required().terminate()
          // The connection ends between two statements, when nobody waits for it.
          await new Promise((resolve) => setTimeout(resolve, 50))
          await transaction.update(counters, increment)
        }),
      )
      expect(error).toMatchObject(unavailable)
      expect(await value()).toBe(0)
      expect(await storage.update(counters, increment)).toBe(1)
    })

    it('gives up a statement that waits for a lock too long, and has its connections back afterwards', async () => {
      const storage = open(required().url, { poolSize: 2, statementTimeoutMilliseconds: 300 })
      const release = await required().hold('update suite_counters set value = 5')
      const waiting = await Promise.all([1, 2].map(() => failure(() => storage.update(counters, increment))))
      for (const { error, milliseconds } of waiting) {
        expect(error).toMatchObject(unavailable)
        expect(milliseconds).toBeLessThan(1_500)
      }
      const inside = await failure(() => storage.transaction((transaction) => transaction.update(counters, increment)))
      expect(inside.error).toMatchObject(unavailable)
      expect(inside.milliseconds).toBeLessThan(2_150)
      await release()
      await Promise.all([1, 2, 3, 4].map(() => storage.ping()))
      expect(await storage.update(counters, increment)).toBe(1)
    })

    it('gets all transactions through that lock two rows in opposite order, from two nodes', async () => {
      const [one, two] = [open(required().url), open(required().url)]
      await required().query("insert into suite_counters values ('b', 0)")
      for (let round = 0; round < 5; round += 1) {
        await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            (index % 2 === 0 ? one : two).transaction(async (transaction) => {
              const order = index % 4 < 2 ? ['a', 'b'] : ['b', 'a']
              for (const id of order)
                await transaction.update(counters, { where: eq('id', id), increment: { value: 1 } })
            }),
          ),
        )
      }
      expect(await value()).toBe(80)
      await required().query("delete from suite_counters where id = 'b'")
    })

    it('says that a read-only server is unavailable for writes, while reads go on', async () => {
      const storage = kept(required().openReadOnly())
      expect((await failure(() => storage.update(counters, increment))).error).toMatchObject(unavailable)
      expect(await storage.findOne(counters, byId, { id: 'a' })).toBeDefined()
    })

    it('works through a pool of one connection, however many come at once', async () => {
      const storage = open(required().url, { poolSize: 1 })
      await Promise.all(
        Array.from({ length: 12 }, () =>
          storage.transaction(async (transaction) => {
            const row = await transaction.findOne(counters, byId, { id: 'a' })
            await transaction.update(counters, { where: eq('id', 'a'), set: { value: (row?.value ?? 0) + 1 } })
          }),
        ),
      )
      expect(await value()).toBe(12)
      await Promise.all([
        storage.migrate([counters]),
        storage.verify([counters]),
        storage.insert(
          counters,
          Array.from({ length: 1_000 }, (_, index) => ({ id: `n${index}`, value: 0 })),
        ),
        storage.consume(counters, eq('id', 'none')),
      ])
      await required().query("delete from suite_counters where id <> 'a'")
    })

    it('does not wait for a pool of the app that has no end of waiting, and takes no connection from it later', async () => {
      const pool = required().openPool()
      const release = await pool.hold()
      const { error, milliseconds } = await failure(() => pool.storage.ping())
      expect(error).toMatchObject(unavailable)
      expect(milliseconds).toBeLessThan(2_150)
      release()
      // Closing the storage leaves the pool open.
      for (const end of [() => pool.storage.ping(), () => pool.storage.close()]) {
        await end()
        expect(await pool.answers()).toBeDefined()
      }
      await pool.close()
    })

    it('is over after close', async () => {
      const storage = required().open(required().url)
      await storage.ping()
      await storage.close()
      await storage.close()
      expect((await failure(() => storage.ping())).error).toMatchObject(unavailable)
    })
  })
}

const unavailable = { name: 'CardeaError', code: 'unavailable', retryAfterSeconds: 1 }

/** Runs a verb and says how it failed and how long that took. */
async function failure(
  run: () => Promise<unknown>,
): Promise<{ readonly error: unknown; readonly milliseconds: number }> {
  let error: unknown = 'it worked'
  const milliseconds = await unhinderedMilliseconds(() =>
    run().catch((thrown: unknown) => {
      error = thrown
    }),
  )
  return { error, milliseconds }
}
