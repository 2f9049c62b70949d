import type { ColumnKind } from '@cardea/storage'
import { sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import { afterDeleteName } from '../dialect/names.js'
import { createDdl, type DdlParts, literal, tableReference } from '../migrate/ddl.js'
import type { LiveColumn } from '../migrate/live.js'
import type { SchemaDialect } from '../migrate/schema-dialect.js'
import type { TableSpec } from '../migrate/spec.js'
import { inspectPostgres } from './inspect.js'

const types: Readonly<Record<ColumnKind, string>> = {
  // By its bytes: the collation of the database would sort by language, and differently after an upgrade.
  text: 'text collate "C"',
  longText: 'text collate "C"',
  integer: 'bigint',
  double: 'double precision',
  boolean: 'boolean',
  // Kept as it was written; jsonb would refuse some texts and change others.
  json: 'text collate "C"',
}

/**
 * Tables in PostgreSQL.
 *
 * @param schema Where they are; functions name it, since they run under whatever search path their caller has.
 */
export function createPostgresSchema(builder: Builder, schema: string): SchemaDialect {
  const parts: DdlParts = {
    builder,
    schema,
    type: ({ kind }) => types[kind],
    literal: (value) => value,
    tableOptions: '',
  }
  return {
    ...createDdl(parts),
    dropNotNull: async (_session, table, columns) =>
      columns.map(
        (column) =>
          sql`alter table ${tableReference(parts, table.name)} alter column ${sql.id(column)} drop not null`.compile(
            builder,
          ).sql,
      ),
    lengthen: () => [],
    createAfterDelete: (table) => createAfterDelete(parts, schema, table),
    liveColumn: (column): LiveColumn => ({
      type: types[column.kind],
      nullable: column.nullable,
      default: column.default === undefined ? undefined : String(column.default),
    }),
    inspect: (session, tables) => inspectPostgres(session, schema, tables),
  }
}

function createAfterDelete(parts: DdlParts, schema: string, table: TableSpec): readonly string[] {
  const { afterDelete } = table
  if (afterDelete === undefined) return []
  const name = afterDeleteName(table.name)
  const set = [
    ...Object.entries(afterDelete.set).map(([column, value]) => sql`${sql.id(column)} = ${literal(parts, value)}`),
    ...Object.entries(afterDelete.increment).map(
      ([column, amount]) => sql`${sql.id(column)} = ${sql.id(column)} + ${sql.lit(amount)}`,
    ),
  ]
  const target = tableReference(parts, afterDelete.table)
  const where = sql`${sql.id(afterDelete.where.column)} = old.${sql.id(afterDelete.where.deleted)}`
  return [
    sql`create or replace function ${sql.id(schema, name)}() returns trigger language plpgsql as $cardea$ begin update ${target} set ${sql.join(set)} where ${where}; return null; end $cardea$`,
    sql`drop trigger if exists ${sql.id(name)} on ${tableReference(parts, table.name)}`,
    sql`create trigger ${sql.id(name)} after delete on ${tableReference(parts, table.name)} for each row execute function ${sql.id(schema, name)}()`,
  ].map((statement) => statement.compile(parts.builder).sql)
}
