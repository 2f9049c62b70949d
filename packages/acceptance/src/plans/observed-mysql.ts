import { mysql } from '@cardea/kysely/mysql'
import { createTestDatabase } from '@cardea/kysely/testkit'
import { createPool, type RowDataPacket } from 'mysql2'
import type { Access, Executed, ObservedKind } from './observed-database.js'

/** A statement as the storage gives it to a connection. */
interface Query {
  readonly sql: string
  readonly values?: readonly unknown[]
}

/** MySQL and MariaDB plan for the values of a statement. */
export const observedMysql: ObservedKind = {
  name: 'MySQL',
  open: async () => {
    const database = await createTestDatabase('mysql')
    if ('skipped' in database) throw new Error(database.skipped)
    const executed: Executed[] = []
    const bound = new Map<string, readonly unknown[]>()
    const pool = createPool({ uri: database.url, connectionLimit: 5 })
    pool.on('connection', (connection) => {
      const execute = connection.execute.bind(connection)
      Object.assign(connection, {
        execute: (query: Query, callback: () => void) => {
          bound.set(query.sql, query.values ?? [])
          // The types of mysql2 do not know the shape that it takes beside a text.
          return execute(query as never, callback)
        },
      })
    })
    const storage = mysql(pool, {
      log: ({ kind, sql }) => {
        if (kind === 'statement') executed.push({ sql, values: bound.get(sql) ?? [] })
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
        await run(`analyze table ${tables.flatMap((row) => Object.values(row)).join(', ')}`)
      },
      explain: async ({ sql, values }) => {
        const [lines] = await admin.execute<RowDataPacket[]>(`explain ${sql}`, [...values] as (string | number)[])
        return [
          {
            accesses: lines.flatMap((line) => accessOf(line, sql)),
            sorts: lines.some(({ Extra }) => /filesort|temporary/i.test(String(Extra))),
            text: lines.map((line) => JSON.stringify(line)).join('\n'),
          },
        ]
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

/** The columns of a key are told by their number alone, so the rows that are expected stand for them. */
const manyRows = 1_000

function accessOf(line: RowDataPacket, sql: string): readonly Access[] {
  const type = String(line['type']).toLowerCase()
  const table = String(line['table'])
  // What stands in no table (values, or rows that are known not to be there), and an insert, which looks nothing up.
  if (line['type'] === null || line['table'] === null || /^insert into \S+ \(.*\) values/i.test(sql)) return []
  if (type === 'all' || type === 'index') return [{ table, kind: 'whole', columns: [] }]
  if (Number.parseInt(String(line['rows']), 10) >= manyRows) return [{ table, kind: 'whole', columns: [String(line['key'])] }]
  return [{ table, kind: type === 'range' ? 'range' : 'equal', columns: [String(line['key'])] }]
}
