import { randomBytes } from 'node:crypto'
import type { StatementEvent } from '@cardea/storage'
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely'
import { createPool, type Pool } from 'mysql2'
import type { Pool as PromisePool } from 'mysql2/promise'
import type { AnyTables } from '../dialect/builder.js'
import { mysql } from './mysql.js'

/** Where the tests find MySQL or MariaDB. */
export const mysqlUrl = process.env['TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'

/** A database for one test. */
export interface TestDatabase {
  readonly name: string
  /** Connections to the database. */
  readonly url: string
  /** Connections past the adapter. */
  readonly admin: PromisePool
  drop(): Promise<void>
}

/**
 * Makes a database of its own for a test.
 *
 * @returns Why there is none, where no server answers. In continuous integration that is an error.
 */
export async function createTestDatabase(): Promise<TestDatabase | { readonly skipped: string }> {
  const name = `cardea_test_${randomBytes(6).toString('hex')}`
  const url = new URL(mysqlUrl)
  const server = createPool({ uri: mysqlUrl, connectionLimit: 1, connectTimeout: 3_000 }).promise()
  try {
    await server.query(`create database ${name}`)
  } catch (error) {
    await server.end()
    if (process.env['CI'] !== undefined) throw error
    return { skipped: 'no MySQL or MariaDB answers at TEST_MYSQL_URL' }
  }
  await server.end()
  url.pathname = `/${name}`
  const admin = createPool({ uri: url.href, connectionLimit: 2 }).promise()
  return {
    name,
    url: url.href,
    admin,
    drop: async () => {
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  }
}

/** What to add to the name of a group of tests that is skipped. */
export const skippedBecause = (database: TestDatabase | { readonly skipped: string }): string =>
  'skipped' in database ? ` (${database.skipped})` : ''

/** An app's own Kysely on the database. */
export function createApp(pool: Pool): Kysely<AnyTables> {
  return new Kysely<AnyTables>({
    dialect: new MysqlDialect({
      pool,
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw('set session transaction isolation level read committed'))
      },
    }),
  })
}

/** Storage by URL, and another on the same database. */
export async function openMysqlUrl() {
  const database = await createTestDatabase()
  if ('skipped' in database) return database
  const events: StatementEvent[] = []
  const storage = mysql(database.url, { log: (event) => events.push(event) })
  return opened(database, storage, mysql(database.url), events)
}

/** Storage on a pool of the app, as `mysql2/promise` makes it; the other on one of `mysql2`. */
export async function openMysqlPool() {
  const database = await createTestDatabase()
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
  const database = await createTestDatabase()
  if ('skipped' in database) return database
  const events: StatementEvent[] = []
  const app = createApp(createPool({ uri: database.url, connectionLimit: 5 }))
  const storage = mysql(app, { log: (event) => events.push(event) })
  return opened(database, storage, mysql(database.url), events, () => app.destroy())
}

function opened(
  database: TestDatabase,
  storage: ReturnType<typeof mysql>,
  second: ReturnType<typeof mysql>,
  events: readonly StatementEvent[],
  end: () => Promise<void> = async () => {},
) {
  const app = createApp(createPool({ uri: database.url, connectionLimit: 5 }))
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
