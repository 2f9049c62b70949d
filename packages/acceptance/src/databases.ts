import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { temporaryFolder } from './demo-server.js'

/** An empty database of a test's own. */
export interface TestDatabase {
  readonly url: string
  /** Looks into it past the server. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  drop(): Promise<void>
}

/** A kind of database that the tests run on. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL'
  create(): Promise<TestDatabase>
}

export const postgresUrl = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'

const sqlite: DatabaseKind = {
  name: 'SQLite',
  create: async () => {
    const path = join(temporaryFolder(), 'app.db')
    return {
      url: `sqlite:${path}`,
      query: async (sql) => {
        const database = new DatabaseSync(path, { timeout: 2_000 })
        try {
          return database.prepare(sql).all()
        } finally {
          database.close()
        }
      },
      drop: async () => undefined,
    }
  },
}

const postgres: DatabaseKind = {
  name: 'PostgreSQL',
  create: async () => {
    const name = `cardea_acceptance_${randomBytes(6).toString('hex')}`
    await administer(`create database ${name}`)
    const url = new URL(postgresUrl)
    url.pathname = `/${name}`
    return {
      url: url.href,
      query: (sql) => administer(sql, url.href),
      drop: async () => {
        await administer(`drop database ${name} with (force)`)
      },
    }
  },
}

async function administer(sql: string, url = postgresUrl): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function answers(): Promise<boolean> {
  try {
    await administer('select 1')
    return true
  } catch (error) {
    if (process.env['CI']) throw new Error('TEST_POSTGRES_URL: no PostgreSQL answers, and CI is set', { cause: error })
    return false
  }
}

/** The kinds that can be tested here. With CI set, a missing server is a failure. */
export const databaseKinds: readonly DatabaseKind[] = (await answers()) ? [sqlite, postgres] : [sqlite]
