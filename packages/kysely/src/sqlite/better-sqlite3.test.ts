import { type StatementEvent, systemTables } from '@cardea/storage'
import { describeStorage, isQuick } from '@cardea/storage/testkit'
import { Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { AnyTables } from '../dialect/builder.js'
import { createTestFile } from '../testkit/test-file.js'
import type { BetterDatabase } from './better-sqlite3.js'
import { sqlite } from './sqlite.js'
import { sqliteDialect } from './sqlite-dialect.js'

type BetterConstructor = new (location: string) => BetterDatabase

/** The package is a peer that nobody has to install, so its tests run where somebody did. */
const library: { readonly default: BetterConstructor } | undefined = await import(String('better-sqlite3')).catch(
  () => undefined,
)
const skipped = { skipped: 'better-sqlite3 is not installed' }

describeStorage('sqlite() on a better-sqlite3 database', async () => {
  if (library === undefined) return skipped
  // The same statements as on `node:sqlite`, which are tried at any time.
  if (isQuick()) return { skipped: 'left to the longer runs' }
  const file = createTestFile()
  const events: StatementEvent[] = []
  const database = new library.default(file.path)
  const storage = sqlite(database, { log: (event) => events.push(event) })
  const second = sqlite(database)
  // Every connection to the file comes from the same library.
  const app = new Kysely<AnyTables>({ dialect: sqliteDialect(database) })
  return {
    storage,
    second,
    events,
    execute: async (sql: string) => database.exec(sql),
    inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => app.transaction().execute(work),
    close: async () => {
      await storage.close()
      await second.close()
      await app.destroy()
      database.close()
      file.remove()
    },
  }
})

describeStorage(
  'sqlite() on a better-sqlite3 database in memory',
  async () => {
    if (library === undefined) return skipped
    const events: StatementEvent[] = []
    const database = new library.default(':memory:')
    const storage = sqlite(database, { log: (event) => events.push(event) })
    return {
      storage,
      events,
      execute: async (sql: string) => database.exec(sql),
      close: async () => {
        await storage.close()
        database.close()
      },
    }
  },
  { unsupported: { readsDuringTransaction: 'one connection serves all, so reads wait' } },
)

describeStorage(
  'sqlite() on a Kysely instance over better-sqlite3',
  async () => {
    if (library === undefined) return skipped
    const file = createTestFile()
    const events: StatementEvent[] = []
    const database = new library.default(file.path)
    const app = new Kysely<AnyTables>({ dialect: sqliteDialect(database) })
    const storage = sqlite(app, { log: (event) => events.push(event) })
    const second = sqlite(database)
    return {
      storage,
      second,
      events,
      execute: async (sql: string) => database.exec(sql),
      inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => app.transaction().execute(work),
      close: async () => {
        await storage.close()
        await app.destroy()
        await second.close()
        database.close()
        file.remove()
      },
    }
  },
  { unsupported: { readsDuringTransaction: 'Kysely has one connection to SQLite, so reads wait' } },
)

describe.skipIf(library === undefined)('sqlite() on a better-sqlite3 database in memory', () => {
  it('shares it, and leaves it open', async () => {
    const database = new (library?.default ?? expect.fail('not installed'))(':memory:')
    const storage = sqlite(database)
    await storage.migrate(systemTables)
    expect(await storage.verify(systemTables)).toEqual([])
    await storage.close()
    expect(database.prepare('select id from cardea_authz').all()).toEqual([{ id: 'authz' }])
    database.close()
  })
})
