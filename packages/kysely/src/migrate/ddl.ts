import type { StoredRow } from '@cardea/storage'
import { type RawBuilder, sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import { foreignKeyName, primaryKeyName } from '../dialect/names.js'
import type { IndexSpec, SchemaDialect } from './schema-dialect.js'
import type { ColumnSpec, TableSpec } from './spec.js'

/** What the statements of one database have of their own. */
export interface DdlParts {
  readonly builder: Builder
  /** Qualifies tables, where there are schemas. */
  readonly schema?: string
  type(column: ColumnSpec): string
  literal(value: string | number | boolean): string | number | boolean
  /** Stands after the columns of a new table. */
  readonly tableOptions: string
}

type Statements = Pick<SchemaDialect, 'createTable' | 'addColumn' | 'createIndex' | 'insertRow'>

/** The statements that are much the same everywhere. */
export function createDdl(parts: DdlParts): Statements {
  const { builder } = parts
  const text = (statement: RawBuilder<unknown>): string => statement.compile(builder).sql
  return {
    createTable: (table) => text(createTable(parts, table)),
    addColumn: (table, name, column) =>
      text(sql`alter table ${tableReference(parts, table)} add column ${columnDefinition(parts, table, name, column)}`),
    createIndex: (table, index) => text(createIndex(parts, table, index)),
    insertRow: (table, row) => text(insertRow(parts, table, row)),
  }
}

export const tableReference = ({ schema }: DdlParts, table: string): RawBuilder<unknown> =>
  schema === undefined ? sql.id(table) : sql.id(schema, table)

/** A value within a statement: statements of a schema bind nothing. */
export const literal = (parts: DdlParts, value: string | number | boolean): RawBuilder<unknown> =>
  sql.lit(parts.literal(value))

function createTable(parts: DdlParts, table: TableSpec): RawBuilder<unknown> {
  const columns = Object.entries(table.columns).map(([name, column]) =>
    columnDefinition(parts, table.name, name, column),
  )
  const key = sql`constraint ${sql.id(primaryKeyName(table.name))} primary key (${identifiers(table.primaryKey)})`
  return sql`create table ${tableReference(parts, table.name)} (${sql.join([...columns, key])})${sql.raw(parts.tableOptions)}`
}

function columnDefinition(parts: DdlParts, table: string, name: string, column: ColumnSpec): RawBuilder<unknown> {
  const definition: RawBuilder<unknown>[] = [sql`${sql.id(name)} ${sql.raw(parts.type(column))}`]
  if (!column.nullable) definition.push(sql`not null`)
  if (column.default !== undefined) definition.push(sql`default ${literal(parts, column.default)}`)
  const { foreignKey } = column
  if (foreignKey !== undefined) {
    const { onDelete } = foreignKey
    definition.push(
      sql`constraint ${sql.id(foreignKeyName(table, name))} references ${tableReference(parts, foreignKey.table)} (${sql.id(foreignKey.column)}) on delete ${sql.raw(onDelete)}`,
    )
  }
  return sql.join(definition, sql` `)
}

function createIndex(parts: DdlParts, table: string, { name, columns, unique }: IndexSpec): RawBuilder<unknown> {
  const kind = unique ? sql`unique index` : sql`index`
  return sql`create ${kind} ${sql.id(name)} on ${tableReference(parts, table)} (${identifiers(columns)})`
}

function insertRow(parts: DdlParts, table: TableSpec, row: StoredRow): RawBuilder<unknown> {
  const columns = Object.keys(row)
  const values = Object.values(row).map((value) => (value === null ? sql`null` : literal(parts, value)))
  return sql`insert into ${tableReference(parts, table.name)} (${identifiers(columns)}) values (${sql.join(values)}) on conflict (${identifiers(table.primaryKey)}) do nothing`
}

const identifiers = (names: readonly string[]): RawBuilder<unknown> => sql.join(names.map((name) => sql.id(name)))
