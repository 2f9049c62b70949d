import { DatabaseSync } from 'node:sqlite'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestFile } from '@cardea/kysely/testkit'
import type { Access, Executed, ObservedKind, Plan } from './observed-database.js'

/** SQLite plans without values, and differently once it knows what the tables hold. */
export const observedSqlite: ObservedKind = {
  name: 'SQLite',
  open: async () => {
    const file = createTestFile()
    const executed: Executed[] = []
    const storage = sqlite(file.path, {
      log: ({ kind, sql }) => {
        if (kind === 'statement') executed.push({ sql, values: [] })
      },
    })
    const run = async (...statements: readonly string[]): Promise<void> => {
      const database = new DatabaseSync(file.path, { timeout: 2_000 })
      for (const statement of statements) database.exec(statement)
      database.close()
    }
    return {
      name: 'SQLite',
      storage,
      executed,
      run,
      analyze: () => run('analyze'),
      explain: async ({ sql }) => {
        const known = new DatabaseSync(file.path, { timeout: 2_000 })
        const plan = planOf(known, sql)
        known.close()
        // Nobody runs ANALYZE by himself, so what it finds out must not be needed. The change is never committed.
        const unknown = new DatabaseSync(file.path, { timeout: 2_000 })
        unknown.exec('begin; delete from sqlite_stat1; analyze sqlite_schema')
        const blind = planOf(unknown, sql)
        unknown.exec('rollback')
        unknown.close()
        return [plan, blind]
      },
      close: async () => {
        await storage.close()
        file.remove()
      },
    }
  },
}

function planOf(database: DatabaseSync, sql: string): Plan {
  const lines = database
    .prepare(`explain query plan ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
  return {
    accesses: lines.flatMap(accessOf),
    sorts: lines.some((line) => line.startsWith('USE TEMP B-TREE')),
    text: lines.join('\n'),
  }
}

function accessOf(line: string): readonly Access[] {
  const [, verb, table] = /^(SCAN|SEARCH) (\S+)/.exec(line) ?? []
  if (verb === undefined || table === undefined || /^SCAN (CONSTANT ROW|\d+-ROW VALUES)/.test(line)) return []
  if (verb === 'SCAN') return [{ table, kind: 'whole', columns: [] }]
  const terms = /\(([^()]*)\)(?: LEFT-JOIN)?$/.exec(line)?.[1]?.split(' AND ') ?? []
  const equal = terms.flatMap((term) => /^(\w+)=\?$/.exec(term)?.[1] ?? [])
  const columns = equal.length > 0 ? equal : terms.flatMap((term) => /^\(?(\w+)/.exec(term)?.[1] ?? [])
  return [{ table, kind: equal.length > 0 ? 'equal' : 'range', columns }]
}
