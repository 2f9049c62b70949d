import { PostgresDialect } from 'kysely'
import type { ServerParts } from './server-parts.js'

/** PostgreSQL, where a test gets a schema, which is made much faster than a database. */
export const postgresServer: ServerParts = {
  name: 'PostgreSQL',
  variable: 'TEST_POSTGRES_URL',
  defaultUrl: 'postgres://postgres@127.0.0.1:5432/test',
  run: async (url, sql) => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  },
  create: (name) => `create schema ${name}`,
  drop: (name) => `drop schema ${name} cascade`,
  at: (url, name) => {
    url.searchParams.set('options', `-c search_path=${name}`)
    // By this name a test finds its own connections on the server.
    url.searchParams.set('application_name', name)
    return url.href
  },
  dialect: (url) =>
    new PostgresDialect({
      pool: async () => {
        const { default: pg } = await import('pg')
        const pool = new pg.Pool({ connectionString: url, max: 5 })
        // Without these listeners, a connection that the server closes would end the process, idle or in use.
        pool.on('error', () => {})
        pool.on('connect', (client) => client.on('error', () => {}))
        return pool
      },
    }),
}
