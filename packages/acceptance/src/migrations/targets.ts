import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import type { Storage } from '@cardea/storage'
import pg from 'pg'
import { databaseKinds, postgresUrl } from '../databases.js'
import type { Job } from './migrator.js'

type Row = Readonly<Record<string, unknown>>

/** Everything in a database that can be compared: what its catalogue says, and the rows of every table. */
export interface Dump {
  readonly schema: unknown
  readonly rows: Readonly<Record<string, readonly Row[]>>
}

/** An empty place for tables. */
export interface Target {
  readonly url: string
  /** Another storage on it, as a node has it. */
  open(options?: { readonly prefix?: string }): Storage
  execute(sql: string): Promise<void>
  query(sql: string): Promise<readonly Row[]>
  dump(): Promise<Dump>
  drop(): Promise<void>
}

/** A database and the driver by which it is reached. */
export interface Dialect {
  readonly name: string
  readonly driver: Job['driver']
  /** Whether a statement can be on its way while its sender dies. */
  readonly isServer: boolean
  create(): Promise<Target>
}

/** What the ledger notes of the time is different each time. */
const timeless = (row: Row): Row => {
  const { started_at: _started, applied_at: _applied, ...rest } = row
  return { ...rest }
}

async function dumpRows(query: Target['query'], tables: readonly string[]): Promise<Dump['rows']> {
  const rows: Record<string, readonly Row[]> = {}
  for (const table of tables) {
    const found = (await query(`select * from ${table}`)).map(timeless)
    rows[table] = found.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
  }
  return rows
}

async function createSqlite(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-migrations-'))
  const path = join(folder, 'app.db')
  const opened: Storage[] = []
  const query = async (sql: string): Promise<readonly Row[]> => {
    const database = new DatabaseSync(path, { timeout: 2_000 })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }
  return {
    url: path,
    open: (options) => {
      const storage = sqlite(path, options)
      opened.push(storage)
      return storage
    },
    execute: async (sql) => {
      await query(sql)
    },
    query,
    dump: async () => {
      const schema = await query('select type, name, tbl_name, sql from sqlite_master order by type, name')
      const tables = schema.flatMap(({ type, name }) => (type === 'table' ? [String(name)] : []))
      return { schema: schema.map((row) => ({ ...row })), rows: await dumpRows(query, tables) }
    },
    drop: async () => {
      await Promise.all(opened.map((storage) => storage.close()))
      rmSync(folder, { recursive: true })
    },
  }
}

const postgresCatalogue: Readonly<Record<string, string>> = {
  relations: `select relname, relkind, reloptions from pg_class where relnamespace = $1::text::regnamespace order by 1`,
  columns: `select table_name, ordinal_position, column_name, data_type, collation_name, is_nullable, column_default
    from information_schema.columns where table_schema = $1 order by 1, 2`,
  indexes: `select indexdef from pg_indexes where schemaname = $1 order by 1`,
  constraints: `select conrelid::regclass::text as place, conname, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = $1::text::regnamespace order by 1, 2`,
  triggers: `select pg_get_triggerdef(t.oid) as definition from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = $1::text::regnamespace and not t.tgisinternal order by 1`,
  functions: `select proname, prosrc from pg_proc where pronamespace = $1::text::regnamespace order by 1`,
}

async function createPostgres(): Promise<Target> {
  const schema = `cardea_migrations_${randomBytes(6).toString('hex')}`
  const url = new URL(postgresUrl)
  url.searchParams.set('options', `-c search_path=${schema}`)
  url.searchParams.set('application_name', schema)
  const admin = new pg.Pool({ connectionString: url.href, max: 1 })
  const opened: Storage[] = []
  await admin.query(`create schema ${schema}`)
  const query = async (sql: string): Promise<readonly Row[]> => (await admin.query<Row>(sql)).rows
  return {
    url: url.href,
    open: (options) => {
      const storage = postgres(url.href, options)
      opened.push(storage)
      return storage
    },
    execute: async (sql) => {
      await query(sql)
    },
    query,
    dump: async () => {
      const found: Record<string, readonly Row[]> = {}
      for (const [name, sql] of Object.entries(postgresCatalogue)) {
        found[name] = (await admin.query<Row>(sql, [schema])).rows
      }
      const tables = (found['relations'] ?? []).flatMap(({ relname, relkind }) =>
        relkind === 'r' ? [String(relname)] : [],
      )
      return {
        schema: JSON.parse(JSON.stringify(found).replaceAll(schema, 'the schema')),
        rows: await dumpRows(query, tables),
      }
    },
    drop: async () => {
      await Promise.all(opened.map((storage) => storage.close()))
      await admin.query(`drop schema ${schema} cascade`)
      await admin.end()
    },
  }
}

const known: readonly (Dialect & { readonly kind: string })[] = [
  { name: 'SQLite (node:sqlite)', kind: 'SQLite', driver: 'node:sqlite', isServer: false, create: createSqlite },
  { name: 'SQLite (better-sqlite3)', kind: 'SQLite', driver: 'better-sqlite3', isServer: false, create: createSqlite },
  { name: 'PostgreSQL', kind: 'PostgreSQL', driver: 'pg', isServer: true, create: createPostgres },
]

/** The dialects that can be tested here. */
export const dialects: readonly Dialect[] = known.filter(({ kind }) => databaseKinds.some(({ name }) => name === kind))
