import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import type { StatementEvent, Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { databaseKinds } from '../databases.js'
import { type Query, querySqlite, type Row } from '../query.js'

/** A storage whose statements are counted. */
export interface CountedStorage {
  readonly storage: Storage
  /** What ran so far, without BEGIN and COMMIT. */
  readonly statements: readonly string[]
  readonly drop: () => Promise<void>
}

/** The same on a database, which can be looked into past the storage. */
export interface OpenDatabase extends CountedStorage {
  readonly query: Query
}

/** A kind of database with Cardea's storage on it. */
export interface ProofDatabase {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MySQL'
  readonly open: () => Promise<OpenDatabase>
}

/** One connection that looks in, as often as it is asked. */
interface Inspector {
  readonly query: Query
  readonly end: () => Promise<void>
}

const inspectors: Readonly<Record<ProofDatabase['name'], (url: string) => Promise<Inspector>>> = {
  SQLite: async (url) => ({
    query: (sql) => querySqlite(url.slice('sqlite:'.length), sql),
    end: async () => undefined,
  }),
  PostgreSQL: async (url) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { query: async (sql) => (await client.query<Row>(sql)).rows, end: () => client.end() }
  },
  MySQL: async (url) => {
    const connection = await mysql2.createConnection({ uri: url })
    const query: Query = async (sql) => {
      const [rows] = await connection.query(sql)
      // What is asked here are tables and their rows.
      return rows as readonly Row[]
    }
    return { query, end: () => connection.end() }
  },
}

interface Log {
  readonly log: (event: StatementEvent) => void
}

const openers: Readonly<Record<ProofDatabase['name'], (url: string, options: Log) => Storage>> = {
  SQLite: (url, options) => sqlite(url.slice('sqlite:'.length), options),
  PostgreSQL: (url, options) => postgres(url, { ...options, poolSize: 5 }),
  MySQL: (url, options) => mysql(url, { ...options, poolSize: 5 }),
}

function counted(): Log & { readonly statements: readonly string[] } {
  const statements: string[] = []
  return {
    statements,
    log: ({ kind, sql }) => {
      if (kind === 'statement') statements.push(sql)
    },
  }
}

/** Those that can be tested here. With CI set, a missing server is a failure. */
export const proofDatabases: readonly ProofDatabase[] = databaseKinds.map(({ name, create }) => ({
  name,
  open: async () => {
    const database = await create()
    const { log, statements } = counted()
    const storage = openers[name](database.url, { log })
    const inspector = await inspectors[name](database.url)
    return {
      storage,
      statements,
      query: inspector.query,
      drop: async () => {
        await inspector.end()
        await storage.close()
        await database.drop()
      },
    }
  },
}))

/** All storages that there are. */
export const proofStorages: readonly { readonly name: string; readonly open: () => Promise<CountedStorage> }[] = [
  {
    name: 'the memory',
    open: async () => {
      const { log, statements } = counted()
      const storage = createMemoryStorage({ log })
      return { storage, statements, drop: () => storage.close() }
    },
  },
  ...proofDatabases,
]
