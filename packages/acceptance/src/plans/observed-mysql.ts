import { mysql } from '@cardea/kysely/mysql'
import { createTestDatabase } from '@cardea/kysely/testkit'
import { createPool, type RowDataPacket } from 'mysql2'
import type { Access, Executed, ObservedKind } from './observed-database.js'

/** A statement as the storage gives it to a connection. */
interface Query {
  readonly sql: string
  readonly values?: readonly unknown[]
}

type Callback = (error: Error | null, rows: readonly RowDataPacket[]) => void

/**
 * MySQL and MariaDB plan for the values of a statement, and look rows up by unique keys while they do. Where there is no
 * such row they have no plan to tell, so the plan is asked for just before, on the same connection.
 */
export const observedMysql: ObservedKind = {
  name: 'MySQL',
  open: async () => {
    const database = await createTestDatabase('mysql')
    if ('skipped' in database) throw new Error(database.skipped)
    const executed: Executed[] = []
    const told = new Map<string, string>()
    const pool = createPool({ uri: database.url, connectionLimit: 5 })
    pool.on('connection', (connection) => {
      for (const verb of ['execute', 'query'] as const) {
        // The types of mysql2 do not know the shape that it takes beside a text.
        const original = connection[verb].bind(connection) as unknown as (query: Query, callback: Callback) => unknown
        const observed = (query: Query, callback: Callback): unknown => {
          if (typeof query === 'string' || !/^(select|update|delete) /i.test(query.sql))
            return original(query, callback)
          const { values } = query
          const explain = { sql: `explain format=json ${query.sql}`, ...(values === undefined ? {} : { values }) }
          return original(explain, (error, rows) => {
            if (error === null) told.set(query.sql, String(rows[0]?.['EXPLAIN']))
            original(query, callback)
          })
        }
        Object.assign(connection, { [verb]: observed })
      }
    })
    const storage = mysql(pool, {
      log: ({ kind, sql }) => {
        const plan = told.get(sql)
        if (kind === 'statement') executed.push({ sql, values: [], ...(plan === undefined ? {} : { told: plan }) })
      },
    })
    const admin = createPool({ uri: database.url, connectionLimit: 1 }).promise()
    const run = async (...statements: readonly string[]): Promise<void> => {
      for (const statement of statements) await admin.query(statement)
    }
    return {
      name: 'MySQL',
      storage,
      executed,
      run,
      analyze: async () => {
        const [tables] = await admin.query<RowDataPacket[]>('show tables')
        await run(`analyze table ${tables.flatMap((row) => Object.values(row).map(String)).join(', ')}`)
      },
      explain: async ({ sql, told: text = '{}' }) => {
        const parts = partsOf(JSON.parse(text))
        const sorts = parts.some((part) => 'filesort' in part || 'temporary_table' in part)
        const accesses = parts.flatMap(accessOf)
        return [{ accesses: accesses.length > 0 ? accesses : missedIn(sql, text), sorts, text }]
      },
      close: async () => {
        await storage.close()
        await admin.end()
        await pool.promise().end()
        await database.drop()
      },
    }
  },
}

type Part = Readonly<Record<string, unknown>>

/** All objects of a plan, at any depth. */
function partsOf(value: unknown): readonly Part[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(partsOf)
  return Array.isArray(value) ? inner : [value as Part, ...inner]
}

function accessOf(part: Part): readonly Access[] {
  const { table_name: table, access_type: type, used_key_parts: parts } = part
  if (typeof table !== 'string' || typeof type !== 'string') return []
  const columns = Array.isArray(parts) ? parts.map(String) : []
  // One row at most, of which no column is asked: what it would be compared with is null.
  if (/^(const|system)$/i.test(type) && columns.length === 0) return []
  if (/^(all|index)$/i.test(type) || columns.length === 0) return [{ table, kind: 'whole', columns: [] }]
  return [{ table, kind: /^range/i.test(type) ? 'range' : 'equal', columns }]
}

/**
 * Where planning has looked for the row of the only table by a unique key and there was none, it says that, and no more. With
 * several tables it does not say which the key was of.
 */
function missedIn(sql: string, text: string): readonly Access[] {
  const missed = /no matching row in const table|Impossible WHERE noticed after reading const tables/i.test(text)
  const [, table] = /^(?:select .* from|update|delete from) `(\w+)`(?! as `t0` (?:inner|left) join)/.exec(sql) ?? []
  return missed && table !== undefined ? [{ table, kind: 'equal', columns: ['unique key'] }] : []
}
