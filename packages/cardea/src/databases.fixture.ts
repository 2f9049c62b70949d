import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite, sqliteDialect } from '@cardea/kysely/sqlite'
import type { StatementEvent, Storage } from '@cardea/storage'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

/** The app's own table beside Cardea's. */
export interface AppTables {
  orders: { buyer: string }
}

/** An empty database: two storages as two nodes have them, and the app's own Kysely. */
export interface TestDatabase {
  readonly nodes: readonly [Storage, Storage]
  /** What the first node has executed. */
  readonly statements: readonly StatementEvent[]
  readonly app: Kysely<AppTables>
  /** One more node, whose pool has one connection. */
  readonly small: () => Storage
  close(): Promise<void>
}

const postgresUrl = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'

async function openSqlite(): Promise<TestDatabase> {
  const path = join(mkdtempSync(join(tmpdir(), 'cardea-')), 'app.db')
  const statements: StatementEvent[] = []
  const nodes = [sqlite(path, { log: (event) => statements.push(event) }), sqlite(path)] as const
  return finish(nodes, statements, new Kysely({ dialect: sqliteDialect(path) }), {
    small: () => sqlite(path),
    remove: async () => undefined,
  })
}

async function openPostgres(): Promise<TestDatabase> {
  const name = `cardea_test_${randomBytes(6).toString('hex')}`
  await administer(`create schema ${name}`)
  const url = new URL(postgresUrl)
  url.searchParams.set('options', `-c search_path=${name}`)
  const statements: StatementEvent[] = []
  const nodes = [postgres(url.href, { log: (event) => statements.push(event) }), postgres(url.href)] as const
  const app = new Kysely<AppTables>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url.href }) }),
  })
  return finish(nodes, statements, app, {
    small: () => postgres(url.href, { poolSize: 1 }),
    remove: () => administer(`drop schema ${name} cascade`),
  })
}

async function finish(
  nodes: readonly [Storage, Storage],
  statements: readonly StatementEvent[],
  app: Kysely<AppTables>,
  own: { readonly small: () => Storage; readonly remove: () => Promise<void> },
): Promise<TestDatabase> {
  await app.schema
    .createTable('orders')
    .addColumn('buyer', 'varchar(36)', (column) => column.notNull())
    .execute()
  return {
    nodes,
    statements,
    app,
    small: own.small,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()))
      await app.destroy()
      await own.remove()
    },
  }
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function postgresAnswers(): Promise<boolean> {
  try {
    await administer('select 1')
    return true
  } catch (error) {
    if (process.env['CI']) throw new Error('TEST_POSTGRES_URL: no PostgreSQL answers, and CI is set', { cause: error })
    return false
  }
}

/** The databases that can be tested here. With CI set, a missing server is a failure. */
export const databases = [
  { name: 'SQLite', open: openSqlite },
  ...((await postgresAnswers()) ? [{ name: 'PostgreSQL', open: openPostgres }] : []),
]
