import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { eq } from '@cardea/core'
import { boolean, defineTable, integer, json, principals, systemTables, text } from '@cardea/storage'
import { CamelCasePlugin, Kysely, ParseJSONResultsPlugin } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestFile } from '../testkit/test-file.js'
import { sqlite } from './sqlite.js'
import { sqliteDialect } from './sqlite-dialect.js'

const values = defineTable('suite_values', {
  columns: { id: text(36), amount: integer(), flag: boolean(), data: json(), code: text() },
  primaryKey: ['id'],
})
const row = { id: 'a', amount: 1, flag: true, data: { snake_case: [1] }, code: '{"looks_like":"json"}' }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function createPath(): string {
  const file = createTestFile()
  cleanups.push(() => file.remove())
  return file.path
}

describe('sqlite()', () => {
  it('opens nothing when it is made, and the file at the first use', async () => {
    const path = createPath()
    const storage = sqlite(path)
    expect(existsSync(path)).toBe(false)
    await storage.ping()
    expect(existsSync(path)).toBe(true)
    await storage.close()
  })

  it('opens connections of its own to the file of a database that it is handed, and leaves that open', async () => {
    const database = new DatabaseSync(createPath())
    cleanups.push(() => database.close())
    const storage = sqlite(database)
    await storage.migrate([values])
    await storage.transaction(async (transaction) => {
      await transaction.insert(values, row)
      // A statement of the app meanwhile is no part of Cardea's transaction.
      expect(database.prepare('select count(*) as rows from suite_values').get()).toMatchObject({ rows: 0 })
      expect(database.isTransaction).toBe(false)
    })
    await storage.close()
    expect(database.prepare('select count(*) as rows from suite_values').get()).toMatchObject({ rows: 1 })
  })

  it('shares a database in memory, and leaves it open', async () => {
    const database = new DatabaseSync(':memory:')
    const storage = sqlite(database)
    await storage.migrate([values])
    await storage.insert(values, row)
    await storage.close()
    expect(database.prepare('select count(*) as rows from suite_values').get()).toMatchObject({ rows: 1 })
    database.close()
  })

  it('keeps rows in memory for a path of :memory:, where reads wait for an open transaction', async () => {
    const storage = sqlite(':memory:')
    await storage.migrate([values])
    const seen: number[] = []
    const reading: Promise<unknown>[] = []
    await storage.transaction(async (transaction) => {
      await transaction.insert(values, row)
      reading.push(storage.count(values).then((count) => seen.push(count)))
      reading.push(storage.findOne(values, { where: eq('id', 'a') }).then((found) => seen.push(found?.amount ?? 0)))
      await new Promise((resolve) => setImmediate(resolve))
      expect(seen).toEqual([])
    })
    await Promise.all(reading)
    expect(seen).toEqual([1, 1])
    await storage.close()
  })

  it('reads the same values through a Kysely instance with plugins of the app, and leaves it open', async () => {
    const app = new Kysely<{ posts: { id: number } }>({
      dialect: sqliteDialect(createPath()),
      plugins: [new CamelCasePlugin(), new ParseJSONResultsPlugin()],
    })
    const storage = sqlite(app)
    await storage.migrate([values])
    await storage.insert(values, row)
    expect(await storage.find(values, { limit: 'all' })).toEqual([row])
    await app.transaction().execute(async (transaction) => {
      expect(await storage.join(transaction).consume(values, eq('id', 'a'))).toEqual(row)
    })
    await storage.close()
    expect(
      await app
        .selectFrom('sqlite_master' as never)
        .selectAll()
        .execute(),
    ).not.toEqual([])
    await app.destroy()
  })

  it('refuses connections on which foreign keys are off, since deleting would leave rows behind', async () => {
    const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false })
    await expect(sqlite(database).ping()).rejects.toMatchObject({ code: 'configuration_invalid' })
    const path = createPath()
    const storage = sqlite(path)
    await storage.migrate(systemTables)
    const app = new Kysely<object>({ dialect: sqliteDialect(database) })
    const careless = sqlite(app)
    await expect(careless.delete(principals, eq('id', 'a'))).rejects.toMatchObject({ code: 'configuration_invalid' })
    await app
      .transaction()
      .execute(async (transaction) => {
        await expect(storage.join(transaction).ping()).rejects.toMatchObject({ code: 'configuration_invalid' })
      })
      .catch(() => {})
    await storage.close()
    database.close()
  })

  it('names a wrong source or option, never its value', () => {
    const closed = new DatabaseSync(':memory:')
    closed.close()
    for (const [source, options, named] of [
      ['', {}, 'path'],
      [{}, {}, 'sqlite'],
      [closed, {}, 'closed'],
      [undefined, {}, 'sqlite'],
      [':memory:', { synchronous: 'secret' }, 'synchronous'],
      [':memory:', { prefix: 'secret; --' }, 'prefix'],
      [':memory:', { poolSize: 3 }, 'poolSize'],
    ] as const) {
      let thrown: unknown
      try {
        sqlite(source as never, options as never)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(named) })
      expect((thrown as Error).message).not.toMatch(/secret/)
    }
  })

  it('is over after close', async () => {
    const storage = sqlite(createPath())
    await storage.ping()
    await storage.close()
    await storage.close()
    await expect(storage.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(storage.transaction(async () => 1)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('sets up its connections: WAL, foreign keys, and as durable as it was asked to be', async () => {
    for (const synchronous of ['normal', 'full'] as const) {
      const path = createPath()
      const storage = sqlite(path, { synchronous })
      await storage.migrate([values])
      await storage.insert(values, row)
      const database = new DatabaseSync(path)
      expect(database.prepare('pragma journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
      database.close()
      await storage.close()
    }
  })
})
