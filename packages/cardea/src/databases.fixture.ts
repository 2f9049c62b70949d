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
  close(): Promise<void>
}

/** A storage of one node. */
type Open = (options?: { readonly log: (event: StatementEvent) => void }) => Storage

async function openSqlite(): Promise<TestDatabase> {
  const file = createTestFile()
  return finish(
    (options) => sqlite(file.path, options),
    new Kysely({ dialect: sqliteDialect(file.path) }),
    async () => file.remove(),
  )
}

async function openServer(server: TestServer, storageOf: (url: string) => Open): Promise<TestDatabase> {
  const database = await createTestDatabase(server)
  if ('skipped' in database) throw new Error(database.skipped)
  return finish(storageOf(database.url), createTestKysely(server, database.url), () => database.drop())
}

async function finish(open: Open, app: Kysely<AppTables>, remove: () => Promise<void>): Promise<TestDatabase> {
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
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()))
      await app.destroy()
      await remove()
    },
  }
}

const openPostgres = () => openServer('postgres', (url) => (options) => postgres(url, options))
const openMysql = () => openServer('mysql', (url) => (options) => mysql(url, options))

/** The databases that can be tested here. With CI set, a missing server is a failure. */
export const databases = [
  { name: 'SQLite', open: openSqlite },
  ...((await hasTestServer('postgres')) ? [{ name: 'PostgreSQL', open: openPostgres }] : []),
  ...((await hasTestServer('mysql')) ? [{ name: 'MySQL', open: openMysql }] : []),
]
