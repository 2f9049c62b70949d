import type { ColumnKind, OnDelete } from '@cardea/storage'
import { type RawBuilder, sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import { afterDeleteName, mirrorName } from '../dialect/names.js'
import type { SqlSession } from '../driver/sql-driver.js'
import { createDdl, type DdlParts, literal, tableReference } from '../migrate/ddl.js'
import type { LiveColumn, LiveForeignKey, LiveIndex, LiveTable } from '../migrate/live.js'
import { type MappableTypes, mappableOf } from '../migrate/mappable.js'
import type { SchemaDialect } from '../migrate/schema-dialect.js'
import type { TableSpec } from '../migrate/spec.js'
import { rebuildNullable } from './rebuild.js'

const types: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  longText: 'text',
  integer: 'integer',
  double: 'real',
  boolean: 'integer',
  json: 'text',
}

const text = /^(?:text|clob|n?(?:var)?char(?:acter)?(?: varying)?(?:\(\d+\))?)$/

/** By name, since a table that is not strict holds what its columns' names promise, at best. Instants are texts. */
const mappable: MappableTypes = {
  text: { pattern: text, wanted: 'text' },
  uuid: { pattern: /^(?:uuid|text|(?:var)?char\(36\))$/, wanted: 'text' },
  integer: { pattern: /int/, wanted: 'integer' },
  milliseconds: { pattern: /int/, wanted: 'integer' },
  timestamp: { pattern: /^(?:datetime|timestamp|text)$/, wanted: 'text' },
  datetime: { pattern: /^(?:datetime|timestamp|text)$/, wanted: 'text' },
  double: { pattern: /^(?:real|double(?: precision)?|float|numeric|decimal)(?:\(.+\))?$/, wanted: 'real' },
  boolean: { pattern: /^(?:bool(?:ean)?|(?:tiny)?int(?:eger)?(?:\(1\))?)$/, wanted: 'boolean' },
  json: { pattern: /^(?:json|text|clob)$/, wanted: 'text' },
}

/** Tables in SQLite: strict, so that a column holds what it says. */
export function createSqliteSchema(builder: Builder): SchemaDialect {
  const parts: DdlParts = {
    builder,
    type: ({ kind }) => types[kind],
    literal: (value) => (typeof value === 'boolean' ? Number(value) : value),
    tableOptions: ' strict',
  }
  return {
    ...createDdl(parts),
    dropNotNull: (session, table, columns) => rebuildNullable(builder, session, table.name, columns),
    lengthen: () => [],
    createAfterDelete: (table, replaces) => {
      const { afterDelete } = table
      if (afterDelete === undefined) return []
      const trigger = sql.id(afterDeleteName(table.name))
      const set = [
        ...Object.entries(afterDelete.set).map(([column, value]) => sql`${sql.id(column)} = ${literal(parts, value)}`),
        ...Object.entries(afterDelete.increment).map(
          ([column, amount]) => sql`${sql.id(column)} = ${sql.id(column)} + ${sql.lit(amount)}`,
        ),
      ]
      const where = sql`${sql.id(afterDelete.where.column)} = old.${sql.id(afterDelete.where.deleted)}`
      return [
        ...(replaces ? [sql`drop trigger if exists ${trigger}`] : []),
        sql`create trigger ${trigger} after delete on ${sql.id(table.name)} for each row begin update ${tableReference(parts, afterDelete.table)} set ${sql.join(set)} where ${where}; end`,
      ].map((statement) => statement.compile(builder).sql)
    },
    createMirror: (table, column, former) =>
      mirrorTriggers(table, column, former).map(({ name, statement }) => ({
        name,
        sql: statement.compile(builder).sql,
      })),
    dropMirror: (table, column) =>
      (['update', 'insert'] as const).map(
        (by) => sql`drop trigger if exists ${sql.id(mirrorName(table, column, by))}`.compile(builder).sql,
      ),
    referrers: async (session, table) => {
      const rows = await session.read({ sql: referrersQuery }, [table, table])
      return rows.map(([name]) => String(name))
    },
    liveColumn: (column): LiveColumn => ({
      type: types[column.kind],
      nullable: column.nullable,
      default: column.default === undefined ? undefined : String(parts.literal(column.default)),
    }),
    mappable: (column) => mappableOf(mappable, column),
    inspect,
  }
}

/** What a trigger writes is not taken for another write: its conditions are met no more. */
function mirrorTriggers({ name: table, primaryKey }: TableSpec, column: string, former: string) {
  const [name, formerName] = [sql.id(column), sql.id(former)]
  const isRow = sql.join(
    primaryKey.map((key) => sql`${sql.id(key)} = new.${sql.id(key)}`),
    sql` and `,
  )
  const update = sql.id(mirrorName(table, column, 'update'))
  const insert = sql.id(mirrorName(table, column, 'insert'))
  const written = sql`case when new.${name} is not old.${name} then new.${name} else new.${formerName} end`
  const given = sql`coalesce(new.${name}, new.${formerName})`
  const set = (value: RawBuilder<unknown>) =>
    sql`update ${sql.id(table)} set ${name} = ${value}, ${formerName} = ${value} where ${isRow}`
  const differ = sql`new.${name} is not new.${formerName}`
  return [
    {
      name: mirrorName(table, column, 'update'),
      statement: sql`create trigger ${update} after update of ${name}, ${formerName} on ${sql.id(table)} for each row when ${differ} begin ${set(written)}; end`,
    },
    {
      name: mirrorName(table, column, 'insert'),
      statement: sql`create trigger ${insert} after insert on ${sql.id(table)} for each row when ${differ} begin ${set(given)}; end`,
    },
  ]
}

const referrersQuery = `
select distinct m.name as c0 from sqlite_master as m, pragma_foreign_key_list(m.name) as f
where m.type = 'table' and lower(f."table") = lower(?) and lower(m.name) <> lower(?)`

async function inspect(session: SqlSession, tables: readonly string[]): Promise<ReadonlyMap<string, LiveTable>> {
  const found = new Map<string, LiveTable>()
  for (const table of tables) {
    const columns = await session.read(
      {
        sql: 'select name as c0, lower(type) as c1, "notnull" as c2, dflt_value as c3, pk as c4 from pragma_table_info(?)',
      },
      [table],
    )
    if (columns.length > 0) found.set(table, await inspectTable(session, table, columns))
  }
  return found
}

async function inspectTable(
  session: SqlSession,
  table: string,
  columns: readonly (readonly unknown[])[],
): Promise<LiveTable> {
  const keys = columns.filter((row) => Number(row[4]) > 0).toSorted((left, right) => Number(left[4]) - Number(right[4]))
  const foreignKeys = await session.read(
    {
      sql: 'select "from" as c0, "table" as c1, "to" as c2, lower(on_delete) as c3 from pragma_foreign_key_list(?) order by id, seq',
    },
    [table],
  )
  const indexes = await session.read(
    {
      sql: "select l.name as c0, l.\"unique\" as c1, case when l.partial then '' else i.name end as c2 from pragma_index_list(?) as l, pragma_index_info(l.name) as i where l.origin <> 'pk' order by l.name, i.seqno",
    },
    [table],
  )
  const triggers = await session.read(
    { sql: "select name as c0 from sqlite_master where type = 'trigger' and tbl_name = ?" },
    [table],
  )
  return {
    columns: new Map(columns.map((row) => [String(row[0]), toColumn(row)])),
    primaryKey: keys.map((row) => String(row[0])),
    foreignKeys: foreignKeys.map(toForeignKey),
    indexes: toIndexes(indexes),
    triggers: new Set(triggers.map(([name]) => String(name))),
  }
}

function toColumn([, type, notNull, value]: readonly unknown[]): LiveColumn {
  return {
    type: String(type),
    nullable: Number(notNull) === 0,
    default: typeof value === 'string' ? value.replace(/^'(.*)'$/s, '$1').replaceAll("''", "'") : undefined,
  }
}

const actions: Readonly<Record<string, OnDelete>> = { cascade: 'cascade', restrict: 'restrict', 'set null': 'set null' }

function toForeignKey([column, table, target, action]: readonly unknown[]): LiveForeignKey {
  return {
    column: String(column),
    table: String(table),
    target: String(target),
    onDelete: actions[String(action)] ?? 'other',
  }
}

function toIndexes(rows: readonly (readonly unknown[])[]): ReadonlyMap<string, LiveIndex> {
  const indexes = new Map<string, { columns: string[]; unique: boolean }>()
  for (const [name, unique, column] of rows) {
    const index = indexes.get(String(name)) ?? { columns: [], unique: Number(unique) === 1 }
    index.columns.push(String(column))
    indexes.set(String(name), index)
  }
  return indexes
}
