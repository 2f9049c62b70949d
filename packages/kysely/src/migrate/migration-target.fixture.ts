import { DatabaseSync } from 'node:sqlite'
import {
  defineTable,
  integer,
  nullable,
  references,
  type Storage,
  type Table,
  text,
  withDefault,
} from '@cardea/storage'
import type { RowDataPacket } from 'mysql2'
import { afterEach } from 'vitest'
import type { SqlDriver } from '../driver/sql-driver.js'
import { StatementLog } from '../driver/statement-log.js'
import { createMysqlParts, mysql } from '../mysql/mysql.js'
import { createMysqlDriver } from '../mysql/mysql-driver.js'
import { createMysqlMigrations } from '../mysql/mysql-migrations.js'
import { createTestMysql, type TestMysql } from '../mysql/open-mysql.fixture.js'
import { ownPool as ownMysqlPool } from '../mysql/pool.js'
import { createTestSchema, type TestSchema } from '../postgres/open-postgres.fixture.js'
import { ownPool } from '../postgres/pool.js'
import { createPostgresParts, postgres } from '../postgres/postgres.js'
import { createPostgresDriver } from '../postgres/postgres-driver.js'
import { createPostgresMigrations } from '../postgres/postgres-migrations.js'
import { toSqliteSource } from '../sqlite/source.js'
import { createSqliteParts, sqlite } from '../sqlite/sqlite.js'
import { SqliteDriver } from '../sqlite/sqlite-driver.js'
import { createSqliteMigrations } from '../sqlite/sqlite-migrations.js'
import { checkOptions } from '../storage/options.js'
import type { StorageParts } from '../storage/parts.js'
import { createTestFile } from '../testkit/test-file.js'
import type { MigrationEnvironment } from './environment.js'
import { Migrator } from './migrator.js'

export const parents = defineTable('cardea_parents', {
  columns: { id: text(36), name: withDefault(text(), "it's"), epoch: withDefault(integer(), 0) },
  primaryKey: ['id'],
  unique: { name: ['name'] },
  initialRows: [{ id: 'first' }],
})
export const children = defineTable('cardea_children', {
  columns: { id: text(36), parent_id: references(text(36), 'cardea_parents', 'id', 'cascade'), at: integer() },
  primaryKey: ['id'],
  indexes: { parent: ['parent_id', 'at'] },
  afterDelete: {
    table: 'cardea_parents',
    where: { column: 'id', deleted: 'parent_id' },
    set: { name: "gone's" },
    increment: { epoch: 1 },
  },
})
/** The same tables a version later. */
export const widerChildren = defineTable('cardea_children', {
  columns: { ...children.columns, note: nullable(text()), level: withDefault(integer(), 3) },
  primaryKey: ['id'],
  unique: { note: ['note'] },
  indexes: { parent: ['parent_id', 'at'], level: ['level'] },
  ...(children.afterDelete === undefined ? {} : { afterDelete: children.afterDelete }),
})

/** Cleans up after the test, in reverse order. */
export const cleanups: (() => unknown)[] = []
afterEach(cleanUp)

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
}

/** A database whose process can be killed at any statement of a migration. */
export interface Target {
  migrate(tables: readonly Table[]): Promise<unknown>
  /** Migrates and dies before its nth statement. @returns Whether it got that far. */
  crash(tables: readonly Table[], statement: number): Promise<boolean>
  storage(): Storage
  dump(): Promise<unknown>
  /** Runs SQL past the adapter. */
  execute(sql: string): Promise<void>
}

/** A file past which SQL can be run. */
export interface SqliteTarget extends Target {
  readonly path: string
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** A database past which SQL can be run. */
interface MysqlTarget extends Target {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** A driver that fails from its nth statement on, also to commit and to roll back, as after a kill. */
function failingFrom(driver: SqlDriver, statement: number): { readonly driver: SqlDriver; reached(): boolean } {
  let count = 0
  const counted =
    <Values extends readonly unknown[], Result>(run: (...values: Values) => Result) =>
    async (...values: Values): Promise<Awaited<Result>> => {
      count += 1
      if (count >= statement) throw new Error('killed')
      return await run(...values)
    }
  const failing: SqlDriver = {
    readOne: driver.readOne.bind(driver),
    read: driver.read.bind(driver),
    write: driver.write.bind(driver),
    transaction: driver.transaction.bind(driver),
    close: driver.close.bind(driver),
    pinned: (work) =>
      driver.pinned((session) =>
        work({
          readOne: counted((text, values) => session.readOne(text, values)),
          read: counted((text, values) => session.read(text, values)),
          write: counted((text, values) => session.write(text, values)),
          command: counted((sql) => session.command(sql)),
        }),
      ),
  }
  return { driver: failing, reached: () => count >= statement }
}

export async function openSqliteTarget(
  change?: (environment: MigrationEnvironment) => MigrationEnvironment,
): Promise<SqliteTarget> {
  const file = createTestFile()
  cleanups.push(() => file.remove())
  const parts = createSqliteParts(undefined, () => 1)
  const own = createSqliteMigrations(parts.context.dialect.builder)
  const environment = change?.(own) ?? own
  const open = () =>
    new SqliteDriver({ source: toSqliteSource(file.path), log: new StatementLog(undefined), synchronous: 'normal' })
  const query = async (sql: string) => {
    const database = new DatabaseSync(file.path, { timeout: 1_000 })
    try {
      return database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    } finally {
      database.close()
    }
  }
  return {
    path: file.path,
    query,
    execute: async (sql) => {
      await query(sql)
    },
    migrate: async (tables) => {
      const driver = open()
      await new Migrator({ parts, driver, environment }).migrate(tables)
      await driver.close()
    },
    crash: async (tables, statement) => {
      const failing = failingFrom(open(), statement)
      await new Migrator({ parts, driver: failing.driver, environment }).migrate(tables).catch(() => {})
      await failing.driver.close()
      return failing.reached()
    },
    storage: () => {
      const storage = sqlite(file.path)
      cleanups.push(() => storage.close())
      return storage
    },
    dump: async () => {
      const database = new DatabaseSync(file.path)
      const schema = database.prepare('select type, name, tbl_name, sql from sqlite_master order by type, name').all()
      const rows = database.prepare('select number, name, table_name, state from cardea_migrations').all()
      const first = database.prepare('select * from cardea_parents').all()
      database.close()
      return JSON.parse(JSON.stringify({ schema, rows, first }))
    },
  }
}

export async function openPostgresTarget(): Promise<Target | undefined> {
  const schema = await createTestSchema()
  if ('skipped' in schema) return undefined
  cleanups.push(() => schema.drop())
  const parts = createPostgresParts(checkOptions('postgres', { clock: () => 1 }))
  return openTarget({
    parts,
    environment: createPostgresMigrations(parts, undefined),
    open: () =>
      createPostgresDriver({
        pools: ownPool(schema.url, 2),
        log: new StatementLog(undefined),
        statementTimeoutMilliseconds: 1_500,
      }),
    openStorage: () => postgres(schema.url),
    dump: () => dumpPostgres(schema),
    execute: async (sql) => {
      await schema.admin.query(`begin; set local search_path = ${schema.name}; ${sql}; commit`)
    },
  })
}

export async function openMysqlTarget(): Promise<MysqlTarget | undefined> {
  const database = await createTestMysql()
  if ('skipped' in database) return undefined
  cleanups.push(() => database.drop())
  const parts = createMysqlParts(checkOptions('mysql', { clock: () => 1 }))
  const target = openTarget({
    parts,
    environment: createMysqlMigrations(parts),
    open: () =>
      createMysqlDriver({
        pools: ownMysqlPool(database.url, 2),
        log: new StatementLog(undefined),
        statementTimeoutMilliseconds: 1_500,
      }),
    openStorage: () => mysql(database.url),
    dump: () => dumpMysql(database),
    execute: async (sql) => {
      await database.admin.query(sql)
    },
  })
  return { ...target, query: async (sql) => (await database.admin.query<RowDataPacket[]>(sql))[0] }
}

/** What a target on a server is made of. */
interface ServerTarget {
  readonly parts: StorageParts
  readonly environment: MigrationEnvironment
  open(): SqlDriver
  openStorage(): Storage
  dump(): Promise<unknown>
  execute(sql: string): Promise<void>
}

function openTarget(server: ServerTarget): Target {
  const { parts, environment } = server
  return {
    migrate: async (tables) => {
      const driver = server.open()
      await new Migrator({ parts, driver, environment }).migrate(tables)
      await driver.close()
    },
    crash: async (tables, statement) => {
      const failing = failingFrom(server.open(), statement)
      await new Migrator({ parts, driver: failing.driver, environment }).migrate(tables).catch(() => {})
      await failing.driver.close()
      return failing.reached()
    },
    storage: () => {
      const storage = server.openStorage()
      cleanups.push(() => storage.close())
      return storage
    },
    dump: () => server.dump(),
    execute: (sql) => server.execute(sql),
  }
}

async function dumpPostgres({ admin, name }: TestSchema): Promise<unknown> {
  const queries = [
    `select table_name, column_name, data_type, collation_name, is_nullable, column_default from information_schema.columns where table_schema = $1 order by 1, 2`,
    `select indexdef from pg_indexes where schemaname = $1 order by 1`,
    `select conrelid::regclass::text as place, pg_get_constraintdef(oid) as definition from pg_constraint where connamespace = $1::text::regnamespace order by 1, 2`,
    `select pg_get_triggerdef(t.oid) as definition from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = $1::text::regnamespace and not t.tgisinternal order by 1`,
    `select proname, prosrc from pg_proc where pronamespace = $1::text::regnamespace order by 1`,
  ]
  const parts: unknown[] = []
  for (const query of queries) parts.push((await admin.query(query, [name])).rows)
  parts.push(
    (await admin.query(`select number, name, table_name, state from ${name}.cardea_migrations order by 1`)).rows,
  )
  parts.push((await admin.query(`select * from ${name}.cardea_parents`)).rows)
  return JSON.parse(JSON.stringify(parts).replaceAll(name, 'schema'))
}

async function dumpMysql({ admin, name }: TestMysql): Promise<unknown> {
  const queries = [
    'select table_name, column_name, column_type, collation_name, is_nullable, column_default from information_schema.columns where table_schema = database() order by 1, 2',
    'select table_name, index_name, seq_in_index, column_name, non_unique from information_schema.statistics where table_schema = database() order by 1, 2, 3',
    'select table_name, constraint_name, referenced_table_name, delete_rule from information_schema.referential_constraints where constraint_schema = database() order by 1, 2',
    'select trigger_name, event_object_table, action_statement from information_schema.triggers where trigger_schema = database() order by 1',
    'select table_name, engine, row_format, table_collation from information_schema.tables where table_schema = database() order by 1',
    'select number, name, table_name, state from cardea_migrations order by 1',
    'select * from cardea_parents',
  ]
  const parts: unknown[] = []
  for (const query of queries) parts.push((await admin.query(query))[0])
  return JSON.parse(JSON.stringify(parts).replaceAll(name, 'database'))
}

/** No transaction around anything, as where the schema of a database has none. */
export const withoutTransactions = (environment: MigrationEnvironment): MigrationEnvironment => ({
  open: (session) => environment.open(session),
  locked: (_session, work) => work(),
  atomically: (_session, work) => work(),
  change: (session, sql, patience) => environment.change(session, sql, patience),
})
