import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import type { StatementEvent, Storage, StorageOperations } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { proofKinds } from '../databases.js'
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
export const proofDatabases: readonly ProofDatabase[] = proofKinds.map(({ name, create }) => ({
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

/** How many rows each write has met, in the order of the writes. */
export interface NotedWrites {
  readonly storage: Storage
  readonly writes: readonly { readonly table: string; readonly rows: number }[]
}

/** The same storage, which notes what it writes: a statement that meets no row costs less than one that meets some. */
export function noteWrites(storage: Storage): NotedWrites {
  const writes: { readonly table: string; readonly rows: number }[] = []
  const noted = async (table: { readonly name: string }, written: Promise<number>): Promise<number> => {
    const rows = await written
    writes.push({ table: table.name, rows })
    return rows
  }
  const noting = (operations: StorageOperations): StorageOperations => ({
    insert: (table, rows, options) => noted(table, operations.insert(table, rows, options)),
    update: (table, query) => noted(table, operations.update(table, query)),
    delete: (table, where) => noted(table, operations.delete(table, where)),
    find: (table, query, params) => operations.find(table, query, params),
    findOne: (table, query, params) => operations.findOne(table, query, params),
    consume: (table, where) => operations.consume(table, where),
    count: (table, where) => operations.count(table, where),
  })
  const transaction: Storage['transaction'] = (work) => storage.transaction((operations) => work(noting(operations)))
  return { storage: { ...storage, ...noting(storage), transaction }, writes }
}

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
