import { type Dialect, Kysely, sql } from 'kysely'
import { sqliteDialect } from '../sqlite/sqlite-dialect.js'
import { createTestDatabase, createTestKysely } from '../testkit/test-database.js'
import { createTestFile } from '../testkit/test-file.js'
import type { FilterDialect } from './dialect-of.js'

/** A table of an app, with collations that find more equal than bytes do wherever the database has such. */
export interface AppTables {
  readonly things: {
    readonly id: string
    readonly plain: string | null
    readonly hostile: string | null
    readonly padded: string | null
    readonly latin: string | null
    readonly owner: string | null
    readonly amount: number | null
    readonly small: number | null
    readonly ratio: number | null
    readonly flag: boolean | null
    readonly made_at: Date | null
  }
}

export type Thing = AppTables['things']

export interface OpenApp {
  readonly db: Kysely<AppTables>
  close(): Promise<void>
}

/** A kind of database, and how to make the table there; undefined where no server answers. */
export interface AppDatabase {
  readonly name: FilterDialect
  /** How `true` is bound. */
  readonly flag: (value: boolean | null) => boolean | number | null
  /** Values that this database can hold beside those that all can. */
  readonly ownTexts: readonly string[]
  readonly ownDoubles: readonly number[]
  readonly open: () => Promise<OpenApp | undefined>
}

const toNumber = (value: boolean | null): number | null => (value === null ? null : Number(value))

const sqlite: AppDatabase = {
  name: 'sqlite',
  flag: toNumber,
  ownTexts: ['\u0000', 'a\u0000', 'a\u0000b'],
  ownDoubles: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  open: async () => {
    const file = createTestFile()
    const dialect: Dialect = sqliteDialect(file.path)
    const db = new Kysely<AppTables>({ dialect })
    await sql`create table things (
      id text primary key,
      plain text,
      hostile text collate nocase,
      padded varchar(20) collate rtrim,
      latin text collate nocase,
      owner text,
      amount integer,
      small smallint,
      ratio real,
      flag boolean,
      made_at datetime
    )`.execute(db)
    await sql`create index hostile on things (hostile)`.execute(db)
    return {
      db,
      close: async () => {
        await db.destroy()
        file.remove()
      },
    }
  },
}

const postgres: AppDatabase = {
  name: 'postgres',
  flag: (value) => value,
  ownTexts: [],
  ownDoubles: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  open: async () => {
    const database = await createTestDatabase('postgres')
    if ('skipped' in database) return undefined
    const db = createTestKysely<AppTables>('postgres', database.url)
    await sql`create collation blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`.execute(db)
    await sql`create table things (
      id varchar(36) primary key,
      plain text collate "C",
      hostile text collate blind,
      padded varchar(20) collate blind,
      latin text collate "und-x-icu",
      owner uuid,
      amount bigint,
      small smallint,
      ratio double precision,
      flag boolean,
      made_at timestamptz
    )`.execute(db)
    await sql`create index hostile on things (hostile)`.execute(db)
    return {
      db,
      close: async () => {
        await db.destroy()
        await database.drop()
      },
    }
  },
}

const mysql: AppDatabase = {
  name: 'mysql',
  flag: toNumber,
  ownTexts: ['\u0000', 'a\u0000', 'a\u0000b'],
  ownDoubles: [],
  open: async () => {
    const database = await createTestDatabase('mysql')
    if ('skipped' in database) return undefined
    const db = createTestKysely<AppTables>('mysql', database.url)
    await sql`create table things (
      id varchar(36) character set ascii primary key,
      plain varchar(20) character set utf8mb4 collate utf8mb4_bin,
      hostile varchar(20) character set utf8mb4 collate utf8mb4_general_ci,
      padded text character set utf8mb4 collate utf8mb4_unicode_ci,
      latin varchar(20) character set latin1 collate latin1_swedish_ci,
      owner char(36) character set utf8mb4 collate utf8mb4_general_ci,
      amount bigint,
      small smallint unsigned,
      ratio double,
      flag tinyint(1),
      made_at datetime(3),
      index hostile (hostile)
    ) engine=InnoDB`.execute(db)
    return {
      db,
      close: async () => {
        await db.destroy()
        await database.drop()
      },
    }
  },
}

export const appDatabases: readonly AppDatabase[] = [sqlite, postgres, mysql]
