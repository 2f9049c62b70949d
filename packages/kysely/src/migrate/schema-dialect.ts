import type { Column, StoredRow } from '@cardea/storage'
import type { IndexNames } from '../dialect/names.js'
import type { SqlSession } from '../driver/sql-driver.js'
import type { LiveColumn, LiveTable } from './live.js'
import type { Mappable } from './mappable.js'
import type { ColumnSpec, TableSpec } from './spec.js'

export interface IndexSpec extends IndexNames {
  readonly columns: readonly string[]
  readonly unique: boolean
}

/** An index that goes, by its name in the database. */
export type DroppedIndex = Pick<IndexSpec, 'name' | 'columns'>

/** A statement that is done once there is a trigger of that name. */
export interface NamedStatement {
  readonly name: string
  readonly sql: string
}

/**
 * How one database is told of tables, and asked about them. All statements are complete: nothing is bound. What the
 * database cannot hold is refused with CardeaError `configuration_invalid`.
 */
export interface SchemaDialect {
  createTable(table: TableSpec): string
  addColumn(table: string, name: string, column: ColumnSpec): string
  /** Lets columns be null; undefined for a table that the database cannot do that with. */
  dropNotNull(session: SqlSession, table: TableSpec, columns: readonly string[]): Promise<readonly string[] | undefined>
  /** Lets texts be as long as the table says, or no longer; nothing where texts have no length. */
  lengthen(table: TableSpec, columns: readonly string[]): readonly string[]
  createIndex(table: TableSpec, index: IndexSpec): string
  /**
   * Makes what runs after a row was deleted.
   *
   * @param replaces Whether it takes the place of what has its name, which is somebody else's if no migration made it.
   */
  createAfterDelete(table: TableSpec, replaces: boolean): readonly string[]
  /**
   * Whether what a migration of before made to run after a deletion is there still, though its table was dropped by hand.
   * Absent where it goes with its table.
   */
  isAfterDeleteLeft?(session: SqlSession, table: TableSpec): Promise<boolean>
  /**
   * Makes the triggers that keep a column and its mirror the same. That of updates comes first: what is inserted before the
   * other one is there lacks a value, and is found by that.
   */
  createMirror(table: TableSpec, column: string, former: string): readonly NamedStatement[]
  dropMirror(table: string, column: string): readonly string[]
  /**
   * Keeps others from writing to a table between statements, and lets them again: for a database each of whose statements
   * is committed by itself. Absent where a migration is a transaction.
   */
  readonly hold?: { readonly begin: (table: string) => string; readonly end: string }
  dropIndex(table: string, index: string): string
  /** Drops a column, with its foreign key and the indexes that are over it, alone or with others. */
  dropColumn(table: string, name: string, column: ColumnSpec, indexes: readonly DroppedIndex[]): readonly string[]
  /** Drops a table, with what runs after a row was deleted. */
  dropTable(table: string): readonly string[]
  /** Tables with a foreign key to this one, itself aside. */
  referrers(session: SqlSession, table: string): Promise<readonly string[]>
  /** Writes a row unless one with its primary key is there. */
  insertRow(table: TableSpec, row: StoredRow): string
  /** A column as {@link inspect} would show it. */
  liveColumn(column: ColumnSpec): LiveColumn
  /** What the type of a column can be that the app has made. */
  mappable(column: Column): Mappable
  /** Those of the tables that exist. */
  inspect(session: SqlSession, tables: readonly string[]): Promise<ReadonlyMap<string, LiveTable>>
}
