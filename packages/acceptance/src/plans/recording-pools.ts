import type { MysqlPool } from '@cardea/kysely/mysql'
import type { PostgresPool } from '@cardea/kysely/postgres'
import type { Pool as Mysql2Pool, PoolConnection } from 'mysql2'
import type { Pool } from 'pg'

export type Value = string | number | boolean | null

/** What each statement was run with last: a planner of a server wants to know. */
export type Values = Map<string, readonly Value[]>

/** A statement as the adapters hand it to their libraries. */
interface Statement {
  /** In `pg`. */
  readonly text?: string
  /** In `mysql2`. */
  readonly sql?: string
  readonly values?: readonly Value[]
}

/** A method that takes a statement first. */
type Run = (statement: Statement | string, ...rest: readonly unknown[]) => unknown

/** A pool of `pg` that remembers what goes over it. */
export function recordingPostgresPool(pool: Pool, seen: Values): PostgresPool {
  return {
    connect: async () => {
      const client = await pool.connect()
      record(client, ['query'], seen)
      return client
    },
  }
}

/** A pool of `mysql2` that remembers what goes over it. */
export function recordingMysqlPool(pool: Mysql2Pool, seen: Values): MysqlPool {
  return {
    getConnection: (callback: (error: Error | null, connection: PoolConnection) => void) => {
      pool.getConnection((error, connection) => {
        if (!error) record(connection, ['query', 'execute'], seen)
        callback(error, connection)
      })
    },
  }
}

const recorded = new WeakSet<object>()

/** Puts itself in front of methods of a connection, once. */
function record(connection: object, methods: readonly string[], seen: Values): void {
  if (recorded.has(connection)) return
  recorded.add(connection)
  for (const method of methods) {
    // Both libraries have it, and take a statement there.
    const run = Reflect.get(connection, method) as Run
    const recording: Run = (statement, ...rest) => {
      if (typeof statement !== 'string') seen.set(statement.text ?? statement.sql ?? '', statement.values ?? [])
      return run.call(connection, statement, ...rest)
    }
    Reflect.set(connection, method, recording)
  }
}
