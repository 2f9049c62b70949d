import type { Condition } from '@cardea/core'
import type { NewRowOf, RowOf, Table } from '../schema/table.js'
import type { StorageExamination } from './examination.js'
import type { MigrateOptions, MigrationReport, SchemaProblem } from './migration.js'
import type { FindOneQuery, FindQuery, Found, Include, InsertOptions, Params, UpdateQuery } from './query.js'

/**
 * The verbs of storage: small, over one table, atomic each. New features use these; they do not add to them.
 *
 * A guard over one row is one conditional `update` or `consume` whose row count decides. A guard over several rows opens
 * its transaction with an increment of its mutex row.
 *
 * Every verb throws CardeaError `unique_violation`, `foreign_key_violation`, `transaction_conflict` (worth a retry as a
 * whole; `transaction` does it), `unavailable` or, for a table or column that no migration made, `schema_outdated`; and a
 * plain TypeError for a value, condition or query that does not fit the table. A TypeError names the column, never a value.
 */
export interface StorageOperations {
  /**
   * Writes rows.
   *
   * @returns How many rows were written: inserted, or changed by `onConflict`.
   */
  insert<T extends Table>(
    table: T,
    rows: NewRowOf<T> | readonly NewRowOf<T>[],
    options?: InsertOptions<T>,
  ): Promise<number>

  /** Reads rows. A query object that is kept and reused with other `params` is prepared once. */
  find<T extends Table, I extends Include<T> = Record<never, never>>(
    table: T,
    query: FindQuery<T, I>,
    params?: Params,
  ): Promise<readonly Found<T, I>[]>

  /** Reads the row that meets a condition over a key; undefined when there is none. Prepared like `find`. */
  findOne<T extends Table, I extends Include<T> = Record<never, never>>(
    table: T,
    query: FindOneQuery<T, I>,
    params?: Params,
  ): Promise<Found<T, I> | undefined>

  /** @returns How many rows met the condition, changed or not. */
  update<T extends Table>(table: T, query: UpdateQuery<T>): Promise<number>

  /** Takes a row out: of any number of callers at once, at most one gets it. */
  consume<T extends Table>(table: T, where: Condition): Promise<RowOf<T> | undefined>

  /** @returns How many rows are gone, without those that went by cascade. */
  delete(table: Table, where: Condition): Promise<number>

  count(table: Table, where?: Condition): Promise<number>
}

/** A database that Cardea keeps its rows in. */
export interface Storage extends StorageOperations {
  /** The dialect, for messages. */
  readonly dialect: 'memory' | 'sqlite' | 'postgres' | 'mysql'

  /**
   * Runs work all or nothing, at READ COMMITTED or stricter.
   *
   * After a retryable error the work runs again, so it does nothing but database work. Any error that a verb throws
   * inside ends the transaction, also when the work catches it.
   *
   * @throws CardeaError `unavailable` when retries are used up.
   */
  transaction<Result>(work: (transaction: StorageOperations) => Promise<Result>): Promise<Result>

  /**
   * The same storage inside a transaction that the app has open.
   *
   * @param transaction The transaction object of the library behind the adapter.
   * @throws CardeaError `configuration_invalid` when it is not one.
   */
  join(transaction: unknown): Storage

  /**
   * Creates and widens tables; drops what they lack, or whole tables, where the options say so. Safe to run from several processes at once and again after a crash.
   *
   * @throws CardeaError `configuration_invalid` for tables that cannot be made and for wrong options; `unavailable` when a lock was not to be
   * had in time. Nothing was changed then, but where the schema has no transactions: there a migration that had begun
   * stays begun, and the next one finishes it.
   */
  migrate(tables: readonly Table[], options?: MigrateOptions): Promise<MigrationReport>

  /** Compares the tables with what the ledger says was applied, and that with what is wanted; writes nothing. */
  verify(tables: readonly Table[]): Promise<readonly SchemaProblem[]>

  /**
   * Looks at the database beside its tables: version, clock, settings. Writes and makes nothing.
   *
   * @throws CardeaError `schema_outdated` where there is no database yet, such as no file.
   */
  examine(): Promise<StorageExamination>

  /** Answers when the database does. */
  ping(): Promise<void>

  /** Ends what the adapter opened; what the app handed in stays open. */
  close(): Promise<void>
}
