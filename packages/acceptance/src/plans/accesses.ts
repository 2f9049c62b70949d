/** How a statement finds rows of one table. */
export interface Access {
  readonly table: string
  /** Whether it looks at all rows, or at all entries of an index, one after the other. */
  readonly whole: boolean
  /** As the planner says it. */
  readonly how: string
}

/**
 * Reads the plan of SQLite.
 *
 * @see https://www.sqlite.org/eqp.html
 */
export function sqliteAccesses(sql: string, rows: readonly object[]): readonly Access[] {
  const tables = aliasesOf(sql)
  return rows.flatMap((row) => {
    const how = String(Object.entries(row).find(([name]) => name === 'detail')?.[1])
    const [, verb, name = ''] = /^(SCAN|SEARCH) (\S+)/.exec(how) ?? []
    if (verb === undefined || how === 'SCAN CONSTANT ROW') return []
    return [{ table: tables.get(name) ?? name, whole: verb === 'SCAN', how }]
  })
}

/**
 * Reads the plan of PostgreSQL.
 *
 * @see https://www.postgresql.org/docs/current/using-explain.html
 */
export function postgresAccesses(plan: unknown): readonly Access[] {
  const found: Access[] = []
  visit(plan, (node) => {
    const table = node['Relation Name']
    const type = String(node['Node Type'])
    if (typeof table !== 'string' || !type.includes('Scan')) return
    // A bitmap's condition stands at the node below, which names no table.
    const bound = type === 'Bitmap Heap Scan' || node['Index Cond'] !== undefined
    const how = toText([type, node['Index Name'], node['Index Cond'], node['Filter']])
    found.push({ table, whole: !bound, how })
  })
  return found
}

/**
 * Reads the plan of MariaDB.
 *
 * @see https://mariadb.com/kb/en/explain-format-json/
 */
export function mysqlAccesses(sql: string, rows: unknown): readonly Access[] {
  const tables = aliasesOf(sql)
  const text = Array.isArray(rows) && Array.isArray(rows[0]) ? String(rows[0][0]) : ''
  const found: Access[] = []
  visit(JSON.parse(text), (node) => {
    const { access_type: type, table_name: name, key, message } = node
    if (typeof message === 'string') {
      // The row of a unique key was looked up already, and is not there.
      const looked = /after reading const tables|Unique row not found|no matching row/i.test(message)
      found.push({ table: '', whole: !looked, how: message })
    }
    if (typeof name !== 'string' || typeof type !== 'string') return
    const how = toText([type, key])
    found.push({ table: tables.get(name) ?? name, whole: type === 'ALL' || type === 'index', how })
  })
  return found
}

const toText = (parts: readonly unknown[]): string => parts.filter((part) => typeof part === 'string').join(' · ')

/** What the aliases of a statement stand for. */
function aliasesOf(sql: string): ReadonlyMap<string, string> {
  const places = sql.matchAll(/(?:from|join) ["`](\w+)["`] as ["`](\w+)["`]/g)
  return new Map([...places].map(([, table = '', alias = '']) => [alias, table]))
}

/** Goes through all objects of a plan. */
function visit(value: unknown, look: (node: Readonly<Record<string, unknown>>) => void): void {
  if (typeof value !== 'object' || value === null) return
  // A list or an object of JSON; a list has no members that plans are told by.
  if (!Array.isArray(value)) look(value as Readonly<Record<string, unknown>>)
  for (const member of Object.values(value)) visit(member, look)
}
