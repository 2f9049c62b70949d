import type { Condition, Reference, Scalar } from '@cardea/core'
import type { RowOf, Table } from '../schema/table.js'

/** Values for the `param.…` references of a query. */
export type Params = Readonly<Record<string, Scalar>>

/** Which references of the table a read brings along. */
export type Include<T extends Table> = { readonly [K in keyof T['references']]?: true }

/** A read of one row. */
export interface FindOneQuery<T extends Table, I extends Include<T> = Record<never, never>> {
  /** Fields are columns of the table, or `alias.column` of an included row. */
  readonly where: Condition
  readonly include?: I
  /**
   * Says that nearly every request makes this read, by one text: an adapter may give the row of an earlier one where it can prove that
   * nothing has been committed since. Such rows are frozen.
   */
  readonly often?: boolean
}

/** The order of a read, and the place to go on from. */
export interface Order {
  readonly field: string
  readonly direction: 'asc' | 'desc'
}

/** A read of several rows. */
export interface FindQuery<T extends Table, I extends Include<T> = Record<never, never>> {
  readonly where?: Condition
  readonly include?: I
  /** Text sorts by its bytes. Null counts as the smallest value: first where ascending, last where descending. */
  readonly orderBy?: readonly Order[]
  /** Keyset paging: the values of the `orderBy` columns (none of them nullable) in the last row of the page before. */
  readonly after?: readonly Scalar[]
  /** How many rows at most. There is no default: `'all'` is a decision. */
  readonly limit: number | 'all'
  readonly offset?: number
}

/** A row and the rows that were brought along, null where an optional one is missing. */
export type Found<T extends Table, I extends Include<T>> = RowOf<T> & {
  readonly [K in keyof I & keyof T['references']]: T['references'][K] extends { readonly table: infer O extends Table }
    ? T['references'][K] extends { readonly optional: true }
      ? RowOf<O> | null
      : RowOf<O>
    : never
}

/** New values of columns; an `integer` column may take the database's clock. */
export type Patch<T extends Table> = {
  readonly [K in keyof RowOf<T>]?: RowOf<T>[K] | (number extends RowOf<T>[K] ? Reference : never)
}

/** A conditional change. It sets or increments at least one column, and no column both ways. */
export interface UpdateQuery<T extends Table> {
  readonly where: Condition
  /** The key of a mapped table stays as it is: set by itself, to the value that it has, it keeps the row from other writers. */
  readonly set?: Patch<T>
  /** Adds to integer columns, in the statement itself. */
  readonly increment?: { readonly [K in keyof RowOf<T>]?: number }
}

/**
 * What an insert does when a row with the same key exists. Another key that is violated is an error all the same.
 *
 * With a patch, no two rows of one insert may have the same key. A row that shares another key with the existing row too
 * is a conflict over this key; only when both are inserted at the same moment may it be the other key's violation.
 */
export interface OnConflict<T extends Table> {
  /** `primary` or the name of a unique key of the table. */
  readonly key: string
  readonly do: 'nothing' | Omit<UpdateQuery<T>, 'where'>
  /** The existing row is changed only if it meets this; fields are its columns. */
  readonly where?: Condition
}

/** How rows are inserted. */
export interface InsertOptions<T extends Table> {
  readonly onConflict?: OnConflict<T>
  /**
   * Told the value that the database gave to the one column of a mapped table that the row left out, as the column's kind has it.
   * Only for a single row without `onConflict`.
   */
  readonly onAssigned?: (value: string) => void
}
