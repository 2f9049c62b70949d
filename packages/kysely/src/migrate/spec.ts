import {
  type AfterDelete,
  type Column,
  type ColumnKind,
  checkRow,
  type Mirrors,
  type OnDelete,
  type StoredRow,
  type Table,
} from '@cardea/storage'
import type { Names } from '../dialect/names.js'

/** A column as the ledger records it. */
export interface ColumnSpec {
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** Of `text`. It is checked outside the database, but some databases have to be told as well. */
  readonly maxBytes?: number
  readonly default?: string | number | boolean
  readonly foreignKey?: { readonly table: string; readonly column: string; readonly onDelete: OnDelete }
}

export type Keys = Readonly<Record<string, readonly string[]>>

/** A table as the ledger records it, under the names that it has in the database. */
export interface TableSpec {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnSpec>>
  readonly primaryKey: readonly string[]
  readonly unique: Keys
  readonly indexes: Keys
  readonly afterDelete?: AfterDelete
  readonly mirrors?: Mirrors
}

/** What one migration changes. */
export type Change =
  | { readonly kind: 'create'; readonly table: TableSpec; readonly initialRows: readonly StoredRow[] }
  | {
      readonly kind: 'widen'
      readonly columns: Readonly<Record<string, ColumnSpec>>
      /** Columns that may be null from now on. */
      readonly nullable: readonly string[]
      /** Texts that may be longer from now on, in bytes. */
      readonly longer?: Readonly<Record<string, number>>
      readonly unique: Keys
      readonly indexes: Keys
      readonly afterDelete?: AfterDelete
    }
  | {
      readonly kind: 'reshape'
      readonly columns: Readonly<Record<string, ColumnSpec>>
      readonly nullable: readonly []
      /** Texts that get a limit of length, or lose it. */
      readonly retyped: Readonly<Record<string, ColumnSpec>>
      readonly unique: Keys
      readonly indexes: Keys
      /** Absent for none. */
      readonly mirrors?: Mirrors
      readonly dropped: {
        readonly columns: Readonly<Record<string, ColumnSpec>>
        readonly unique: Keys
        readonly indexes: Keys
        readonly mirrors?: Mirrors
      }
    }
  | { readonly kind: 'drop' }

/** The table of the schema that is data, under the names that it has in the database. */
export function toSpec(table: Table, names: Names): TableSpec {
  const { afterDelete, mirrors } = table
  return {
    name: names.table(table.name),
    columns: Object.fromEntries(
      Object.entries(table.columns).map(([name, column]) => [name, toColumnSpec(column, names)]),
    ),
    primaryKey: table.primaryKey,
    unique: table.unique,
    indexes: table.indexes,
    ...(afterDelete === undefined ? {} : { afterDelete: { ...afterDelete, table: names.table(afterDelete.table) } }),
    ...(mirrors === undefined ? {} : { mirrors }),
  }
}

export const initialRowsOf = (table: Table): readonly StoredRow[] =>
  table.initialRows.map((row) => checkRow(table, row))

/** The table after a change, whatever became of it before; undefined once it was dropped. */
export function applyChange(before: TableSpec | undefined, change: Change): TableSpec | undefined {
  if (change.kind === 'create') return change.table
  if (before === undefined || change.kind === 'drop') return undefined
  if (change.kind === 'reshape') return applyReshape(before, change)
  const columns: Record<string, ColumnSpec> = { ...before.columns, ...change.columns }
  for (const name of change.nullable) {
    const column = columns[name]
    if (column !== undefined) columns[name] = { ...column, nullable: true }
  }
  for (const [name, maxBytes] of Object.entries(change.longer ?? {})) {
    const column = columns[name]
    if (column !== undefined) columns[name] = { ...column, maxBytes }
  }
  return {
    ...before,
    columns,
    unique: { ...before.unique, ...change.unique },
    indexes: { ...before.indexes, ...change.indexes },
    ...(change.afterDelete === undefined ? {} : { afterDelete: change.afterDelete }),
  }
}

function applyReshape(
  { mirrors: mirrorsBefore = {}, ...before }: TableSpec,
  { columns, retyped, unique, indexes, mirrors: added = {}, dropped }: Extract<Change, { readonly kind: 'reshape' }>,
): TableSpec {
  const mirrors = { ...without(mirrorsBefore, dropped.mirrors ?? {}), ...added }
  return {
    ...before,
    ...(Object.keys(mirrors).length === 0 ? {} : { mirrors }),
    columns: { ...without(before.columns, dropped.columns), ...columns, ...retyped },
    unique: { ...without(before.unique, dropped.unique), ...unique },
    indexes: { ...without(before.indexes, dropped.indexes), ...indexes },
  }
}

const without = <Value>(
  record: Readonly<Record<string, Value>>,
  dropped: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !Object.hasOwn(dropped, name)))

function toColumnSpec({ kind, nullable, maxBytes, default: value, foreignKey }: Column, names: Names): ColumnSpec {
  return {
    kind,
    nullable,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(value === undefined ? {} : { default: value }),
    ...(foreignKey === undefined ? {} : { foreignKey: { ...foreignKey, table: names.table(foreignKey.table) } }),
  }
}
