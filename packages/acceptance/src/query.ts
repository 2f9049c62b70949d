import { DatabaseSync } from 'node:sqlite'
import type { TestServer } from '@cardea/kysely/testkit'
import mysql2 from 'mysql2/promise'
import pg from 'pg'

export type Row = Readonly<Record<string, unknown>>

/** Runs one statement on a connection of its own. */
export type Query = (sql: string) => Promise<readonly Row[]>

/** Connections by which tests look into a server call themselves so, where they can. */
export const rigName = 'rig'

export async function querySqlite(path: string, sql: string): Promise<readonly Row[]> {
  const database = new DatabaseSync(path, { timeout: 2_000 })
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    database.close()
  }
}

async function queryPostgres(url: string, sql: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, application_name: rigName })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

async function queryMysql(url: string, sql: string): Promise<readonly Row[]> {
  const connection = await mysql2.createConnection({ uri: url, connectTimeout: 2_000 })
  connection.on('error', () => undefined)
  try {
    const [rows] = await connection.query(sql)
    return Array.isArray(rows) ? (rows as readonly Row[]) : []
  } finally {
    connection.destroy()
  }
}

/** How a statement reaches each kind of server. */
export const serverQueries: Readonly<Record<TestServer, (url: string, sql: string) => Promise<readonly Row[]>>> = {
  postgres: queryPostgres,
  mysql: queryMysql,
}
