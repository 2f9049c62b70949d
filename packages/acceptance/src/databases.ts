import { createTestDatabase, createTestFile, hasTestServer, type TestServer } from '@cardea/kysely/testkit'

/** An empty database of a test's own. */
export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** A kind of database that the tests run on. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MySQL'
  create(): Promise<TestDatabase>
}

const sqlite: DatabaseKind = {
  name: 'SQLite',
  create: async () => {
    const file = createTestFile()
    return { url: `sqlite:${file.path}`, drop: async () => file.remove() }
  },
}

const onServer = (name: DatabaseKind['name'], server: TestServer): DatabaseKind => ({
  name,
  create: async () => {
    const database = await createTestDatabase(server)
    if ('skipped' in database) throw new Error(database.skipped)
    return database
  },
})

/** The kinds that can be tested here. With CI set, a missing server is a failure. */
export const databaseKinds: readonly DatabaseKind[] = [
  sqlite,
  ...((await hasTestServer('postgres')) ? [onServer('PostgreSQL', 'postgres')] : []),
  ...((await hasTestServer('mysql')) ? [onServer('MySQL', 'mysql')] : []),
]
