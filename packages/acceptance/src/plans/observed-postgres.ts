import { postgres } from '@cardea/kysely/postgres'
import { createTestDatabase } from '@cardea/kysely/testkit'
import pg from 'pg'
import type { Access, Executed, ObservedKind, Plan } from './observed-database.js'

/** A statement as the storage gives it to a client; BEGIN and COMMIT are plain texts. */
interface Query {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A node of a plan, as far as it matters. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Alias?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly PlanNode[]
}

/** PostgreSQL plans for the values of a statement; one that is prepared it plans for any values after some time. */
export const observedPostgres: ObservedKind = {
  name: 'PostgreSQL',
  open: async () => {
    const database = await createTestDatabase('postgres')
    if ('skipped' in database) throw new Error(database.skipped)
    const executed: Executed[] = []
    const bound = new Map<string, readonly unknown[]>()
    const pool = new pg.Pool({ connectionString: database.url, max: 5 })
    pool.on('error', () => {})
    pool.on('connect', (client) => {
      // The overloads of the method are told apart by what the storage gives it.
      const query = client.query.bind(client) as (given: Query | string) => unknown
      const observed = (given: Query | string): unknown => {
        if (typeof given !== 'string') bound.set(given.text, given.values)
        return query(given)
      }
      Object.assign(client, { query: observed })
    })
    const storage = postgres(pool, {
      log: ({ kind, sql }) => {
        if (kind === 'statement') executed.push({ sql, values: bound.get(sql) ?? [] })
      },
    })
    const admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    const run = async (...statements: readonly string[]): Promise<void> => {
      for (const statement of statements) await admin.query(statement)
    }
    const explain = async (sql: string, values: readonly unknown[]): Promise<Plan> => {
      const { rows } = await admin.query(`explain (format json) ${sql}`, [...values])
      // EXPLAIN in JSON is one row with one list of one statement.
      const root = (rows as [{ 'QUERY PLAN': [{ Plan: PlanNode }] }])[0]['QUERY PLAN'][0].Plan
      const nodes = flatten(root)
      return {
        accesses: nodes.flatMap((node) => accessOf(node, nodes)),
        sorts: nodes.some((node) => node['Node Type'].includes('Sort')),
        text: nodes.map((node) => JSON.stringify({ ...node, Plans: undefined })).join('\n'),
      }
    }
    return {
      name: 'PostgreSQL',
      storage,
      executed,
      run,
      // Not the one row that hot reads bring along: a server counts tables of their own accord only after 50 changes.
      analyze: async () => {
        const { rows } = await admin.query<{ tablename: string }>(
          "select tablename from pg_tables where schemaname = current_schema() and tablename <> 'cardea_authz'",
        )
        for (const { tablename } of rows) await run(`analyze ${tablename}`)
      },
      explain: async ({ sql, values }) => {
        const forThese = await explain(sql, values)
        await run('set plan_cache_mode = force_generic_plan', `prepare observed as ${sql}`)
        const nulls = values.length === 0 ? '' : `(${values.map(() => 'null').join(', ')})`
        const forAny = await explain(`execute observed${nulls}`, [])
        await run('deallocate observed', 'reset plan_cache_mode')
        return [forThese, forAny]
      },
      close: async () => {
        await storage.close()
        await admin.end()
        await pool.end()
        await database.drop()
      },
    }
  },
}

const flatten = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)]

function accessOf(node: PlanNode, nodes: readonly PlanNode[]): readonly Access[] {
  const type = node['Node Type']
  if (type === 'Seq Scan') return [{ table: node['Relation Name'] ?? '', kind: 'whole', columns: [] }]
  if (!/^(Index|Index Only|Bitmap Index) Scan$/.test(type)) return []
  // A scan of an index for a bitmap does not say of which table.
  const heap = nodes.find((each) => each.Plans?.includes(node) === true)
  const table = node['Relation Name'] ?? heap?.['Relation Name'] ?? node['Index Name'] ?? ''
  const condition = node['Index Cond'] ?? ''
  const equal = [...condition.matchAll(/\((?:\w+\.)?(\w+)(?:\)::\w+)? = /g)].map(([, column = '']) => column)
  if (equal.length > 0) return [{ table, kind: 'equal', columns: equal }]
  const range = [...condition.matchAll(/(\w+)(?:\)::\w+)? [<>]/g)].map(([, column = '']) => column)
  return [{ table, kind: range.length > 0 ? 'range' : 'whole', columns: range }]
}
