import type { ColumnKind, MappedType, StoredValue } from '@cardea/storage'
import type { Expression, RawBuilder, SqlBool } from 'kysely'
import type { SqlValue } from '../driver/sql-driver.js'
import type { Builder } from './builder.js'

/** What the statements of one database look like, and what its answers mean. Running them is a driver's part. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres' | 'mysql'
  readonly builder: Builder
  /** How many values one statement can bind. */
  readonly maximumValues: number
  /** Whether several writers work at the same time, so that a row which a statement picks must be locked. */
  readonly locksRows: boolean
  /** Whether a statement that deletes can return what it deleted. */
  readonly returnsRows: boolean
  /** Whether an insert itself can settle a conflict over one key, and over no other. */
  readonly resolvesConflicts: boolean
  /** Whether nulls are to be put in their place, which is before all values: the database's own order differs. */
  readonly placesNulls: boolean
  /**
   * Whether a value that all rows have in common is said as a range where they are sorted by it first. Told that it is equal, the
   * optimizer reads all that have it, in order, and finds the place from which on they are wanted by passing over the others.
   */
  readonly rangesAlike: boolean

  /** A checked value, as the drivers bind it. */
  bind(value: StoredValue): SqlValue
  /** Makes a column's value of what any of the drivers may give for it; undefined where that is the value already. */
  decoder(kind: ColumnKind): ((raw: unknown) => unknown) | undefined
  /** The database's clock in milliseconds; undefined where the machine's own clock is the database's. */
  readonly clock: RawBuilder<number> | undefined
  /** A number where the statement itself does not say that one is meant. */
  number(value: unknown): RawBuilder<number>
  /** Where a text looks for its place among others: by its bytes. */
  byteOrder(text: Expression<unknown>): RawBuilder<string>
  /** Whether a text holds a part, without wildcards; unknown when either is null. */
  contains(text: Expression<unknown>, part: unknown): RawBuilder<SqlBool>
  /** How the columns of tables that the app has made are read and written. */
  readonly mapped: MappedSql
}

/** What it takes to speak of a column that another has made, which may be of any type, character set and collation. */
export interface MappedSql {
  /** The column as its kind has it: texts for integers and UUIDs, milliseconds for instants. */
  read(type: MappedType, column: RawBuilder<unknown>): RawBuilder<unknown>
  /** A value of the kind as the column takes it. */
  write(type: MappedType, value: unknown): RawBuilder<unknown>
  /** A column of integers as one of any numbers, to be compared with some that are no integers. */
  number(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** A text by its bytes in UTF-8, whatever the column's own collation takes for the same. */
  bytes(text: Expression<unknown>): RawBuilder<string>
  /** Gives the value, in text, that the database has given to the row that was inserted last; absent where inserts return it. */
  readonly lastAssigned?: RawBuilder<unknown>
}
