import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite, sqliteDialect } from '@cardea/kysely/sqlite'
import type { Storage } from 'cardea'
import { CompiledQuery, Kysely, MysqlDialect, PostgresDialect, sql } from 'kysely'
import { createPool } from 'mysql2'
import pg from 'pg'
import { EnvironmentError } from './environment.ts'

/** The app's own tables. */
export interface Tables {
  posts: { id: string; title: string; body: string; author_id: string; created_at: string }
}

/** One database for the app and for Cardea, each with a connection of its own. */
export interface Database {
  readonly app: Kysely<Tables>
  readonly cardea: Storage
  /** Whether Cardea finds the app's tables, too: in memory, each connection has a database of its own. */
  readonly isShared: boolean
  /** What a table has to be told of how it is kept, where the database does not do it well by itself. */
  readonly tableOptions?: string
}

export function openDatabase(url: string): Database {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length)
    if (path === '') throw new EnvironmentError('DATABASE_URL names no file after sqlite:')
    if (path !== ':memory:') makeFolder(dirname(path))
    return { app: new Kysely({ dialect: sqliteDialect(path) }), cardea: sqlite(path), isShared: path !== ':memory:' }
  }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 1_000 })
    // Without these listeners, a connection that the server closes would end the process, idle or in use.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    return { app: new Kysely({ dialect: new PostgresDialect({ pool }) }), cardea: postgres(url), isShared: true }
  }
  if (/^(mysql|mariadb):\/\//.test(url) && URL.canParse(url)) {
    const dialect = new MysqlDialect({
      pool: createPool({ uri: url, connectionLimit: 5, connectTimeout: 1_000 }),
      // What Cardea needs of transactions that it is to join.
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw('set session transaction isolation level read committed'))
      },
    })
    // A server whose default is another character set would refuse half of the world's writing.
    return {
      app: new Kysely({ dialect }),
      cardea: mysql(url),
      isShared: true,
      tableOptions: 'default character set utf8mb4',
    }
  }
  throw new EnvironmentError('DATABASE_URL must be sqlite:<file>, sqlite::memory:, postgres://… or mysql://…')
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not possible'
    throw new EnvironmentError(`DATABASE_URL names a file whose folder cannot be made: ${reason}`)
  }
}

export async function createAppTables({ app, tableOptions = '' }: Database): Promise<void> {
  const create = app.schema
    .createTable('posts')
    .ifNotExists()
    .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
    .addColumn('title', 'varchar(200)', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('author_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('created_at', 'varchar(30)', (column) => column.notNull())
    .modifyEnd(sql.raw(tableOptions))
  // Of two nodes that start together on PostgreSQL, one can fail in spite of "if not exists"; then the table is there.
  await create.execute().catch(() => create.execute())
}
