import { randomBytes } from 'node:crypto'
import type { StatementEvent } from '@cardea/storage'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { AnyTables } from '../dialect/builder.js'
import { postgres } from './postgres.js'

/** Where the tests find PostgreSQL. */
export const postgresUrl = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'

/** A schema for one test. */
export interface TestSchema {
  readonly name: string
  /** Connections whose search path leads to the schema. */
  readonly url: string
  /** Connections past the adapter. */
  readonly admin: pg.Pool
  drop(): Promise<void>
}

/**
 * Makes a schema of its own for a test.
 *
 * @returns Why there is none, where no server answers. In continuous integration that is an error.
 */
export async function createTestSchema(): Promise<TestSchema | { readonly skipped: string }> {
  const name = `cardea_test_${randomBytes(6).toString('hex')}`
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 2, connectionTimeoutMillis: 3_000 })
  admin.on('error', () => {})
  try {
    await admin.query(`create schema ${name}`)
  } catch (error) {
    await admin.end()
    if (process.env['CI'] !== undefined) throw error
    return { skipped: 'no PostgreSQL answers at TEST_POSTGRES_URL' }
  }
  const url = new URL(postgresUrl)
  url.searchParams.set('options', `-c search_path=${name}`)
  // By this name a test finds its own connections on the server.
  url.searchParams.set('application_name', name)
  return {
    name,
    url: url.href,
    admin,
    drop: async () => {
      await admin.query(`drop schema ${name} cascade`)
      await admin.end()
    },
  }
}

/** What to add to the name of a group of tests that is skipped. */
export const skippedBecause = (schema: TestSchema | { readonly skipped: string }): string =>
  'skipped' in schema ? ` (${schema.skipped})` : ''

/** An app's own Kysely on the schema. */
export function createApp(url: string): Kysely<AnyTables> {
  const pool = new pg.Pool({ connectionString: url, max: 5 })
  pool.on('error', () => {})
  // Kysely does not listen while it uses a connection, so one that is lost would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<AnyTables>({ dialect: new PostgresDialect({ pool }) })
}

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
