import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestDatabase, createTestFile, hasTestServer, type TestServer } from '@cardea/kysely/testkit'
import type { StatementEvent, Storage } from '@cardea/storage'
import { type Access, mysqlAccesses, postgresAccesses, sqliteAccesses } from './accesses.js'
import { recordingMysqlPool, recordingPostgresPool, type Value, type Values } from './recording-pools.js'

/** A database that tells what it would do for a statement. */
export interface PlanDatabase {
  readonly storage: Storage
  /** What ran since the last call, in order, without BEGIN and COMMIT. */
  readonly take: () => readonly string[]
  /** How a statement finds rows, with the values that it ran with last. */
  accesses(sql: string): Promise<readonly Access[]>
  /** Lets the planner know how many rows there are. */
  analyze(tables: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** A dialect that plans can be looked at in. */
export interface PlanDialect {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MySQL'
  readonly open: () => Promise<PlanDatabase>
}

/** What stands before a statement to be planned, in each dialect. */
const explainers = {
  sqlite: 'explain query plan ',
  postgres: 'explain (format json) ',
  mysql: 'explain format=json ',
} as const

async function openSqlite(): Promise<PlanDatabase> {
  const { DatabaseSync } = await import('node:sqlite')
  const file = createTestFile()
  const log = createStatementList()
  const storage = sqlite(file.path, { log: log.listen })
  const raw = new DatabaseSync(file.path, { timeout: 5_000 })
  return {
    storage,
    take: log.take,
    // SQLite plans without values.
    accesses: async (sql) => sqliteAccesses(sql, raw.prepare(`${explainers.sqlite}${sql}`).all()),
    // Nobody runs it on an app's file, so plans must be good without it.
    analyze: async () => {},
    close: async () => {
      raw.close()
      await storage.close()
      file.remove()
    },
  }
}

async function openPostgres(): Promise<PlanDatabase> {
  const database = await createDatabase('postgres')
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: database.url, max: 4 })
  pool.on('error', () => {})
  const values: Values = new Map()
  const log = createStatementList()
  const storage = postgres(recordingPostgresPool(pool, values), { log: log.listen })
  return {
    storage,
    take: log.take,
    accesses: async (sql) => {
      const { rows } = await pool.query({
        text: `${explainers.postgres}${sql}`,
        values: [...valuesOf(values, sql)],
        rowMode: 'array',
      })
      return postgresAccesses(rows[0]?.[0])
    },
    analyze: async (tables) => {
      for (const table of tables) await pool.query(`analyze ${table}`)
    },
    close: async () => {
      await storage.close()
      await pool.end()
      await database.drop()
    },
  }
}

async function openMysql(): Promise<PlanDatabase> {
  const database = await createDatabase('mysql')
  const { createPool } = await import('mysql2')
  const pool = createPool({ uri: database.url, connectionLimit: 4, charset: 'UTF8MB4_BIN' })
  const values: Values = new Map()
  const log = createStatementList()
  const storage = mysql(recordingMysqlPool(pool, values), { log: log.listen })
  return {
    storage,
    take: log.take,
    accesses: async (sql) => {
      const [rows] = await pool.promise().query({
        sql: `${explainers.mysql}${sql}`,
        values: [...valuesOf(values, sql)],
        rowsAsArray: true,
      })
      return mysqlAccesses(sql, rows)
    },
    analyze: async (tables) => {
      for (const table of tables) await pool.promise().query(`analyze table ${table} persistent for all`)
    },
    close: async () => {
      await storage.close()
      await pool.promise().end()
      await database.drop()
    },
  }
}

/** The dialects that can be tested here. With CI set, a missing server is a failure. */
export const planDialects: readonly PlanDialect[] = [
  { name: 'SQLite', open: openSqlite },
  ...((await hasTestServer('postgres')) ? [{ name: 'PostgreSQL', open: openPostgres } as const] : []),
  ...((await hasTestServer('mysql')) ? [{ name: 'MySQL', open: openMysql } as const] : []),
]

async function createDatabase(server: TestServer) {
  const database = await createTestDatabase(server)
  if ('skipped' in database) throw new Error(database.skipped)
  return database
}

function createStatementList() {
  let statements: string[] = []
  return {
    listen: ({ kind, sql }: StatementEvent): void => {
      if (kind === 'statement') statements.push(sql)
    },
    take: (): readonly string[] => {
      const taken = statements
      statements = []
      return taken
    },
  }
}

function valuesOf(values: Values, sql: string): readonly Value[] {
  const known = values.get(sql)
  if (known === undefined) throw new Error(`a statement ran past the recording: ${sql}`)
  return known
}
