import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { type SqliteHandle, sqlite, sqliteDialect } from '@cardea/kysely/sqlite'
import {
  createTestDatabase,
  createTestFile,
  createTestKysely,
  hasTestServer,
  type TestServer,
} from '@cardea/kysely/testkit'
import type { StatementEvent, Storage } from '@cardea/storage'
import { Kysely } from 'kysely'

/** The app's own table beside Cardea's. */
export interface AppTables {
  orders: { buyer: string }
}

/** An empty database: two storages as two nodes have them, and the app's own Kysely. */
export interface TestDatabase {
  /** The second has one connection where the database is a server: nothing may wait for what it holds itself. */
  readonly nodes: readonly [Storage, Storage]
  /** What the first node has executed. */
  readonly statements: readonly StatementEvent[]
  readonly app: Kysely<AppTables>
  close(): Promise<void>
}

interface NodeOptions {
  readonly log?: (event: StatementEvent) => void
}

/** Makes the storage of one node. */
type Open = (options: NodeOptions, poolSize: number) => Storage

async function openSqlite(): Promise<TestDatabase> {
  const file = createTestFile()
  return finish(
    (options) => sqlite(file.path, options),
    new Kysely({ dialect: sqliteDialect(file.path) }),
    async () => file.remove(),
  )
}

/** A peer that nobody has to install, loaded without its types; its tests run where somebody did. */
const better: { readonly default: new (path: string) => SqliteHandle } | undefined = await import(
  String('better-sqlite3')
).catch(() => undefined)

async function openBetterSqlite3(): Promise<TestDatabase> {
  if (better === undefined) throw new Error('better-sqlite3 is not installed')
  const file = createTestFile()
  // Every connection to the file comes from the same library.
  const database = new better.default(file.path)
  const app = new Kysely<AppTables>({ dialect: sqliteDialect(database) })
  return finish(
    (options) => sqlite(database, options),
    app,
    async () => {
      database.close()
      file.remove()
    },
  )
}

async function openServer(server: TestServer, storageOf: (url: string) => Open): Promise<TestDatabase> {
  const database = await createTestDatabase(server)
  if ('skipped' in database) throw new Error(database.skipped)
  return finish(storageOf(database.url), createTestKysely(server, database.url), () => database.drop())
}

async function finish(open: Open, app: Kysely<AppTables>, remove: () => Promise<void>): Promise<TestDatabase> {
  const statements: StatementEvent[] = []
  const nodes = [open({ log: (event) => statements.push(event) }, 10), open({}, 1)] as const
  await app.schema
    .createTable('orders')
    .addColumn('buyer', 'varchar(36)', (column) => column.notNull())
    .execute()
  return {
    nodes,
    statements,
    app,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()))
      await app.destroy()
      await remove()
    },
  }
}

const openPostgres = () =>
  openServer('postgres', (url) => (options, poolSize) => postgres(url, { ...options, poolSize }))
const openMysql = () => openServer('mysql', (url) => (options, poolSize) => mysql(url, { ...options, poolSize }))

/** The databases that can be tested here. With CI set, a missing server is a failure. */
export const databases = [
  { name: 'SQLite', open: openSqlite },
  ...(better === undefined ? [] : [{ name: 'SQLite by better-sqlite3', open: openBetterSqlite3 }]),
  ...((await hasTestServer('postgres')) ? [{ name: 'PostgreSQL', open: openPostgres }] : []),
  ...((await hasTestServer('mysql')) ? [{ name: 'MySQL', open: openMysql }] : []),
]
