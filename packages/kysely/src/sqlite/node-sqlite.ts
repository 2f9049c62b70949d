import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { CardeaError } from '@cardea/core'
import type { SqlRow, SqlValue } from '../driver/sql-driver.js'
import type { NativeDatabase, NativeStatement, OpenNative, RowShape } from './native.js'

/**
 * Opens a connection with the SQLite that is part of Node.
 *
 * The module is looked up here and not imported at the top, so that this package loads where it does not exist.
 *
 * @throws CardeaError `configuration_invalid` where this Node has none.
 */
export const openNodeSqlite: OpenNative = (location) => {
  const module = process.getBuiltinModule('node:sqlite')
  if (module === undefined) {
    throw new CardeaError(
      'configuration_invalid',
      'sqlite: this runtime has no node:sqlite; use Node 22.18 or later, or hand in a better-sqlite3 database',
    )
  }
  return wrapNodeSqlite(new module.DatabaseSync(location))
}

/** A `node:sqlite` database as this package uses it. */
export function wrapNodeSqlite(database: DatabaseSync): NativeDatabase {
  return {
    get inTransaction() {
      return database.isTransaction
    },
    exec: (sql) => database.exec(sql),
    prepare: (sql: string, shape: RowShape) => wrapStatement(database.prepare(sql), shape),
    close: () => database.close(),
  }
}

function wrapStatement(statement: StatementSync, shape: RowShape): NativeStatement {
  statement.setReturnArrays(shape === 'arrays')
  return {
    returnsRows: statement.columns().length > 0,
    // The types of the library know rows as objects only.
    get: (values) => statement.get(...writable(values)) as unknown as SqlRow | undefined,
    all: (values) => statement.all(...writable(values)) as unknown as readonly SqlRow[],
    run: (values) => statement.run(...writable(values)),
    iterate: (values) => statement.iterate(...writable(values)) as unknown as IterableIterator<SqlRow>,
  }
}

/** Booleans became numbers when the values were bound to their columns; the library would refuse them. */
const writable = (values: readonly SqlValue[]) => values as readonly (string | number | null)[]
