import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { createTestDatabase, createTestFile, createTestKysely, type TestServer } from '@cardea/kysely/testkit'
import type { Storage } from 'cardea'
import { type Kysely, sql } from 'kysely'
import { openStorage } from '../peers/open-storage.ts'

/** How a database writes what the tables are filled with. */
export interface Words {
  readonly quote: (name: string) => string
  /** A number with zeros before it, between two texts. */
  readonly padded: (before: string, number: string, digits: number, after?: string) => string
  /** 43 letters and digits in no order, by a number. */
  readonly scattered: (number: string) => string
}

/** Statements on one connection. */
export interface BulkSession {
  readonly run: (statement: string) => Promise<unknown>
  readonly columnsOf: (table: string) => Promise<readonly string[]>
  /** Runs work without the checks that each single row would cost. */
  readonly unchecked: (table: string, work: () => Promise<void>) => Promise<void>
  readonly analyze: (table: string) => Promise<void>
}

/** A database of its own, that statements can be sent to. */
export interface SqlTarget {
  /** The path of its file, or its URL. */
  readonly location: string
  readonly words: Words
  /** Another storage on it, which is the caller's to close. */
  readonly open: () => Storage
  readonly bulk: <Result>(work: (session: BulkSession) => Promise<Result>) => Promise<Result>
  readonly drop: () => Promise<void>
}

/** A kind of database that large tables can be made in. */
export interface SqlKind {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MySQL'
  /** @returns Undefined where there is no server. */
  readonly create: () => Promise<SqlTarget | undefined>
}

const sqliteKind: SqlKind = {
  name: 'SQLite',
  create: async () => {
    const file = createTestFile()
    return {
      location: file.path,
      words: {
        quote: (name) => `"${name}"`,
        padded: (before, number, digits, after = '') =>
          `'${before}' || printf('%0${digits}d', ${number}) || '${after}'`,
        scattered: (number) => `bench_scattered(${number})`,
      },
      open: () => openStorage(file.path),
      bulk: async (work) => {
        const database = new DatabaseSync(file.path, { timeout: 5_000, enableForeignKeyConstraints: false })
        database.exec('pragma cache_size = -500000')
        database.function('bench_scattered', { deterministic: true }, scatteredByNumber)
        try {
          return await work(sessionOfFile(database))
        } finally {
          database.close()
        }
      },
      drop: async () => file.remove(),
    }
  },
}

const scatteredByNumber = (number: unknown): string => createHash('sha256').update(String(number)).digest('base64url')

function sessionOfFile(database: DatabaseSync): BulkSession {
  const run = async (statement: string): Promise<void> => database.exec(statement)
  const texts = (query: string, table: string): string[] =>
    database
      .prepare(query)
      .all(table)
      .map((row) => String(Object.values(row)[0]))
  return {
    run,
    columnsOf: async (table) => texts('select name from pragma_table_info(?)', table),
    // An index that is made of all rows together takes a fraction of the time.
    unchecked: async (table, work) => {
      const where = `from sqlite_master where type = 'index' and sql is not null and tbl_name = ?`
      const indexes = texts(`select sql ${where}`, table)
      for (const name of texts(`select name ${where}`, table)) await run(`drop index "${name}"`)
      await work()
      for (const index of indexes) await run(index)
    },
    analyze: (table) => run(`analyze "${table}"`),
  }
}

function serverKind(name: 'PostgreSQL' | 'MySQL', server: TestServer, words: Words, schema: string): SqlKind {
  return {
    name,
    create: async () => {
      const database = await createTestDatabase(server)
      if ('skipped' in database) return undefined
      const kysely = createTestKysely<Record<string, never>>(server, database.url)
      return {
        location: database.url,
        words,
        open: () => openStorage(database.url),
        bulk: async (work) =>
          await kysely.connection().execute(async (connection) => {
            const run = (statement: string) => sql.raw(statement).execute(connection)
            return await work({
              run,
              columnsOf: async (table) => {
                const { rows } = await sql<{ name: string }>`select column_name as name from information_schema.columns
                  where table_schema = ${sql.raw(schema)} and table_name = ${table}`.execute(connection)
                return rows.map((column) => column.name)
              },
              unchecked: async (table, fill) => {
                const [before, after] = checks(server, words.quote(table))
                const indexes = server === 'postgres' ? await findIndexes(connection, table) : []
                for (const statement of before) await run(statement)
                for (const { name } of indexes) await run(`drop index ${words.quote(name)}`)
                await fill()
                for (const { definition } of indexes) await run(definition)
                for (const statement of after) await run(statement)
              },
              analyze: async (table) => {
                await run(`analyze ${server === 'mysql' ? 'table ' : ''}${words.quote(table)}`)
              },
            })
          }),
        drop: async () => {
          await kysely.destroy()
          await database.drop()
        },
      }
    },
  }
}

/** The indexes of a table in PostgreSQL that no constraint stands on. */
async function findIndexes(connection: Kysely<Record<string, never>>, table: string) {
  const { rows } = await sql<{ name: string; definition: string }>`select indexname as name, indexdef as definition
    from pg_indexes where schemaname = current_schema() and tablename = ${table}
    and indexname not in (select conname from pg_constraint)`.execute(connection)
  return rows
}

/** What switches the checks of single rows off, and on again. */
const checks = (server: TestServer, table: string): readonly [readonly string[], readonly string[]] =>
  server === 'mysql'
    ? [
        ['set foreign_key_checks = 0', 'set unique_checks = 0'],
        ['set foreign_key_checks = 1', 'set unique_checks = 1'],
      ]
    : [[`alter table ${table} disable trigger all`], [`alter table ${table} enable trigger all`]]

/** The kinds that are supported; of those without a server here, none is made. */
export const sqlKinds: readonly SqlKind[] = [
  sqliteKind,
  serverKind(
    'PostgreSQL',
    'postgres',
    {
      quote: (name) => `"${name}"`,
      padded: (before, number, digits, after = '') =>
        `'${before}' || lpad(cast(${number} as text), ${digits}, '0') || '${after}'`,
      scattered: (number) => `left(encode(sha256(cast(cast(${number} as text) as bytea)), 'hex'), 43)`,
    },
    'current_schema()',
  ),
  serverKind(
    'MySQL',
    'mysql',
    {
      quote: (name) => `\`${name}\``,
      padded: (before, number, digits, after = '') =>
        `concat('${before}', lpad(${number}, ${digits}, '0'), '${after}')`,
      scattered: (number) => `left(sha2(${number}, 256), 43)`,
    },
    'database()',
  ),
]
