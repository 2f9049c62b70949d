import type { OpenDatabase, ProofDatabase } from '../storages.js'

const tablesQueries: Readonly<Record<ProofDatabase['name'], string>> = {
  SQLite: "select name from sqlite_master where type = 'table'",
  PostgreSQL: 'select tablename as name from pg_tables where schemaname = current_schema()',
  MySQL: 'select table_name as name from information_schema.tables where table_schema = database()',
}

/** All rows of all tables, in an order of their own. */
export async function snapshot({ query }: OpenDatabase, name: ProofDatabase['name']): Promise<string> {
  const tables = (await query(tablesQueries[name])).map((row) => String(row['name'])).sort()
  const parts: string[] = []
  for (const table of tables) {
    const rows = (await query(`select * from ${table}`)).map((row) => JSON.stringify(row)).sort()
    parts.push(`${table}\n${rows.join('\n')}`)
  }
  return parts.join('\n')
}
