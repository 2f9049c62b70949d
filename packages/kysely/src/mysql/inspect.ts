import type { OnDelete } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'
import type { LiveColumn, LiveForeignKey, LiveIndex, LiveTable } from '../migrate/live.js'
import type { MysqlServer } from './server.js'

const columnsQuery = (places: string): string => `
select table_name as c0, column_name as c1, column_type as c2, character_set_name as c3, collation_name as c4,
  is_nullable as c5, column_default as c6, extra as c7
from information_schema.columns
where table_schema = database() and table_name in (${places})
order by table_name, ordinal_position`

/** An index over a part of a text shows no column for it, and so equals none that is wanted. */
const indexesQuery = (places: string): string => `
select table_name as c0, index_name as c1, non_unique as c2, case when sub_part is null then column_name else '' end as c3
from information_schema.statistics
where table_schema = database() and table_name in (${places})
order by table_name, index_name, seq_in_index`

/**
 * The schema is said of each table by itself, and no join speaks of it: else MariaDB opens the tables of all databases of the
 * server, which takes the longer the more there are, and waits for whoever changes any of them.
 */
const foreignKeysQuery = (places: string): string => `
select k.table_name as c0, k.column_name as c1, k.referenced_table_name as c2, k.referenced_column_name as c3,
  r.delete_rule as c4
from information_schema.key_column_usage as k
join information_schema.referential_constraints as r
  on r.constraint_name = k.constraint_name and r.table_name = k.table_name
where k.table_schema = database() and r.constraint_schema = database() and k.table_name in (${places})
  and k.referenced_table_name is not null
order by k.constraint_name, k.ordinal_position`

const triggersQuery = (places: string): string => `
select event_object_table as c0, trigger_name as c1
from information_schema.triggers
where event_object_schema = database() and event_object_table in (${places})`

/** Those of the tables that exist in the database of the connection. */
export async function inspectMysql(
  session: SqlSession,
  server: MysqlServer,
  tables: readonly string[],
): Promise<ReadonlyMap<string, LiveTable>> {
  if (tables.length === 0) return new Map()
  const places = tables.map(() => '?').join(', ')
  const columns = grouped(await session.read({ sql: columnsQuery(places) }, tables))
  const indexes = grouped(await session.read({ sql: indexesQuery(places) }, tables))
  const foreignKeys = grouped(await session.read({ sql: foreignKeysQuery(places) }, tables))
  const triggers = grouped(await session.read({ sql: triggersQuery(places) }, tables))
  const found = new Map<string, LiveTable>()
  for (const [table, rows] of columns) {
    const keys = toIndexes(indexes.get(table) ?? [])
    found.set(table, {
      columns: new Map(rows.map((row) => [String(row[1]), toColumn(server, row)])),
      primaryKey: keys.get('PRIMARY')?.columns ?? [],
      indexes: keys,
      triggers: new Set((triggers.get(table) ?? []).map(([, name]) => String(name))),
      foreignKeys: (foreignKeys.get(table) ?? []).map(toForeignKey),
    })
  }
  return found
}

function grouped(rows: readonly (readonly unknown[])[]): ReadonlyMap<string, readonly (readonly unknown[])[]> {
  return Map.groupBy(rows, ([table]) => String(table))
}

function toColumn(
  { isMariaDb }: MysqlServer,
  [, , type, characterSet, collation, nullable, value, extra]: readonly unknown[],
): LiveColumn {
  // MariaDB shows a width that means nothing.
  const plain = String(type)
    .toLowerCase()
    .replace(/^bigint\(\d+\)$/, 'bigint')
  return {
    type: typeof collation === 'string' ? `${plain} character set ${String(characterSet)} collate ${collation}` : plain,
    nullable: nullable === 'YES',
    default: typeof value === 'string' ? toDefault(isMariaDb, value, String(extra)) : undefined,
  }
}

/**
 * MariaDB shows a default as it would be written, and NULL for none. MySQL shows the value, but an expression as it would
 * be written, with the character set in front and its quotes escaped once more.
 */
function toDefault(isMariaDb: boolean, shown: string, extra: string): string | undefined {
  if (isMariaDb) return shown === 'NULL' ? undefined : unquoted(shown)
  return extra.includes('DEFAULT_GENERATED') ? unquoted(shown.replace(/^_utf8mb4/, '').replaceAll("\\'", "'")) : shown
}

function unquoted(text: string): string {
  const quoted = /^'(.*)'$/s.exec(text)?.[1]
  if (quoted === undefined) return text
  return quoted.replaceAll(/''|\\(.)/gs, (_match, escaped: string | undefined) =>
    escaped === undefined ? "'" : (escapes[escaped] ?? escaped),
  )
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', Z: '\u001a' }

function toIndexes(rows: readonly (readonly unknown[])[]): ReadonlyMap<string, LiveIndex> {
  const indexes = new Map<string, { columns: string[]; unique: boolean }>()
  for (const [, name, nonUnique, column] of rows) {
    const index = indexes.get(String(name)) ?? { columns: [], unique: Number(nonUnique) === 0 }
    index.columns.push(String(column))
    indexes.set(String(name), index)
  }
  return indexes
}

const actions: Readonly<Record<string, OnDelete>> = { CASCADE: 'cascade', RESTRICT: 'restrict', 'SET NULL': 'set null' }

const toForeignKey = ([, column, table, target, action]: readonly unknown[]): LiveForeignKey => ({
  column: String(column),
  table: String(table),
  target: String(target),
  onDelete: actions[String(action)] ?? 'other',
})
