import { createTestDatabase, createTestFile, hasTestServer, type TestServer } from '@cardea/kysely/testkit'
import { rounds } from '@cardea/storage/testkit'
import { type Query, querySqlite, serverQueries } from './query.js'

/** An empty database of a test's own. */
export interface TestDatabase {
  readonly url: string
  /** Looks into it past the server. */
  readonly query: Query
  drop(): Promise<void>
}

/** A kind of database that the tests run on. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MySQL'
  readonly create: () => Promise<TestDatabase>
}

const sqlite: DatabaseKind = {
  name: 'SQLite',
  create: async () => {
    const file = createTestFile()
    return { url: `sqlite:${file.path}`, query: (sql) => querySqlite(file.path, sql), drop: async () => file.remove() }
  },
}

const onServer = (name: DatabaseKind['name'], server: TestServer): DatabaseKind => ({
  name,
  create: async () => {
    const database = await createTestDatabase(server)
    if ('skipped' in database) throw new Error(database.skipped)
    return { ...database, query: (sql) => serverQueries[server](database.url, sql) }
  },
})

/**
 * Whether black-box tests run on MySQL, too. Where there is little time they run on SQLite and one server; what is particular to
 * MySQL is tested in the packages at any time.
 */
const withMysql = rounds({ test: 0, ci: 1, long: 1 }) === 1 && (await hasTestServer('mysql'))

/** The kinds that can be tested here. With CI set, a missing server is a failure. */
export const databaseKinds: readonly DatabaseKind[] = [
  sqlite,
  ...((await hasTestServer('postgres')) ? [onServer('PostgreSQL', 'postgres')] : []),
  ...(withMysql ? [onServer('MySQL', 'mysql')] : []),
]

/**
 * For what does not depend on the database but takes long on each: all of them only where there is all the time, and one at a desk. The contract, migrations
 * and statements are tested on each kind at any time.
 */
export const proofKinds: readonly DatabaseKind[] = databaseKinds.slice(0, rounds({ test: 1, ci: 2, long: 3 }))
