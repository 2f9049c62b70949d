import { eq, param } from '@cardea/core'
import { defineTable, integer, text } from '@cardea/storage'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { describeFaults, type FaultSubject } from '../driver/describe-faults.fixture.js'
import { createApp, createTestSchema, skippedBecause, type TestSchema } from './open-postgres.fixture.js'
import { postgres } from './postgres.js'

const opened = await createTestSchema()

describeFaults(
  `postgres() when things go wrong${skippedBecause(opened)}`,
  'skipped' in opened ? undefined : subjectOf(opened),
)

function subjectOf(schema: TestSchema): FaultSubject {
  const { name, url } = schema
  const own = new URL(url)
  // The name by which the connections of the storages are found.
  own.searchParams.delete('application_name')
  const pool = new pg.Pool({ connectionString: own.href, max: 2 })
  pool.on('error', () => {})
  return {
    url,
    scheme: 'postgres',
    open: (at, options) => postgres(at, options),
    app: createApp,
    openKysely: (app) => postgres(app),
    openPool: () => {
      const single = new pg.Pool({ connectionString: url, max: 1 })
      return {
        storage: postgres(single),
        hold: async () => {
          const client = await single.connect()
          return () => client.release()
        },
        answers: () => single.query('select 1 as one'),
        close: () => single.end(),
      }
    },
    openReadOnly: () => postgres(url.replace('options=', 'options=-c+default_transaction_read_only%3Don+')),
    query: (sql) => pool.query(sql),
    number: async (sql) => Number((await pool.query(sql)).rows[0].number),
    hold: async (sql) => {
      const client = await pool.connect()
      await client.query(`begin; ${sql}`)
      return async () => {
        await client.query('rollback')
        client.release()
      }
    },
    terminate: () =>
      pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]),
    drop: async () => {
      await pool.end()
      await schema.drop()
    },
  }
}

const pooled = await createTestSchema()

describe.skipIf('skipped' in pooled)(`postgres() behind a pooler${skippedBecause(pooled)}`, () => {
  const things = defineTable('suite_things', { columns: { id: text(36), value: integer() }, primaryKey: ['id'] })

  afterAll(async () => {
    if (!('skipped' in pooled)) await pooled.drop()
  })

  it('goes on where it loses prepared statements', async () => {
    if ('skipped' in pooled) return
    const pool = new pg.Pool({ connectionString: pooled.url, max: 1 })
    await postgres(pool).migrate([things])
    await postgres(pool).insert(things, { id: 'a', value: 0 })
    const byId = { where: eq('id', param('id')) } as const
    for (const within of [false, true]) {
      const storage = postgres(pool)
      const read = () => storage.findOne(things, byId, { id: 'a' })
      for (let round = 0; round < 3; round += 1) await read()
      await pool.query('deallocate all')
      const found = within
        ? await storage.transaction((transaction) => transaction.findOne(things, byId, { id: 'a' }))
        : await read()
      expect(found).toEqual({ id: 'a', value: 0 })
      expect(await read()).toEqual({ id: 'a', value: 0 })
    }
    await pool.end()
  })
})
