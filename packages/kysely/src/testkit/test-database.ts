import { secureRandom } from '@cardea/core/crypto'
import { Kysely } from 'kysely'
import { mysqlServer } from './mysql-server.js'
import { postgresServer } from './postgres-server.js'
import type { ServerParts } from './server-parts.js'

/** A server that tests find by its environment variable. */
export type TestServer = 'postgres' | 'mysql'

/** An empty database of a test's own: a schema where the server has schemas within databases. */
export interface TestDatabase {
  /** What the schema or database is called; its connections to PostgreSQL are called the same. */
  readonly name: string
  /** Connections that find and make their tables there. */
  readonly url: string
  /** Drops it with all that is in it. */
  drop(): Promise<void>
}

/** There is no server to test with, and why. */
export interface SkippedDatabase {
  readonly skipped: string
}

const servers: Readonly<Record<TestServer, ServerParts>> = { postgres: postgresServer, mysql: mysqlServer }

/** Where a server is: the variable `TEST_POSTGRES_URL` or `TEST_MYSQL_URL`, or this machine. */
export function testServerUrl(server: TestServer): string {
  const { variable, defaultUrl } = servers[server]
  return process.env[variable] ?? defaultUrl
}

/**
 * Makes an empty database for one test.
 *
 * @returns The database, or why there is none, where no server answers.
 * @throws Error where no server answers and the environment variable `CI` is set.
 */
export async function createTestDatabase(server: TestServer): Promise<TestDatabase | SkippedDatabase> {
  const parts = servers[server]
  const url = testServerUrl(server)
  const name = `cardea_test_${Buffer.from(secureRandom(6)).toString('hex')}`
  try {
    await parts.run(url, parts.create(name))
  } catch (cause) {
    const skipped = `no ${parts.name} answers at ${parts.variable}`
    if (process.env['CI']) throw new Error(`${skipped}, and CI is set`, { cause })
    return { skipped }
  }
  return { name, url: parts.at(new URL(url), name), drop: () => parts.run(url, parts.drop(name)) }
}

/**
 * Whether a server answers that can be tested with.
 *
 * @throws Error where none does and the environment variable `CI` is set.
 */
export async function hasTestServer(server: TestServer): Promise<boolean> {
  const database = await createTestDatabase(server)
  if ('skipped' in database) return false
  await database.drop()
  return true
}

/** An app's own Kysely on a database, which stays the test's to destroy. */
export const createTestKysely = <Tables>(server: TestServer, url: string): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: servers[server].dialect(url) })
