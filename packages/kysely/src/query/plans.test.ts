import { DatabaseSync } from 'node:sqlite'
import { and, databaseNow, eq, gt, lt, param } from '@cardea/core'
import {
  authz,
  credentials,
  identifiers,
  principals,
  roleAssignments,
  roles,
  type StatementEvent,
  type Storage,
  sessions,
  systemTables,
} from '@cardea/storage'
import { createPool, type RowDataPacket } from 'mysql2'
import { describe, expect, it } from 'vitest'
import { mysql } from '../mysql/mysql.js'
import { createTestMysql } from '../mysql/open-mysql.fixture.js'
import { createTestSchema, type TestSchema } from '../postgres/open-postgres.fixture.js'
import { postgres } from '../postgres/postgres.js'
import { sqlite } from '../sqlite/sqlite.js'
import { createTestFile } from '../testkit/test-file.js'

/** The reads that requests make, each with what it looks up. */
const reads: Readonly<Record<string, (storage: Storage) => Promise<unknown>>> = {
  'session by cookie token': (storage) =>
    storage.findOne(
      sessions,
      { where: eq('token_hash', param('token')), include: { principal: true, authz: true } },
      { token: 'token-1' },
    ),
  'session by id': (storage) =>
    storage.findOne(
      sessions,
      { where: eq('id', param('id')), include: { principal: true, authz: true } },
      { id: 's1' },
    ),
  'sessions of a principal': (storage) => storage.find(sessions, { where: eq('principal_id', 'p1'), limit: 'all' }),
  'identifier of a sign-in': (storage) =>
    storage.findOne(identifiers, {
      where: and(eq('collection', 'users'), eq('kind', 'email'), eq('key', 'e1')),
      include: { principal: true, credential: true, authz: true },
    }),
  'roles of a principal': (storage) =>
    storage.find(roleAssignments, { where: eq('principal_id', 'p1'), include: { role: true }, limit: 'all' }),
  'holders of a role': (storage) => storage.find(roleAssignments, { where: eq('role_id', 'r1'), limit: 10 }),
  'role by label': (storage) => storage.findOne(roles, { where: and(eq('tenant', ''), eq('label', 'l1')) }),
  'page of principals': (storage) =>
    storage.find(principals, {
      where: gt('id', 'p'),
      orderBy: [{ field: 'id', direction: 'asc' }],
      after: ['p1'],
      limit: 20,
    }),
  'one session taken out': (storage) => storage.consume(sessions, and(eq('id', 's1'), eq('epoch', 0))),
  'sessions that ended': (storage) => storage.find(sessions, { where: lt('absolute_expires_at', 5), limit: 'all' }),
  'one session moved on': (storage) =>
    storage.update(sessions, {
      where: and(eq('id', 's2'), eq('refresh_counter', 0)),
      increment: { refresh_counter: 1 },
    }),
  'one session deleted': (storage) => storage.delete(sessions, eq('id', 's3')),
}

/** Rows enough that reading all of a table would cost more. */
async function fill(storage: Storage): Promise<void> {
  const numbers = Array.from({ length: 3_000 }, (_, index) => index)
  const at = 1_700_000_000_000
  await storage.insert(
    principals,
    numbers.map((index) => ({
      id: `p${index}`,
      collection: 'users',
      record_key: `${index}`,
      status: 'active',
      created_at: at,
    })),
  )
  await storage.insert(
    identifiers,
    numbers.map((index) => ({ collection: 'users', kind: 'email', key: `e${index}`, principal_id: `p${index}` })),
  )
  await storage.insert(
    credentials,
    numbers.map((index) => ({ principal_id: `p${index}`, hash: 'hash', changed_at: at })),
  )
  await storage.insert(
    sessions,
    numbers.map((index) => ({
      id: `s${index}`,
      principal_id: `p${index}`,
      token_hash: `token-${index}`,
      refresh_salt: 'salt',
      rotated_at: at,
      amr: ['pwd'],
      aal: 1,
      auth_time: at,
      created_at: at,
      last_used_at: at,
      cookie_expires_at: at,
      idle_expires_at: at,
      absolute_expires_at: at,
      epoch: 0,
    })),
  )
  await storage.insert(
    roles,
    numbers.map((index) => ({ id: `r${index}`, label: `l${index}`, created_at: at, updated_at: at })),
  )
  await storage.insert(
    roleAssignments,
    numbers.map((index) => ({ id: `a${index}`, principal_id: `p${index}`, role_id: `r${index}`, created_at: at })),
  )
}

describe('the reads of requests', () => {
  it.each(Object.keys(reads))('find by an index in SQLite: %s', async (name) => {
    const file = createTestFile()
    const events: StatementEvent[] = []
    const storage = sqlite(file.path, { log: (event) => events.push(event) })
    await storage.migrate(systemTables)
    events.length = 0
    await reads[name]?.(storage)
    expect(events.filter(({ kind }) => kind === 'statement')).toHaveLength(1)
    const database = new DatabaseSync(file.path)
    const plan = database.prepare(`explain query plan ${events[0]?.sql}`).all() as { detail: string }[]
    // The table of versions has one row, so reading all of it is reading that row.
    const versions = /"cardea_authz" as "(t\d)"/.exec(events[0]?.sql ?? '')?.[1]
    const scans = plan.map(({ detail }) => detail).filter((detail) => detail.startsWith('SCAN'))
    expect(scans.filter((detail) => detail !== `SCAN ${versions}`)).toEqual([])
    database.close()
    await storage.close()
    file.remove()
  })

  it('find by an index in PostgreSQL', async (context) => {
    const schema = await createTestSchema()
    if ('skipped' in schema) return context.skip(schema.skipped)
    const events: StatementEvent[] = []
    const storage = postgres(schema.url, { log: (event) => events.push(event) })
    await storage.migrate(systemTables)
    await fill(storage)
    await schema.admin.query(`analyze`)
    for (const [name, read] of Object.entries(reads)) {
      events.length = 0
      await read(storage)
      const statements = events.filter(({ kind }) => kind === 'statement')
      expect(statements, name).toHaveLength(1)
      const plan = await explain(schema, statements[0]?.sql ?? '')
      const scans = plan.filter((line) => /Seq Scan/.test(line) && !line.includes(authz.name))
      expect(scans, `${name}: ${plan.join('\n')}`).toEqual([])
    }
    await storage.close()
    await schema.drop()
  })

  it('find by an index in MySQL', async (context) => {
    const database = await createTestMysql()
    if ('skipped' in database) return context.skip(database.skipped)
    const pool = createPool({ uri: database.url, connectionLimit: 2 })
    const executed: ExecuteOptions[] = []
    pool.on('connection', (connection) => {
      const execute = connection.execute.bind(connection)
      // Statements with the values as they are bound: how the server plans depends on their types.
      Object.assign(connection, {
        execute: (query: ExecuteOptions, callback: () => void) => {
          executed.push(query)
          return execute(query, callback)
        },
      })
    })
    const storage = mysql(pool)
    await storage.migrate(systemTables)
    await fill(storage)
    await database.admin.query(`analyze table ${systemTables.map(({ name }) => name).join(', ')}`)
    const byClock = (from: Storage) =>
      from.find(sessions, { where: lt('absolute_expires_at', databaseNow(-1e12)), limit: 'all' })
    for (const [name, read] of Object.entries({ ...reads, 'sessions that ended, by its own clock': byClock })) {
      executed.length = 0
      await read(storage)
      // To take a row out takes two statements here.
      expect(executed, name).toHaveLength(name.endsWith('taken out') ? 2 : 1)
      for (const { sql, values = [] } of executed) {
        const [plan] = await database.admin.execute<RowDataPacket[]>(`explain ${sql}`, [...values])
        const versions = /`cardea_authz` as `(t\d)`/.exec(sql)?.[1]
        const scans = plan.filter((line) => /^(all|index)$/i.test(String(line['type'])) && line['table'] !== versions)
        expect(scans, `${name}: ${sql}`).toEqual([])
      }
    }
    await storage.close()
    pool.end()
    await database.drop()
  })
})

/** A statement as it goes to mysql2. */
interface ExecuteOptions {
  readonly sql: string
  readonly values?: (string | number)[]
}

/** The plan for values that are not known yet, as a prepared statement has it. */
async function explain(schema: TestSchema, sql: string): Promise<readonly string[]> {
  const client = await schema.admin.connect()
  try {
    await client.query(`set search_path = ${schema.name}; set plan_cache_mode = force_generic_plan`)
    await client.query(`prepare read as ${sql}`)
    const count = Number(/\$(\d+)(?!.*\$\d)/s.exec(sql)?.[1] ?? 0)
    const values = Array.from({ length: count }, () => 'null').join(', ')
    const { rows } = await client.query(`explain execute read${count === 0 ? '' : `(${values})`}`)
    return rows.map((row: Record<string, unknown>) => String(row['QUERY PLAN']))
  } finally {
    client.release(true)
  }
}
