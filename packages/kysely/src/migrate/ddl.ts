import type { StoredRow } from '@cardea/storage'
import { type RawBuilder, sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import { foreignKeyName, primaryKeyNames } from '../dialect/names.js'
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
  /** Whether foreign keys stand after the columns: MySQL reads over those that stand with their column. */
  readonly foreignKeysApart?: boolean
  /** The default of a column, where it is more than the literal. */
  defaultOf?(column: ColumnSpec, value: RawBuilder<unknown>): RawBuilder<unknown>
  /** What keeps an insert from failing when the row is there. */
  doNothing?(table: TableSpec): RawBuilder<unknown>
}

type Statements = Pick<
  SchemaDialect,
  'createTable' | 'addColumn' | 'createIndex' | 'dropIndex' | 'dropColumn' | 'dropTable' | 'insertRow'
>

/** The statements that are much the same everywhere. */
export function createDdl(parts: DdlParts): Statements {
  const { builder } = parts
  const text = (statement: RawBuilder<unknown>): string => statement.compile(builder).sql
  return {
    createTable: (table) => text(createTable(parts, table)),
    addColumn: (table, name, column) => {
      const added = [
        sql`add column ${columnDefinition(parts, table, name, column)}`,
        ...foreignKeysApart(parts, table, { [name]: column }).map((key) => sql`add ${key}`),
      ]
      return text(sql`alter table ${tableReference(parts, table)} ${sql.join(added)}`)
    },
    createIndex: (table, index) => text(createIndex(parts, table.name, index)),
    dropIndex: (_table, index) => text(sql`drop index ${tableReference(parts, index)}`),
    dropColumn: (table, name, _column, indexes) => [
      ...indexes.map((index) => text(sql`drop index ${tableReference(parts, index.name)}`)),
      text(sql`alter table ${tableReference(parts, table)} drop column ${sql.id(name)}`),
    ],
    dropTable: (table) => [text(sql`drop table ${tableReference(parts, table)}`)],
    insertRow: (table, row) => text(insertRow(parts, table, row)),
  }
}

export const tableReference = ({ schema }: DdlParts, table: string): RawBuilder<unknown> =>
  schema === undefined ? sql.id(table) : sql.id(schema, table)

/** A value within a statement: statements of a schema bind nothing. */
export const literal = (parts: DdlParts, value: string | number | boolean): RawBuilder<unknown> =>
  sql.lit(parts.literal(value))

function createTable(parts: DdlParts, table: TableSpec): RawBuilder<unknown> {
  const { name, columns, primaryKey } = table
  const definitions = [
    ...Object.entries(columns).map(([column, spec]) => columnDefinition(parts, name, column, spec)),
    sql`constraint ${sql.id(primaryKeyNames(name).name)} primary key (${identifiers(primaryKey)})`,
    ...foreignKeysApart(parts, name, columns),
  ]
  return sql`create table ${tableReference(parts, name)} (${sql.join(definitions)})${sql.raw(parts.tableOptions)}`
}

/** A column with its type, whether it may be null, its default and, unless they stand apart, its foreign key. */
export function columnDefinition(
  parts: DdlParts,
  table: string,
  name: string,
  column: ColumnSpec,
): RawBuilder<unknown> {
  const definition: RawBuilder<unknown>[] = [sql`${sql.id(name)} ${sql.raw(parts.type(column))}`]
  if (!column.nullable) definition.push(sql`not null`)
  if (column.default !== undefined) {
    const value = literal(parts, column.default)
    definition.push(sql`default ${parts.defaultOf?.(column, value) ?? value}`)
  }
  const { foreignKey } = column
  if (foreignKey !== undefined && parts.foreignKeysApart !== true) {
    definition.push(sql`constraint ${sql.id(foreignKeyName(table, name))} ${references(parts, foreignKey)}`)
  }
  return sql.join(definition, sql` `)
}

function foreignKeysApart(parts: DdlParts, table: string, columns: TableSpec['columns']): RawBuilder<unknown>[] {
  if (parts.foreignKeysApart !== true) return []
  return Object.entries(columns).flatMap(([name, { foreignKey }]) =>
    foreignKey === undefined
      ? []
      : [
          sql`constraint ${sql.id(foreignKeyName(table, name))} foreign key (${sql.id(name)}) ${references(parts, foreignKey)}`,
        ],
  )
}

const references = (
  parts: DdlParts,
  { table, column, onDelete }: NonNullable<ColumnSpec['foreignKey']>,
): RawBuilder<unknown> =>
  sql`references ${tableReference(parts, table)} (${sql.id(column)}) on delete ${sql.raw(onDelete)}`

function createIndex(parts: DdlParts, table: string, { name, columns, unique }: IndexSpec): RawBuilder<unknown> {
  const kind = unique ? sql`unique index` : sql`index`
  return sql`create ${kind} ${sql.id(name)} on ${tableReference(parts, table)} (${identifiers(columns)})`
}

function insertRow(parts: DdlParts, table: TableSpec, row: StoredRow): RawBuilder<unknown> {
  const columns = Object.keys(row)
  const values = Object.values(row).map((value) => (value === null ? sql`null` : literal(parts, value)))
  return sql`insert into ${tableReference(parts, table.name)} (${identifiers(columns)}) values (${sql.join(values)}) ${parts.doNothing?.(table) ?? sql`on conflict (${identifiers(table.primaryKey)}) do nothing`}`
}

const identifiers = (names: readonly string[]): RawBuilder<unknown> => sql.join(names.map((name) => sql.id(name)))
