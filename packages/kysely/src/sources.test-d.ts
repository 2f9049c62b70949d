import type { DatabaseSync } from 'node:sqlite'
import type { Storage } from '@cardea/storage'
import type { Kysely, Transaction } from 'kysely'
import type { Pool as MysqlPool } from 'mysql2'
import type { Pool as MysqlPromisePool } from 'mysql2/promise'
import type { Pool } from 'pg'
import { mysql } from './mysql/index.js'
import { postgres, postgresHints } from './postgres/index.js'
import { sqlite, sqliteDialect } from './sqlite/index.js'

interface AppDatabase {
  posts: { id: number; title: string }
}

declare const app: Kysely<AppDatabase>
declare const transaction: Transaction<AppDatabase>
declare const pool: Pool
declare const mysqlPool: MysqlPool
declare const mysqlPromisePool: MysqlPromisePool
declare const database: DatabaseSync
/** A better-sqlite3 database as its types show it, as far as it matters. */
declare const better: {
  readonly name: string
  prepare(source: string): object
  exec(source: string): object
  close(): object
}

export const accepted: readonly Storage[] = [
  sqlite('./app.db', { synchronous: 'full', prefix: 'my_' }),
  sqlite(app),
  sqlite(database),
  sqlite(better),
  postgres('postgres://127.0.0.1/app', { poolSize: 3, schema: 'auth', log: ({ sql }) => sql.length }),
  postgres(app),
  postgres(pool, { clock: () => 0 }),
  mysql('mysql://127.0.0.1/app', { poolSize: 3, prefix: 'my_' }),
  mysql(app),
  mysql(mysqlPool),
  mysql(mysqlPromisePool, { clock: () => 0 }),
  sqlite(':memory:').join(transaction),
]
export const dialects = [
  sqliteDialect('./app.db'),
  sqliteDialect(database, { synchronous: 'full' }),
  sqliteDialect(better),
]

export const hints = [postgresHints('postgres://127.0.0.1/app', { channel: 'my_hints' }), postgresHints(pool)]

// @ts-expect-error a number is no source
sqlite(1)
// @ts-expect-error a pool of PostgreSQL is no SQLite
sqlite(pool)
// @ts-expect-error neither is there such a mode
sqlite('./app.db', { synchronous: 'off' })
// @ts-expect-error SQLite has no pool
sqlite('./app.db', { poolSize: 1 })
// @ts-expect-error a SQLite database is no PostgreSQL
postgres(database)
// @ts-expect-error a pool of PostgreSQL is no MySQL
mysql(pool)
// @ts-expect-error MySQL has databases for schemas
mysql(mysqlPool, { schema: 'auth' })
// @ts-expect-error a pool of MySQL hears nothing
postgresHints(mysqlPool)
