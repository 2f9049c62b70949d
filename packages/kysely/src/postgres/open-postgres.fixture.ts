import type { StatementEvent } from '@cardea/storage'
import type { Kysely } from 'kysely'
import pg from 'pg'
import type { AnyTables } from '../dialect/builder.js'
import {
  createTestDatabase,
  createTestKysely,
  type SkippedDatabase,
  type TestDatabase,
  testServerUrl,
} from '../testkit/test-database.js'
import { postgres } from './postgres.js'

/** Where the tests find PostgreSQL. */
export const postgresUrl = testServerUrl('postgres')

/** A schema for one test. */
export interface TestSchema extends TestDatabase {
  /** Connections past the adapter. */
  readonly admin: pg.Pool
}

/**
 * Makes a schema of its own for a test.
 *
 * @returns Why there is none, where no server answers. In continuous integration that is an error.
 */
export async function createTestSchema(): Promise<TestSchema | SkippedDatabase> {
  const database = await createTestDatabase('postgres')
  if ('skipped' in database) return database
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 2, connectionTimeoutMillis: 3_000 })
  admin.on('error', () => {})
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
export const skippedBecause = (schema: TestSchema | SkippedDatabase): string =>
  'skipped' in schema ? ` (${schema.skipped})` : ''

/** An app's own Kysely on the schema. */
export const createApp = (url: string): Kysely<AnyTables> => createTestKysely('postgres', url)

/** Storage by URL, and another on the same schema. */
export async function openPostgresUrl() {
  const schema = await createTestSchema()
  if ('skipped' in schema) return schema
  const events: StatementEvent[] = []
  const storage = postgres(schema.url, { log: (event) => events.push(event) })
  // The same tables, found by their schema's name rather than by the search path.
  const second = postgres(postgresUrl, { schema: schema.name })
  const app = createApp(schema.url)
  return opened(schema, storage, second, events, app)
}

/** Storage on the app's Kysely instance. */
export async function openPostgresKysely() {
  const schema = await createTestSchema()
  if ('skipped' in schema) return schema
  const events: StatementEvent[] = []
  const app = createApp(schema.url)
  const storage = postgres(app, { log: (event) => events.push(event) })
  return opened(schema, storage, postgres(schema.url), events, app)
}

function opened(
  schema: TestSchema,
  storage: ReturnType<typeof postgres>,
  second: ReturnType<typeof postgres>,
  events: readonly StatementEvent[],
  app: Kysely<AnyTables>,
) {
  const { admin, name } = schema
  return {
    storage,
    second,
    events,
    execute: async (sql: string) => {
      const client = await admin.connect()
      try {
        await client.query(`set search_path = ${name}`)
        await client.query(sql)
      } finally {
        client.release(true)
      }
    },
    inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => app.transaction().execute(work),
    close: async () => {
      await storage.close()
      await second.close()
      await app.destroy()
      await schema.drop()
    },
  }
}
