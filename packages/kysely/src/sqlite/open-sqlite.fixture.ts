import { DatabaseSync } from 'node:sqlite'
import type { StatementEvent } from '@cardea/storage'
import { Kysely } from 'kysely'
import type { AnyTables } from '../dialect/builder.js'
import { createTestFile } from '../testkit/test-file.js'
import { sqlite } from './sqlite.js'
import { sqliteDialect } from './sqlite-dialect.js'

/** Storage on a file of its own, and others on the same file. */
export async function openSqliteFile() {
  const file = createTestFile()
  const events: StatementEvent[] = []
  const storage = sqlite(file.path, { log: (event) => events.push(event) })
  const second = sqlite(file.path)
  const app = new Kysely<AnyTables>({ dialect: sqliteDialect(file.path) })
  const raw = new DatabaseSync(file.path, { timeout: 2_000 })
  return {
    storage,
    second,
    events,
    execute: async (sql: string) => raw.exec(sql),
    inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => app.transaction().execute(work),
    close: async () => {
      raw.close()
      await app.destroy()
      await second.close()
      await storage.close()
      file.remove()
    },
  }
}

/** Storage in memory: one connection for everything. */
export async function openSqliteMemory() {
  const events: StatementEvent[] = []
  const database = new DatabaseSync(':memory:')
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
}

/** Storage on the app's Kysely instance. */
export async function openSqliteKysely() {
  const file = createTestFile()
  const events: StatementEvent[] = []
  const app = new Kysely<AnyTables>({ dialect: sqliteDialect(file.path) })
  const storage = sqlite(app, { log: (event) => events.push(event) })
  const second = sqlite(file.path)
  const raw = new DatabaseSync(file.path, { timeout: 2_000 })
  return {
    storage,
    second,
    events,
    execute: async (sql: string) => raw.exec(sql),
    inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => app.transaction().execute(work),
    close: async () => {
      raw.close()
      await storage.close()
      await app.destroy()
      await second.close()
      file.remove()
    },
  }
}
