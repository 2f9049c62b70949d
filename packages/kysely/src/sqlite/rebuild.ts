import { sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import type { SqlSession } from '../driver/sql-driver.js'

/**
 * The statements that let columns be null: SQLite cannot change a column, so the table is written anew.
 *
 * The new table is made of the text of the old one, so that columns, indexes and triggers which the app added stay. It
 * takes foreign keys to be off, or dropping the old table would delete what refers to it.
 *
 * @returns Undefined when the table does not read like one that Cardea made.
 * @see https://www.sqlite.org/lang_altertable.html#otheralter
 */
export async function rebuildNullable(
  builder: Builder,
  session: SqlSession,
  table: string,
  columns: readonly string[],
): Promise<readonly string[] | undefined> {
  const schema = await session.read(
    {
      sql: "select type as c0, sql as c1 from sqlite_master where tbl_name = ? and sql is not null order by type = 'table' desc",
    },
    [table],
  )
  const quote = (name: string): string => sql.id(name).compile(builder).sql
  // No collection's table can have this name.
  const temporary = `${table}$rebuilt`
  const [head, ...dependents] = schema.map(([, text]) => String(text))
  const created = head === undefined ? undefined : nullableText(head, quote, table, temporary, columns)
  if (created === undefined) return undefined
  // Those that the database generates cannot be written, and are not in this list.
  const names = await session.read({ sql: 'select name as c0 from pragma_table_info(?)' }, [table])
  const kept = names.map(([name]) => quote(String(name))).join(', ')
  return [
    created,
    `insert into ${quote(temporary)} (${kept}) select ${kept} from ${quote(table)}`,
    `drop table ${quote(table)}`,
    `alter table ${quote(temporary)} rename to ${quote(table)}`,
    ...dependents,
  ]
}

function nullableText(
  text: string,
  quote: (name: string) => string,
  table: string,
  temporary: string,
  columns: readonly string[],
): string | undefined {
  const beginning = new RegExp(`^create table (${escaped(quote(table))}|${escaped(table)}) \\(`, 'i')
  if (!beginning.test(text)) return undefined
  let changed = text.replace(beginning, () => `create table ${quote(temporary)} (`)
  for (const column of columns) {
    const definition = new RegExp(`(${escaped(quote(column))} (?:text|integer|real)) not null`, 'i')
    if (!definition.test(changed)) return undefined
    changed = changed.replace(definition, '$1')
  }
  return changed
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
