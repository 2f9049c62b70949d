import type { StatementEvent } from '@cardea/storage'
import type { Kysely } from 'kysely'
import { createPool } from 'mysql2'
import type { Pool as PromisePool } from 'mysql2/promise'
import type { AnyTables } from '../dialect/builder.js'
import {
  createTestDatabase,
  createTestKysely,
  type SkippedDatabase,
  type TestDatabase,
} from '../testkit/test-database.js'
import { mysql } from './mysql.js'

/** A database for one test. */
export interface TestMysql extends TestDatabase {
  /** Connections past the adapter. */
  readonly admin: PromisePool
}

/**
 * Makes a database of its own for a test.
 *
 * @returns Why there is none, where no server answers. In continuous integration that is an error.
 */
export async function createTestMysql(): Promise<TestMysql | SkippedDatabase> {
  const database = await createTestDatabase('mysql')
  if ('skipped' in database) return database
  const admin = createPool({ uri: database.url, connectionLimit: 2 }).promise()
  return {
    ...database,
    admin,
    drop: async () => {
      await admin.end()
      await database.drop()
    },
  }
}

/** What to add to the name of a group of tests that is skipped. */
export const skippedBecause = (database: TestMysql | SkippedDatabase): string =>
  'skipped' in database ? ` (${database.skipped})` : ''

/** An app's own Kysely on the database. */
export const createApp = (url: string): Kysely<AnyTables> => createTestKysely('mysql', url)

/** Storage by URL, and another on the same database. */
export async function openMysqlUrl() {
  const database = await createTestMysql()
  if ('skipped' in database) return database
  const events: StatementEvent[] = []
  const storage = mysql(database.url, { log: (event) => events.push(event) })
  return opened(database, storage, mysql(database.url), events)
}

/** Storage on a pool of the app, as `mysql2/promise` makes it; the other on one of `mysql2`. */
export async function openMysqlPool() {
  const database = await createTestMysql()
  if ('skipped' in database) return database
  const events: StatementEvent[] = []
  const [pool, other] = [1, 2].map(() => createPool({ uri: database.url, connectionLimit: 5 }))
  if (pool === undefined || other === undefined) throw new Error('no pools')
  const storage = mysql(pool.promise(), { log: (event) => events.push(event) })
  return opened(database, storage, mysql(other), events, async () => {
    for (const each of [pool, other]) await each.promise().end()
  })
}

/** Storage on the app's Kysely instance. */
export async function openMysqlKysely() {
  const database = await createTestMysql()
  if ('skipped' in database) return database
  const events: StatementEvent[] = []
  const app = createApp(database.url)
  const storage = mysql(app, { log: (event) => events.push(event) })
  return opened(database, storage, mysql(database.url), events, () => app.destroy())
}

function opened(
  database: TestMysql,
  storage: ReturnType<typeof mysql>,
  second: ReturnType<typeof mysql>,
  events: readonly StatementEvent[],
  end: () => Promise<void> = async () => {},
) {
  const app = createApp(database.url)
  return {
    storage,
    second,
    events,
    execute: async (sql: string) => {
      await database.admin.query(sql)
    },
    inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => app.transaction().execute(work),
    close: async () => {
      await storage.close()
      await second.close()
      await app.destroy()
      await end()
      await database.drop()
    },
  }
}
