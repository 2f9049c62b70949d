import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite, sqliteDialect } from '@cardea/kysely/sqlite'
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
  readonly nodes: readonly [Storage, Storage]
  /** What the first node has executed. */
  readonly statements: readonly StatementEvent[]
  readonly app: Kysely<AppTables>
  /** Where it is, for a process of its own: a path for SQLite. */
  readonly url: string
  /** One more node, whose pool has one connection. */
  readonly small: () => Storage
  close(): Promise<void>
}

/** A storage of one node, with a pool of the usual size or of one connection. */
interface Opener {
  readonly url: string
  readonly open: (options?: { readonly log: (event: StatementEvent) => void }) => Storage
  readonly small: () => Storage
}

async function openSqlite(): Promise<TestDatabase> {
  const file = createTestFile()
  const opener: Opener = {
    url: file.path,
    open: (options) => sqlite(file.path, options),
    small: () => sqlite(file.path),
  }
  return finish(opener, new Kysely({ dialect: sqliteDialect(file.path) }), async () => file.remove())
}

async function openServer(server: TestServer, openerOf: (url: string) => Opener): Promise<TestDatabase> {
  const database = await createTestDatabase(server)
  if ('skipped' in database) throw new Error(database.skipped)
  return finish(openerOf(database.url), createTestKysely(server, database.url), () => database.drop())
}

async function finish(
  { url, open, small }: Opener,
  app: Kysely<AppTables>,
  remove: () => Promise<void>,
): Promise<TestDatabase> {
  const statements: StatementEvent[] = []
  const nodes = [open({ log: (event) => statements.push(event) }), open()] as const
  await app.schema
    .createTable('orders')
    .addColumn('buyer', 'varchar(36)', (column) => column.notNull())
    .execute()
  return {
    nodes,
    statements,
    app,
    url,
    small,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()))
      await app.destroy()
      await remove()
    },
  }
}

const openPostgres = () =>
  openServer('postgres', (url) => ({
    url,
    open: (options) => postgres(url, options),
    small: () => postgres(url, { poolSize: 1 }),
  }))
const openMysql = () =>
  openServer('mysql', (url) => ({
    url,
    open: (options) => mysql(url, options),
    small: () => mysql(url, { poolSize: 1 }),
  }))

/** The databases that can be tested here. With CI set, a missing server is a failure. */
export const databases = [
  { name: 'SQLite', open: openSqlite },
  ...((await hasTestServer('postgres')) ? [{ name: 'PostgreSQL', open: openPostgres }] : []),
  ...((await hasTestServer('mysql')) ? [{ name: 'MySQL', open: openMysql }] : []),
]
