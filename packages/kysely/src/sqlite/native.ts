import type { SqlRow, SqlValue } from '../driver/sql-driver.js'

/** How rows come: as lists of values, which is faster, or as objects, which Kysely expects. */
export type RowShape = 'arrays' | 'objects'

/** A prepared statement of whichever SQLite library. */
export interface NativeStatement<Row = SqlRow> {
  /** Whether it answers with rows. */
  readonly returnsRows: boolean
  get(values: readonly SqlValue[]): Row | undefined
  all(values: readonly SqlValue[]): readonly Row[]
  run(values: readonly SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint }
  iterate(values: readonly SqlValue[]): IterableIterator<Row>
}

/** A connection of whichever SQLite library. */
export interface NativeDatabase {
  readonly inTransaction: boolean
  exec(sql: string): void
  prepare(sql: string, shape: 'arrays'): NativeStatement
  prepare(sql: string, shape: 'objects'): NativeStatement<unknown>
  close(): void
}

/** Opens a connection. Two SQLite libraries in one process must never open the same file. */
export type OpenNative = (location: string) => NativeDatabase
