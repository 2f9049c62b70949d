import type { Column } from './column.js'

export type Columns = Readonly<Record<string, Column>>

/** A row that a read may bring along: the one that a column points at, or the only row of a single-row table. */
export interface TableReference {
  readonly table: Table
  /** The column of this table, and the unique column of the other one. Absent for a single-row table. */
  readonly on?: { readonly column: string; readonly target: string }
  /** Whether the other row may be missing; it is null then. */
  readonly optional?: boolean
}

/** What the database itself does after a row was deleted, also when somebody else deleted it. */
export interface AfterDelete {
  /** The table whose row is changed, found by a column that equals a column of the deleted row. */
  readonly table: string
  readonly where: { readonly column: string; readonly deleted: string }
  readonly set: Readonly<Record<string, string | number | boolean>>
  readonly increment: Readonly<Record<string, number>>
}

/**
 * Columns that hold the same as another one, by name: what is written to either of the two is in both, also where the writer
 * knows only one of them. For while a column gets another name.
 */
export type Mirrors = Readonly<Record<string, string>>

/** A table, as data. */
export interface Table<
  C extends Columns = Columns,
  R extends Readonly<Record<string, TableReference>> = Readonly<Record<string, TableReference>>,
> {
  readonly name: string
  readonly columns: C
  readonly primaryKey: readonly string[]
  /** Unique keys by name; `onConflict` and unique violations name them. The primary key is called `primary`. */
  readonly unique: Readonly<Record<string, readonly string[]>>
  /** Further indexes by name. */
  readonly indexes: Readonly<Record<string, readonly string[]>>
  /** Rows that a read may bring along, by alias. */
  readonly references: R
  /** Rows that the migration writes when it makes the table. */
  readonly initialRows: readonly Readonly<Record<string, string | number | boolean>>[]
  readonly afterDelete?: AfterDelete
  /** Whether the app has made it: no migration makes or changes it, only looks whether it fits. */
  readonly mapped?: boolean
  /** Only for tables that `migrate` makes exact. */
  readonly mirrors?: Mirrors
}

/** Values of a table's row. */
export type RowOf<T extends Table> = {
  -readonly [K in keyof T['columns']]: T['columns'][K] extends Column<infer Value> ? Value : never
}

type OptionalOnInsert<C extends Columns> = {
  [K in keyof C]: C[K] extends { readonly default: unknown }
    ? K
    : null extends Exclude<C[K]['$value'], undefined>
      ? K
      : never
}[keyof C]

/** Values of a new row: nullable columns and those with a default may be left out. */
export type NewRowOf<T extends Table> = Omit<RowOf<T>, OptionalOnInsert<T['columns']>> &
  Partial<Pick<RowOf<T>, OptionalOnInsert<T['columns']> & keyof RowOf<T>>>

interface TableOptions<C extends Columns, R extends Readonly<Record<string, TableReference>>> {
  readonly columns: C
  readonly primaryKey: readonly (keyof C & string)[]
  readonly unique?: Readonly<Record<string, readonly (keyof C & string)[]>>
  readonly indexes?: Readonly<Record<string, readonly (keyof C & string)[]>>
  readonly references?: R
  readonly initialRows?: Table['initialRows']
  readonly afterDelete?: AfterDelete
  readonly mapped?: boolean
  readonly mirrors?: Mirrors
}

/** Declares a table. */
export function defineTable<
  C extends Columns,
  R extends Readonly<Record<string, TableReference>> = Record<never, never>,
>(name: string, options: TableOptions<C, R>): Table<C, R> {
  return Object.freeze({
    name,
    columns: options.columns,
    primaryKey: options.primaryKey,
    unique: options.unique ?? {},
    indexes: options.indexes ?? {},
    // Without the option, R is the empty record.
    references: options.references ?? ({} as R),
    initialRows: options.initialRows ?? [],
    ...(options.afterDelete === undefined ? {} : { afterDelete: options.afterDelete }),
    ...(options.mapped === true ? { mapped: true } : {}),
    ...(options.mirrors === undefined ? {} : { mirrors: options.mirrors }),
  })
}
