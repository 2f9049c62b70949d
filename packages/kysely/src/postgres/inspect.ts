import type { OnDelete } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'
import type { LiveColumn, LiveForeignKey, LiveIndex, LiveTable } from '../migrate/live.js'

/** The catalogue's answers as text: the app may have type parsers of its own. */
const columnsQuery = `
select c.relname as c0, a.attname as c1,
  format_type(a.atttypid, a.atttypmod) || case when l.collname = 'C' then ' collate "C"' else '' end as c2,
  a.attnotnull::text as c3, pg_get_expr(d.adbin, d.adrelid) as c4
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_catalog.pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
left join pg_catalog.pg_collation as l on l.oid = a.attcollation
where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relname in (select json_array_elements_text(cast($2 as json)))
order by c.relname, a.attnum`

/** An index that is partial, or was never finished, shows no columns and so equals none that is wanted. */
const indexesQuery = `
select c.relname as c0, i.relname as c1, x.indisunique::text as c2, x.indisprimary::text as c3,
  array_to_json(array(
    select a.attname from unnest(x.indkey) with ordinality as k(number, position)
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.number
    where x.indpred is null and x.indisvalid
    order by k.position
  ))::text as c4
from pg_catalog.pg_index as x
join pg_catalog.pg_class as c on c.oid = x.indrelid
join pg_catalog.pg_class as i on i.oid = x.indexrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname in (select json_array_elements_text(cast($2 as json)))`

const foreignKeysQuery = `
select c.relname as c0, a.attname as c1, t.relname as c2, b.attname as c3, f.confdeltype::text as c4
from pg_catalog.pg_constraint as f
join pg_catalog.pg_class as c on c.oid = f.conrelid
join pg_catalog.pg_class as t on t.oid = f.confrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = f.conkey[1]
join pg_catalog.pg_attribute as b on b.attrelid = t.oid and b.attnum = f.confkey[1]
where f.contype = 'f' and n.nspname = $1 and c.relname in (select json_array_elements_text(cast($2 as json)))
order by f.conname`

/** A trigger that was disabled does not run. */
const triggersQuery = `
select c.relname as c0, t.tgname as c1
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where not t.tgisinternal and t.tgenabled <> 'D' and n.nspname = $1
  and c.relname in (select json_array_elements_text(cast($2 as json)))`

/** Those of the tables that exist in the schema. */
export async function inspectPostgres(
  session: SqlSession,
  schema: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, LiveTable>> {
  const values = [schema, JSON.stringify(tables)]
  const columns = grouped(await session.read({ sql: columnsQuery }, values))
  const indexes = grouped(await session.read({ sql: indexesQuery }, values))
  const foreignKeys = grouped(await session.read({ sql: foreignKeysQuery }, values))
  const triggers = grouped(await session.read({ sql: triggersQuery }, values))
  const found = new Map<string, LiveTable>()
  for (const [table, rows] of columns) {
    const keys = indexes.get(table) ?? []
    found.set(table, {
      columns: new Map(rows.map((row) => [String(row[1]), toColumn(row)])),
      primaryKey: keys.filter(([, , , primary]) => primary === 'true').flatMap(([, , , , names]) => toNames(names)),
      indexes: new Map(keys.map((row) => [String(row[1]), toIndex(row)])),
      triggers: new Set((triggers.get(table) ?? []).map(([, name]) => String(name))),
      foreignKeys: (foreignKeys.get(table) ?? []).map(toForeignKey),
    })
  }
  return found
}

function grouped(rows: readonly (readonly unknown[])[]): ReadonlyMap<string, readonly (readonly unknown[])[]> {
  return Map.groupBy(rows, ([table]) => String(table))
}

function toColumn([, , type, notNull, value]: readonly unknown[]): LiveColumn {
  return {
    type: String(type),
    nullable: notNull === 'false',
    default: typeof value === 'string' ? toDefault(value) : undefined,
  }
}

/** `'allow'::text` and `'-5'::bigint` are how the server writes the values that were given. */
function toDefault(expression: string): string {
  const quoted = /^'((?:[^']|'')*)'(?:::|$)/.exec(expression)?.[1]
  return quoted === undefined ? expression.replace(/^\((.*)\)$/, '$1') : quoted.replaceAll("''", "'")
}

const toIndex = ([, , unique, , names]: readonly unknown[]): LiveIndex => ({
  columns: toNames(names),
  unique: unique === 'true',
})

// The query makes an array of names of it.
const toNames = (json: unknown): readonly string[] => JSON.parse(String(json)) as readonly string[]

const actions: Readonly<Record<string, OnDelete>> = { c: 'cascade', r: 'restrict', n: 'set null' }

const toForeignKey = ([, column, table, target, action]: readonly unknown[]): LiveForeignKey => ({
  column: String(column),
  table: String(table),
  target: String(target),
  onDelete: actions[String(action)] ?? 'other',
})
