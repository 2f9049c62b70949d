import type { ColumnKind } from '@cardea/storage'
import { sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import { afterDeleteName, mirrorName } from '../dialect/names.js'
import type { SqlSession } from '../driver/sql-driver.js'
import { createDdl, type DdlParts, literal, tableReference } from '../migrate/ddl.js'
import type { LiveColumn } from '../migrate/live.js'
import { type MappableTypes, mappableOf } from '../migrate/mappable.js'
import type { IndexSpec, NamedStatement, SchemaDialect } from '../migrate/schema-dialect.js'
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

const text = /^(?:text|citext|character varying(?:\(\d+\))?)(?: collate "C")?$/

/** `character` is none of them: it fills up what is shorter with spaces. */
const mappable: MappableTypes = {
  text: { pattern: text, wanted: 'text' },
  uuid: { pattern: /^uuid$/, wanted: 'uuid' },
  integer: { pattern: /^(?:smallint|integer|bigint)$/, wanted: 'bigint' },
  milliseconds: { pattern: /^bigint$/, wanted: 'bigint' },
  timestamp: { pattern: /^timestamp(?:\(\d\))? with time zone$/, wanted: 'timestamp with time zone' },
  datetime: { pattern: /^timestamp(?:\(\d\))? without time zone$/, wanted: 'timestamp without time zone' },
  double: { pattern: /^(?:real|double precision|numeric(?:\(.+\))?)$/, wanted: 'double precision' },
  boolean: { pattern: /^boolean$/, wanted: 'boolean' },
  json: { pattern: /^(?:jsonb?|text|character varying)(?: collate "C")?$/, wanted: 'jsonb' },
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
  const ddl = createDdl(parts)
  return {
    ...ddl,
    createIndex: (table, index) => createIndex(parts, table, index),
    // Indexes and foreign keys go with it.
    dropColumn: (table, name, column) => ddl.dropColumn(table, name, column, []),
    dropTable: (table) => [
      ...ddl.dropTable(table),
      sql`drop function if exists ${sql.id(schema, afterDeleteName(table))}()`.compile(builder).sql,
    ],
    referrers: async (session, table) => {
      const rows = await session.read({ sql: referrersQuery }, [schema, table])
      return rows.map(([name]) => String(name))
    },
    dropNotNull: async (_session, table, columns) =>
      columns.map(
        (column) =>
          sql`alter table ${tableReference(parts, table.name)} alter column ${sql.id(column)} drop not null`.compile(
            builder,
          ).sql,
      ),
    lengthen: () => [],
    createAfterDelete: (table, replaces) => createAfterDelete(parts, schema, table, replaces),
    createMirror: (table, column, former) => createMirror(parts, schema, table.name, column, former),
    dropMirror: (table, column) => {
      const name = mirrorName(table, column, 'write')
      return [
        sql`drop trigger if exists ${sql.id(name)} on ${tableReference(parts, table)}`,
        sql`drop function if exists ${sql.id(schema, name)}()`,
      ].map((statement) => statement.compile(builder).sql)
    },
    isAfterDeleteLeft: (session, table) => isFunctionLeft(session, schema, table.name),
    liveColumn: (column): LiveColumn => ({
      type: types[column.kind],
      nullable: column.nullable,
      default: column.default === undefined ? undefined : String(column.default),
    }),
    mappable: (column) => mappableOf(mappable, column),
    inspect: (session, tables) => inspectPostgres(session, schema, tables),
  }
}

/** Lists put what has no value first, and only an index of the same order gives them their beginning without sorting all. */
function createIndex(parts: DdlParts, table: TableSpec, { name, columns, unique }: IndexSpec): string {
  const keys = columns.map((column) =>
    table.columns[column]?.nullable === true ? sql`${sql.id(column)} nulls first` : sql.id(column),
  )
  const statement = sql`create ${unique ? sql`unique index` : sql`index`} ${sql.id(name)} on ${tableReference(parts, table.name)} (${sql.join(keys)})`
  return statement.compile(parts.builder).sql
}

const referrersQuery = `
select distinct c.relname as c0
from pg_catalog.pg_constraint as f
join pg_catalog.pg_class as c on c.oid = f.conrelid
join pg_catalog.pg_class as t on t.oid = f.confrelid
join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
where f.contype = 'f' and n.nspname = $1 and t.relname = $2 and c.oid <> t.oid`

/** What the bodies of our functions have in common, those of earlier versions too: see {@link createAfterDelete}. */
const ownBody = /^ begin update "[^;]+" set [^;]+ where [^;]+ = old\."[^;]+"; return null; end $/

/** A function takes no arguments, and serves no table but the one of its name. */
const functionQuery = `
select p.prosrc as c0
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
where n.nspname = $1 and p.proname = $2 and p.pronargs = 0 and l.lanname = 'plpgsql' and not p.prosecdef
  and p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
  and not exists (
    select 1 from pg_catalog.pg_trigger as t
    join pg_catalog.pg_class as c on c.oid = t.tgrelid
    where t.tgfoid = p.oid and not (c.relnamespace = n.oid and c.relname = $3)
  )`

/** The function stays behind when its table is dropped. Somebody else's of that name is not to be replaced. */
async function isFunctionLeft(session: SqlSession, schema: string, table: string): Promise<boolean> {
  const row = await session.readOne({ sql: functionQuery }, [schema, afterDeleteName(table), table])
  return typeof row?.[0] === 'string' && ownBody.test(row[0])
}

function createAfterDelete(parts: DdlParts, schema: string, table: TableSpec, replaces: boolean): readonly string[] {
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
    sql`create ${sql.raw(replaces ? 'or replace function' : 'function')} ${sql.id(schema, name)}() returns trigger language plpgsql as $cardea$ begin update ${target} set ${sql.join(set)} where ${where}; return null; end $cardea$`,
    ...(replaces ? [sql`drop trigger if exists ${sql.id(name)} on ${tableReference(parts, table.name)}`] : []),
    sql`create trigger ${sql.id(name)} after delete on ${tableReference(parts, table.name)} for each row execute function ${sql.id(schema, name)}()`,
  ].map((statement) => statement.compile(parts.builder).sql)
}

/** A function may be left of a table that was dropped, and is replaced: no other has such a name. */
function createMirror(
  parts: DdlParts,
  schema: string,
  table: string,
  column: string,
  former: string,
): readonly NamedStatement[] {
  const name = mirrorName(table, column, 'write')
  const [own, other] = [sql.id(column), sql.id(former)]
  const isWritten = sql`(tg_op = 'INSERT' and new.${own} is not null) or (tg_op = 'UPDATE' and new.${own} is distinct from old.${own})`
  return [
    sql`create or replace function ${sql.id(schema, name)}() returns trigger language plpgsql as $cardea$ begin if ${isWritten} then new.${other} := new.${own}; else new.${own} := new.${other}; end if; return new; end $cardea$`,
    sql`create trigger ${sql.id(name)} before insert or update on ${tableReference(parts, table)} for each row execute function ${sql.id(schema, name)}()`,
  ].map((statement) => ({ name, sql: statement.compile(parts.builder).sql }))
}
