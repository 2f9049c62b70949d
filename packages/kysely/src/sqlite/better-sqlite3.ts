import type { SqlRow, SqlValue } from '../driver/sql-driver.js'
import type { NativeDatabase, NativeStatement, RowShape } from './native.js'

/** The part of a better-sqlite3 statement that is used here. */
interface BetterStatement {
  readonly reader: boolean
  raw(toggle: boolean): unknown
  get(...values: readonly SqlValue[]): unknown
  all(...values: readonly SqlValue[]): unknown
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
  iterate(...values: readonly SqlValue[]): IterableIterator<unknown>
}

/** The part of a better-sqlite3 database that is used here. */
export interface BetterDatabase {
  readonly name: string
  readonly memory: boolean
  readonly inTransaction: boolean
  prepare(sql: string): BetterStatement
  exec(sql: string): unknown
  close(): unknown
}

/** A better-sqlite3 database as this package uses it. */
export function wrapBetterSqlite3(database: BetterDatabase): NativeDatabase {
  return {
    get inTransaction() {
      return database.inTransaction
    },
    exec: (sql) => {
      database.exec(sql)
    },
    prepare: (sql: string, shape: RowShape) => wrapStatement(database.prepare(sql), shape),
    close: () => {
      database.close()
    },
  }
}

function wrapStatement(statement: BetterStatement, shape: RowShape): NativeStatement {
  // Only a statement that returns rows has a shape of them.
  if (statement.reader && shape === 'arrays') statement.raw(true)
  return {
    returnsRows: statement.reader,
    // What the library answers, in the shape that was set.
    get: (values) => statement.get(...values) as SqlRow | undefined,
    all: (values) => statement.all(...values) as readonly SqlRow[],
    run: (values) => statement.run(...values),
    iterate: (values) => statement.iterate(...values) as IterableIterator<SqlRow>,
  }
}

/** Opens another connection to a file with the library, and the build of it, that a database comes from. */
export function openLike(database: BetterDatabase, location: string): NativeDatabase {
  // Instances of a class know it; better-sqlite3's takes the location first.
  const Database = database.constructor as new (location: string) => BetterDatabase
  return wrapBetterSqlite3(new Database(location))
}
