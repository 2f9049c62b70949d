import { CompiledQuery, MysqlDialect } from 'kysely'
import type { ServerParts } from './server-parts.js'

/** MySQL or MariaDB. */
export const mysqlServer: ServerParts = {
  name: 'MySQL or MariaDB',
  variable: 'TEST_MYSQL_URL',
  defaultUrl: 'mysql://root@127.0.0.1:3306/test',
  run: async (url, sql) => {
    const { createPool } = await import('mysql2')
    const pool = createPool({ uri: url, connectionLimit: 1, connectTimeout: 3_000 }).promise()
    try {
      await pool.query(sql)
    } finally {
      await pool.end()
    }
  },
  create: (name) => `create database ${name}`,
  drop: (name) => `drop database ${name}`,
  at: (url, name) => {
    url.pathname = `/${name}`
    return url.href
  },
  dialect: (url) =>
    new MysqlDialect({
      pool: async () => {
        const { createPool } = await import('mysql2')
        return createPool({ uri: url, connectionLimit: 5 })
      },
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw('set session transaction isolation level read committed'))
      },
    }),
}
