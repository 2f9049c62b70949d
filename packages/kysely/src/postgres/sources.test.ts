import { inspect } from 'node:util'
import { eq, param } from '@cardea/core'
import { boolean, defineTable, double, integer, json, nullable, systemTables, text, withDefault } from '@cardea/storage'
import { CamelCasePlugin, type Generated, Kysely, ParseJSONResultsPlugin, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestSchema, postgresUrl, skippedBecause } from './open-postgres.fixture.js'
import { postgres } from './postgres.js'

const values = defineTable('cardea_values', {
  columns: {
    id: text(36),
    big: integer(),
    real: double(),
    flag: withDefault(boolean(), true),
    data: json(),
    code: text(),
    none: nullable(text()),
  },
  primaryKey: ['id'],
})
const row = {
  id: 'a',
  big: Number.MAX_SAFE_INTEGER,
  real: 0.1,
  flag: false,
  data: { snake_case: [1, 'two'] },
  code: '{"looks_like":"json"}',
  none: null,
}
const all = { where: eq('id', param('id')) } as const

const schema = await createTestSchema()

describe('postgres()', () => {
  it('opens nothing when it is made', async () => {
    // Nothing listens there, which would be an unhandled rejection.
    const storage = postgres('postgres://nobody@127.0.0.1:1/nothing')
    await new Promise((resolve) => setImmediate(resolve))
    await storage.close()
  })

  it('names a wrong source or option, never its value', () => {
    for (const [source, options, named] of [
      ['mysql://secret', {}, 'source'],
      ['postgres://user:sec/ret@127.0.0.1/app', {}, 'source'],
      ['postgres://user:sec#ret@127.0.0.1/app', {}, 'source'],
      ['postgres://user:0/secret@127.0.0.1/app', {}, '%23 for #'],
      ['postgres://user:0?secret@127.0.0.1/app', {}, '%23 for #'],
      ['postgres://user:0/sec=secret@127.0.0.1/app', {}, '%23 for #'],
      ['postgres://user:0/1?secret@127.0.0.1/app', {}, '%23 for #'],
      ['postgres://user:0#secret@127.0.0.1/app', {}, 'source'],
      ['postgres://user:secret@127.0.0.1:99999/app', {}, 'source'],
      ['postgres://user:secret@[127.0.0.1/app', {}, 'source'],
      ['postgresql://user:secret%e4@127.0.0.1/app', {}, 'source'],
      ['', {}, 'source'],
      [{}, {}, 'source'],
      [null, {}, 'source'],
      [postgresUrl, { prefix: 'Secret-' }, 'prefix'],
      [postgresUrl, { schema: '' }, 'schema'],
      [postgresUrl, { poolSize: 0 }, 'poolSize'],
      [postgresUrl, { clock: 12 }, 'clock'],
      [postgresUrl, { log: 'secret' }, 'log'],
      [postgresUrl, { statementTimeoutMilliseconds: 1e9 }, 'statementTimeoutMilliseconds'],
      [postgresUrl, { statementTimeout: 12 }, 'statementTimeout'],
    ] as const) {
      let thrown: unknown
      try {
        postgres(source as never, options as never)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(named) })
      expect(inspect(thrown, { showHidden: true })).not.toMatch(/sec.?ret/i)
    }
  })

  it('takes every URL that the driver does', async () => {
    for (const rest of [
      '',
      'host',
      '/app',
      'user@/app?host=/var/run/postgresql',
      'user:p%40s%2Fs@host:5433/app?sslmode=verify-full',
      'user:100%@host/app',
      'user:a b@host/app',
      '%2Fvar%2Frun%2Fpostgresql/app',
      '[::1]:5432/app',
    ]) {
      for (const scheme of ['postgres', 'postgresql']) await postgres(`${scheme}://${rest}`).close()
    }
  })
})

describe.skipIf('skipped' in schema)(`postgres() on what the app hands in${skippedBecause(schema)}`, () => {
  const { name, url } = 'skipped' in schema ? { name: '', url: '' } : schema

  afterAll(async () => {
    if (!('skipped' in schema)) await schema.drop()
  })

  it('reads the same values through a pool with type parsers of the app, and leaves it open', async () => {
    const pool = new pg.Pool({
      connectionString: url,
      max: 1,
      types: { getTypeParser: () => () => 'parsed by the app' },
    })
    const storage = postgres(pool)
    await storage.migrate([values])
    await storage.insert(values, row)
    for (let round = 0; round < 3; round += 1) expect(await storage.findOne(values, all, { id: 'a' })).toEqual(row)
    expect(await storage.count(values)).toBe(1)
    expect(await storage.consume(values, eq('id', 'a'))).toEqual(row)
    expect(await storage.verify([values])).toEqual([])
    await storage.close()
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 'parsed by the app' }])
    await pool.end()
  })

  it('reads the same values through a Kysely instance with plugins and tables of the app, and leaves it open', async () => {
    interface AppDatabase {
      posts: { id: Generated<number>; title: string }
    }
    const types = {
      getTypeParser: (oid: number) => (oid === 20 ? BigInt : oid === 16 ? (raw: string) => raw === 't' : String),
    }
    const pool = new pg.Pool({ connectionString: url, types })
    const app = new Kysely<AppDatabase>({
      dialect: new PostgresDialect({ pool }),
      plugins: [new CamelCasePlugin(), new ParseJSONResultsPlugin()],
    })
    const storage = postgres(app, { prefix: 'mine_' })
    await storage.migrate([values, ...systemTables])
    await storage.insert(values, { ...row, id: 'b' })
    expect(await storage.findOne(values, all, { id: 'b' })).toEqual({ ...row, id: 'b' })
    await app.transaction().execute(async (transaction) => {
      const joined = storage.join(transaction)
      expect(await joined.findOne(values, all, { id: 'b' })).toEqual({ ...row, id: 'b' })
      expect(await joined.consume(values, eq('id', 'b'))).toEqual({ ...row, id: 'b' })
    })
    expect(await storage.count(values)).toBe(0)
    await storage.close()
    await app.destroy()
  })

  it('keeps Cardea’s tables in a schema of its own, which the first migration makes', async () => {
    const own = `${name}_own`
    const storage = postgres(postgresUrl, { schema: own })
    expect(await storage.verify(systemTables)).toHaveLength(systemTables.length)
    await storage.migrate(systemTables)
    expect(await storage.verify(systemTables)).toEqual([])
    await expect(storage.insert(values, row)).rejects.toMatchObject({ code: 'schema_outdated' })
    await storage.close()
    if (!('skipped' in schema)) await schema.admin.query(`drop schema ${own} cascade`)
  })

  it('refuses a transaction as its source', async () => {
    const app = new Kysely<object>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) })
    await app.transaction().execute(async (transaction) => {
      expect(() => postgres(transaction)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
    })
    await app.destroy()
  })

  it('takes the clock that it is given for the database’s', async () => {
    let now = 1_000
    const storage = postgres(url, { clock: () => now })
    const stamps = defineTable('suite_stamps', { columns: { id: text(), at: integer() }, primaryKey: ['id'] })
    await storage.migrate([stamps])
    await storage.insert(stamps, { id: 'a', at: 0 })
    const stamp = { where: eq('id', 'a'), set: { at: { ref: 'database.now', offset: 5 } } } as const
    await storage.update(stamps, stamp)
    expect(await storage.findOne(stamps, { where: eq('id', 'a') })).toEqual({ id: 'a', at: 1_005 })
    now = 2_000
    await storage.update(stamps, stamp)
    expect(await storage.count(stamps, eq('at', { ref: 'database.now', offset: 5 }))).toBe(1)
    await storage.close()
  })

  it('gives a connection of the app back only after a statement that came too late was rolled back', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const app = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
    const storage = postgres(app, { statementTimeoutMilliseconds: 200 })
    const late = defineTable('suite_late', { columns: { id: text(), at: integer() }, primaryKey: ['id'] })
    await storage.migrate([late])
    await storage.insert(late, { id: 'a', at: 0 })
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin; lock table suite_late')
    const work = storage.transaction(async (transaction) => {
      await transaction.update(late, { where: eq('id', 'a'), increment: { at: 1 } })
    })
    await expect(work).rejects.toMatchObject({ code: 'unavailable' })
    const next = pool.query('select pg_current_xact_id_if_assigned() is null as outside')
    await holder.query('rollback')
    await holder.end()
    expect((await next).rows).toEqual([{ outside: true }])
    expect(await storage.findOne(late, { where: eq('id', 'a') })).toEqual({ id: 'a', at: 0 })
    await app.destroy()
  })

  it('makes a required column nullable', async () => {
    const storage = postgres(url)
    const required = defineTable('suite_strict', { columns: { id: text(), note: text() }, primaryKey: ['id'] })
    const optional = defineTable('suite_strict', {
      columns: { id: text(), note: nullable(text()) },
      primaryKey: ['id'],
    })
    await storage.migrate([required])
    expect((await storage.migrate([optional])).steps).toHaveLength(1)
    expect(await storage.insert(optional, { id: 'a' })).toBe(1)
    expect((await storage.migrate([optional])).steps).toEqual([])
    await storage.close()
  })
})
