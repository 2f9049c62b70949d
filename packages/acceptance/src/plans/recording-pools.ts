import type { MysqlPool } from '@cardea/kysely/mysql'
import type { PostgresPool, PostgresQuery } from '@cardea/kysely/postgres'
import type { Pool as Mysql2Pool, PoolConnection, QueryOptions } from 'mysql2'
import type { Pool } from 'pg'

export type Value = string | number | boolean | null

/** What each statement was run with last: a planner of a server wants to know. */
export type Values = Map<string, readonly Value[]>

/** A pool of `pg` that remembers what goes over it. */
export function recordingPostgresPool(pool: Pool, seen: Values): PostgresPool {
  return {
    connect: async () => {
      const client = await pool.connect()
      const query = (what: PostgresQuery | string) => {
        if (typeof what !== 'string') seen.set(what.text, what.values)
        return Reflect.apply(client.query, client, [what])
      }
      return {
        query,
        release: (destroy?: boolean) => client.release(destroy),
        on: (event: 'error', listener: (error: Error) => void) => client.on(event, listener),
        removeListener: (event: 'error', listener: (error: Error) => void) => client.removeListener(event, listener),
        // A client has more overloads of `query` than are used here.
      } as Awaited<ReturnType<PostgresPool['connect']>>
    },
  }
}

const recorded = new WeakSet<PoolConnection>()

/** A pool of `mysql2` that remembers what goes over it. */
export function recordingMysqlPool(pool: Mysql2Pool, seen: Values): MysqlPool {
  return {
    getConnection: (callback: (error: Error | null, connection: PoolConnection) => void) => {
      pool.getConnection((error, connection) => {
        if (!error && !recorded.has(connection)) {
          recorded.add(connection)
          for (const method of ['query', 'execute'] as const) {
            // Of its overloads, the adapter uses the one that takes options and a callback.
            const run = connection[method].bind(connection) as (options: QueryOptions, answer: unknown) => unknown
            Object.assign(connection, {
              [method]: (options: QueryOptions & { readonly values?: Value[] }, answer: unknown) => {
                seen.set(options.sql, options.values ?? [])
                return run(options, answer)
              },
            })
          }
        }
        callback(error, connection)
      })
    },
  }
}
