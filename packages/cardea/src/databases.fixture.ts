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
import { rounds } from '@cardea/storage/testkit'
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
  /** Where it is, for a process of its own: a path for SQLite. */
  readonly url: string
  /** The storage of one more node. */
  readonly another: (poolSize: number) => Storage
  close(): Promise<void>
}

interface NodeOptions {
  readonly log?: (event: StatementEvent) => void
}

/** Makes the storage of one node. */
type Open = (options: NodeOptions, poolSize: number) => Storage

async function openSqlite(): Promise<TestDatabase> {
  const file = createTestFile()
  return finish({
    url: file.path,
    open: (options) => sqlite(file.path, options),
    app: new Kysely({ dialect: sqliteDialect(file.path) }),
    remove: async () => file.remove(),
  })
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
  return finish({
    url: file.path,
    open: (options) => sqlite(database, options),
    app: new Kysely({ dialect: sqliteDialect(database) }),
    remove: async () => {
      database.close()
      file.remove()
    },
  })
}

async function openServer(server: TestServer, storageOf: (url: string) => Open): Promise<TestDatabase> {
  const database = await createTestDatabase(server)
  if ('skipped' in database) throw new Error(database.skipped)
  const { url } = database
  return finish({
    url,
    open: storageOf(url),
    app: createTestKysely(server, url),
    remove: () => database.drop(),
  })
}

interface Opened {
  readonly url: string
  readonly open: Open
  readonly app: Kysely<AppTables>
  readonly remove: () => Promise<void>
}

async function finish({ url, open, app, remove }: Opened): Promise<TestDatabase> {
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
    url,
    another: (poolSize) => open({}, poolSize),
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

/**
 * What differs between databases is tested in `@cardea/kysely`, on all of them at any time. Here a developer's run has one server, that of
 * CI the other one, and the long one everything, the other library of SQLite as well.
 */
const chosen = {
  betterSqlite3: rounds({ test: 0, ci: 0, long: 1 }) === 1,
  postgres: rounds({ test: 1, ci: 0, long: 1 }) === 1,
  mysql: rounds({ test: 0, ci: 1, long: 1 }) === 1,
}

/** The databases that can be tested here. With CI set, a missing server is a failure. */
export const databases = [
  { name: 'SQLite', open: openSqlite },
  ...(chosen.betterSqlite3 && better !== undefined
    ? [{ name: 'SQLite by better-sqlite3', open: openBetterSqlite3 }]
    : []),
  ...(chosen.postgres && (await hasTestServer('postgres')) ? [{ name: 'PostgreSQL', open: openPostgres }] : []),
  ...(chosen.mysql && (await hasTestServer('mysql')) ? [{ name: 'MySQL', open: openMysql }] : []),
]
