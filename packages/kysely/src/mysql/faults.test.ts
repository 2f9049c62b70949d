import { eq } from '@cardea/core'
import { defineTable, integer, text } from '@cardea/storage'
import { createPool, type RowDataPacket } from 'mysql2'
import { afterAll, describe, expect, it } from 'vitest'
import { describeFaults, type FaultSubject } from '../driver/describe-faults.fixture.js'
import { unhinderedMilliseconds } from '../driver/unhindered.fixture.js'
import { mysql } from './mysql.js'
import { createApp, createTestMysql, skippedBecause, type TestMysql } from './open-mysql.fixture.js'

const opened = await createTestMysql()

describeFaults(
  `mysql() when things go wrong${skippedBecause(opened)}`,
  'skipped' in opened ? undefined : subjectOf(opened),
)

const locked = await createTestMysql()

describe.skipIf('skipped' in locked)(`mysql() whose row somebody keeps${skippedBecause(locked)}`, () => {
  const things = defineTable('suite_things', { columns: { id: text(36), value: integer() }, primaryKey: ['id'] })

  afterAll(async () => {
    if (!('skipped' in locked)) await locked.drop()
  })

  it('gives up a write of its own in time, and the server does not make it later', async () => {
    if ('skipped' in locked) return
    const storage = mysql(locked.url)
    await storage.migrate([things])
    await storage.insert(things, { id: 'a', value: 0 })
    const holder = await locked.admin.getConnection()
    await holder.query('start transaction')
    await holder.query('select * from suite_things for update')
    const verbs = [
      () => storage.update(things, { where: eq('id', 'a'), increment: { value: 1 } }),
      () => storage.consume(things, eq('id', 'a')),
      () => storage.delete(things, eq('id', 'a')),
      () =>
        storage.transaction((transaction) => transaction.update(things, { where: eq('id', 'a'), set: { value: 9 } })),
    ]
    const milliseconds = await unhinderedMilliseconds(async () => {
      for (const outcome of await Promise.allSettled(verbs.map((verb) => verb()))) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
      }
    })
    expect(milliseconds).toBeLessThan(2_000)
    const waiting = `select count(*) as waiting from information_schema.processlist where db = '${locked.name}' and info like '%suite_things%' and id <> connection_id()`
    await expect
      .poll(async () => (await locked.admin.query<RowDataPacket[]>(waiting))[0], { timeout: 30_000 })
      .toEqual([{ waiting: 0 }])
    await holder.query('rollback')
    holder.release()
    expect(await storage.find(things, { limit: 'all' })).toEqual([{ id: 'a', value: 0 }])
    await storage.close()
  })
})

function subjectOf(database: TestMysql): FaultSubject {
  const { name, url, admin } = database
  const rows = async (sql: string): Promise<RowDataPacket[]> => (await admin.query<RowDataPacket[]>(sql))[0]
  const pools: { end(): void }[] = []
  return {
    url,
    scheme: 'mysql',
    open: (at, options) => mysql(at, options),
    app: createApp,
    openKysely: (app) => mysql(app),
    openPool: () => {
      const single = createPool({ uri: url, connectionLimit: 1 }).promise()
      return {
        storage: mysql(single),
        hold: async () => {
          const connection = await single.getConnection()
          return () => connection.release()
        },
        answers: () => single.query('select 1 as one'),
        close: () => single.end(),
      }
    },
    openReadOnly: () => {
      const pool = createPool({ uri: url, connectionLimit: 2 })
      pools.push(pool)
      pool.on('connection', (connection) => connection.query('set session transaction read only', () => {}))
      return mysql(pool)
    },
    query: rows,
    number: async (sql) => Number((await rows(sql))[0]?.['number']),
    hold: async (sql) => {
      const connection = await admin.getConnection()
      await connection.query('start transaction')
      await connection.query(sql)
      return async () => {
        await connection.query('rollback')
        connection.release()
      }
    },
    terminate: async () => {
      const own = await rows('select connection_id() as id')
      const others = await rows(`select id from information_schema.processlist where db = '${name}'`)
      for (const { id } of others) {
        // It may have ended meanwhile.
        if (id !== own[0]?.['id']) await admin.query(`kill ${id}`).catch(() => {})
      }
    },
    drop: async () => {
      for (const pool of pools) pool.end()
      await database.drop()
    },
  }
}
