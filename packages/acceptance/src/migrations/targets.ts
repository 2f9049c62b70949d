import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestDatabase, createTestFile } from '@cardea/kysely/testkit'
import type { Storage } from '@cardea/storage'
import { databaseKinds } from '../databases.js'
import { type Query, querySqlite, type Row, serverQueries } from '../query.js'
import type { Job } from './migrator.js'

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
  readonly query: Query
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
  const file = createTestFile()
  const { path } = file
  const opened: Storage[] = []
  const query: Query = (sql) => querySqlite(path, sql)
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
      return { schema, rows: await dumpRows(query, tables) }
    },
    drop: async () => {
      await Promise.all(opened.map((storage) => storage.close()))
      file.remove()
    },
  }
}

const postgresCatalogue: Readonly<Record<string, string>> = {
  relations: `select relname, relkind, reloptions from pg_class where relnamespace = current_schema()::regnamespace order by 1`,
  columns: `select table_name, ordinal_position, column_name, data_type, collation_name, is_nullable, column_default
    from information_schema.columns where table_schema = current_schema() order by 1, 2`,
  indexes: `select indexdef from pg_indexes where schemaname = current_schema() order by 1`,
  constraints: `select conrelid::regclass::text as place, conname, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = current_schema()::regnamespace order by 1, 2`,
  triggers: `select pg_get_triggerdef(t.oid) as definition from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal order by 1`,
  functions: `select proname, prosrc from pg_proc where pronamespace = current_schema()::regnamespace order by 1`,
}

/** The catalogue of a schema; the rows are read from what it calls tables. */
async function dumpPostgres(query: Query): Promise<Dump> {
  const found: Record<string, readonly Row[]> = {}
  for (const [name, sql] of Object.entries(postgresCatalogue)) found[name] = await query(sql)
  const tables = (found['relations'] ?? []).flatMap(({ relname, relkind }) =>
    relkind === 'r' ? [String(relname)] : [],
  )
  return { schema: found, rows: await dumpRows(query, tables) }
}

/** What the server itself would write down to make everything again. */
async function dumpMysql(query: Query): Promise<Dump> {
  const relations = await query(
    'select table_name as name, table_type as type from information_schema.tables where table_schema = database() order by 1',
  )
  const created: unknown[] = []
  for (const { name } of relations) created.push(...(await query(`show create table ${String(name)}`)))
  const triggers = await query(
    'select trigger_name, event_object_table, action_timing, event_manipulation, action_statement from information_schema.triggers where trigger_schema = database() order by 1',
  )
  const tables = relations.flatMap(({ name, type }) => (type === 'BASE TABLE' ? [String(name)] : []))
  return { schema: { relations, created, triggers }, rows: await dumpRows(query, tables) }
}

/** A place on a server that other tests use as well. */
const onServer =
  (
    server: 'postgres' | 'mysql',
    open: (url: string, options?: { readonly prefix?: string }) => Storage,
    dump: (query: Query) => Promise<Dump>,
  ) =>
  async (): Promise<Target> => {
    const database = await createTestDatabase(server)
    if ('skipped' in database) throw new Error(database.skipped)
    const { name, url } = database
    const opened: Storage[] = []
    const query: Query = (sql) => serverQueries[server](url, sql)
    return {
      url,
      open: (options) => {
        const storage = open(url, options)
        opened.push(storage)
        return storage
      },
      execute: async (sql) => {
        await query(sql)
      },
      query,
      // Where it is differs each time.
      dump: async () => JSON.parse(JSON.stringify(await dump(query)).replaceAll(name, 'here')) as Dump,
      drop: async () => {
        await Promise.all(opened.map((storage) => storage.close()))
        await database.drop()
      },
    }
  }

const createPostgres = onServer('postgres', postgres, dumpPostgres)
const createMysql = onServer('mysql', mysql, dumpMysql)

const known: readonly (Dialect & { readonly kind: string })[] = [
  { name: 'SQLite (node:sqlite)', kind: 'SQLite', driver: 'node:sqlite', isServer: false, create: createSqlite },
  { name: 'SQLite (better-sqlite3)', kind: 'SQLite', driver: 'better-sqlite3', isServer: false, create: createSqlite },
  { name: 'PostgreSQL', kind: 'PostgreSQL', driver: 'pg', isServer: true, create: createPostgres },
  { name: 'MySQL', kind: 'MySQL', driver: 'mysql2', isServer: true, create: createMysql },
]

/** The dialects that can be tested here. */
export const dialects: readonly Dialect[] = known.filter(({ kind }) => databaseKinds.some(({ name }) => name === kind))
