import {
  isPossible,
  type MappedType,
  physicalName,
  type StoredRow,
  type StoredValue,
  type Table,
} from '@cardea/storage'
import { type RawBuilder, sql } from 'kysely'
import type { SqlDialect } from '../dialect/dialect.js'

type Column = Table['columns'][string]

/** A column as a statement names it, after the alias of its table where there is one. */
export const columnReference = (table: Table, name: string, qualifier?: string): RawBuilder<unknown> =>
  sql.ref(qualifier === undefined ? physicalName(table, name) : `${qualifier}.${physicalName(table, name)}`)

export const physicalNames = (table: Table, names: readonly string[]): readonly string[] =>
  names.map((name) => physicalName(table, name))

/** Numbers are read and written as they are, integers or not. */
const typeOf = ({ kind, mapped }: Column): MappedType =>
  mapped === undefined || kind === 'double' ? 'plain' : mapped.type

/** A column as a statement reads it. */
export const readColumn = (
  { mapped }: SqlDialect,
  column: Column | undefined,
  reference: RawBuilder<unknown>,
): RawBuilder<unknown> => (column?.mapped === undefined ? reference : mapped.read(typeOf(column), reference))

/** A checked value as a statement writes it into a column. */
export function writtenValue({ mapped }: SqlDialect, column: Column | undefined, value: StoredValue): unknown {
  if (column?.mapped === undefined || value === null || typeOf(column) === 'plain') return value
  return mapped.write(typeOf(column), value)
}

/** A checked row as a statement writes it. */
export function writtenRow(dialect: SqlDialect, table: Table, row: StoredRow): Readonly<Record<string, unknown>> {
  if (table.mapped !== true) return row
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      physicalName(table, name),
      writtenValue(dialect, table.columns[name], value),
    ]),
  )
}

/** What a column is compared with: null, which equals nothing, for what the column cannot hold. */
export const comparable = (column: Column, value: StoredValue): StoredValue =>
  isPossible(column, value) ? value : null

/** Whether texts of a column have to be told apart by their bytes, since its collation may take several for the same. */
export const needsBytes = ({ name }: SqlDialect, { kind, mapped }: Column): boolean =>
  mapped !== undefined &&
  (kind === 'text' || kind === 'longText') &&
  // PostgreSQL alone has a type of its own for them.
  (mapped.type === 'plain' || (mapped.type === 'uuid' && name !== 'postgres'))
