import { and, eq, oneOf, param } from '@cardea/core'
import {
  boolean,
  defineTable,
  double,
  integer,
  json,
  nullable,
  type StatementEvent,
  systemTables,
  text,
  withDefault,
} from '@cardea/storage'
import { CamelCasePlugin, CompiledQuery, Kysely, MysqlDialect, ParseJSONResultsPlugin } from 'kysely'
import { createPool, type Pool, type PoolOptions, type RowDataPacket } from 'mysql2'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { testServerUrl } from '../testkit/test-database.js'
import { mysql } from './mysql.js'
import { createApp, createTestMysql, skippedBecause } from './open-mysql.fixture.js'

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
const mysqlUrl = testServerUrl('mysql')

const database = await createTestMysql()

describe('mysql()', () => {
  it('opens nothing when it is made', async () => {
    // Nothing listens there, which would be an unhandled rejection.
    const storage = mysql('mysql://nobody@127.0.0.1:1/nothing')
    await new Promise((resolve) => setImmediate(resolve))
    await storage.close()
  })

  it('names a wrong source or option, never its value', () => {
    for (const [source, options, named] of [
      ['postgres://secret', {}, 'source'],
      ['mysql://secret', {}, 'source'],
      ['mysql://secret/', {}, 'source'],
      ['mysql://user:sec#ret@127.0.0.1/app', {}, '%23 for #'],
      ['mysql://user:0/secret@127.0.0.1/app', {}, '%23 for #'],
      ['mysql://user:0?secret@127.0.0.1/app', {}, '%23 for #'],
      ['mysql://user:0/sec=secret@127.0.0.1/app', {}, '%23 for #'],
      ['mysql://user:0/1?secret@127.0.0.1/app', {}, '%23 for #'],
      ['mysql://user:0#secret@127.0.0.1/app', {}, '%23 for #'],
      ['mysql://us#er:secret@127.0.0.1/app', {}, '%23 for #'],
      // This one can be read, as host, database and nothing more.
      ['mysql://user:secret@127.0.0.1/app#secret', {}, '%23 for #'],
      ['mariadb://user:sec%ret@127.0.0.1/app', {}, '%23 for #'],
      ['', {}, 'source'],
      [{}, {}, 'source'],
      [null, {}, 'source'],
      [mysqlUrl, { prefix: 'Secret-' }, 'prefix'],
      [mysqlUrl, { schema: 'secret' }, 'schema'],
      [mysqlUrl, { poolSize: 0 }, 'poolSize'],
      [mysqlUrl, { clock: 12 }, 'clock'],
      [mysqlUrl, { log: 'secret' }, 'log'],
      [mysqlUrl, { statementTimeoutMilliseconds: 1e9 }, 'statementTimeoutMilliseconds'],
    ] as const) {
      let thrown: unknown
      try {
        mysql(source as never, options as never)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(named) })
      expect((thrown as Error).message).not.toMatch(/sec.?ret|127/i)
    }
  })

  it('takes every URL that the library does', async () => {
    for (const rest of ['host/app', 'user@host:3307/app', 'user:p%23%40s@host/app?x=%23', 'u:p@[::1]:3306/app']) {
      for (const scheme of ['mysql', 'mariadb']) await mysql(`${scheme}://${rest}`).close()
    }
  })
})

describe.skipIf('skipped' in database)(`mysql() on what the app hands in${skippedBecause(database)}`, () => {
  const { url } = 'skipped' in database ? { url: '' } : database
  const pools: Pool[] = []

  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.promise().end()
  })

  afterAll(async () => {
    if (!('skipped' in database)) await database.drop()
  })

  /** A pool of the app on whose connections a statement ran first. */
  function createAppPool(options: PoolOptions = {}, first?: string): Pool {
    const pool = createPool({ uri: url, connectionLimit: 2, ...options })
    pools.push(pool)
    if (first !== undefined) pool.on('connection', (connection) => connection.query(first, () => {}))
    return pool
  }

  const readCommitted = 'set session transaction isolation level read committed'

  it('reads the same values through a pool with settings of the app, and leaves it open', async () => {
    const odd = {
      rowsAsArray: true,
      nestTables: '_',
      typeCast: () => 'cast by the app',
      supportBigNumbers: true,
      bigNumberStrings: true,
      namedPlaceholders: true,
      stringifyObjects: true,
    }
    const pool = createAppPool(odd, "set session sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'")
    const storage = mysql(pool.promise())
    await storage.migrate([values])
    const backslash = { ...row, code: "\\' or 1=1 -- " }
    await storage.insert(values, backslash)
    for (let round = 0; round < 3; round += 1) {
      expect(await storage.findOne(values, all, { id: 'a' })).toEqual(backslash)
    }
    expect(await storage.count(values, eq('code', "\\' or 1=1 -- "))).toBe(1)
    expect(await storage.consume(values, eq('id', 'a'))).toEqual(backslash)
    expect(await storage.verify([values])).toEqual([])
    await storage.close()
    const [answer] = await pool.promise().query("select 'still open' as one")
    expect(answer).toHaveLength(1)
  })

  it('reads the same values through a Kysely instance with plugins of the app, and leaves it open', async () => {
    const pool = createAppPool(
      {
        supportBigNumbers: true,
        bigNumberStrings: true,
        typeCast: (field, next) => (field.type === 'TINY' ? field.string() === '1' : next()),
      },
      readCommitted,
    )
    const app = new Kysely<object>({
      dialect: new MysqlDialect({ pool }),
      plugins: [new CamelCasePlugin(), new ParseJSONResultsPlugin()],
    })
    const storage = mysql(app, { prefix: 'mine_' })
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
    expect((await app.executeQuery(CompiledQuery.raw('select 1 as one'))).rows).toEqual([{ one: 1 }])
  })

  it.each<[string, PoolOptions, string | undefined, string]>([
    ['flags', { flags: ['-FOUND_ROWS'] }, undefined, 'FOUND_ROWS'],
    ['another character set', { charset: 'LATIN1_SWEDISH_CI' }, undefined, 'character set'],
    ['no foreign keys', {}, 'set session foreign_key_checks = 0', 'foreign_key_checks'],
    ['transactions that nobody began', {}, 'set session autocommit = 0', 'autocommit'],
    ['dirty reads', {}, 'set session transaction isolation level read uncommitted', 'isolation'],
  ] as const)(
    'refuses connections with %s, in a pool as in a Kysely instance',
    async (_name, options, first, named) => {
      const stored = mysql(url)
      await stored.migrate([values])
      for (const source of [
        createAppPool({ ...options, flags: [...('flags' in options ? options.flags : [])] }, first),
        new Kysely<object>({
          dialect: new MysqlDialect({
            pool: createAppPool({ ...options, flags: [...('flags' in options ? options.flags : [])] }, first),
          }),
        }),
      ]) {
        const storage = mysql(source)
        const refused = { code: 'configuration_invalid', message: expect.stringContaining(named) }
        for (let round = 0; round < 2; round += 1) {
          await expect(storage.update(values, { where: eq('id', 'a'), set: { code: '' } })).rejects.toMatchObject(
            refused,
          )
        }
      }
      await stored.close()
    },
  )

  it('finds out about found rows after the first migration, when it is what comes first', async () => {
    if ('skipped' in database) return
    const pool = createAppPool({ flags: ['-FOUND_ROWS'] })
    const storage = mysql(new Kysely<object>({ dialect: new MysqlDialect({ pool }) }), { prefix: 'late_' })
    await expect(storage.migrate([values])).resolves.toMatchObject({ dryRun: false })
    const update = storage.update(values, { where: eq('id', 'a'), set: { code: '' } })
    await expect(update).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('FOUND_ROWS'),
    })
  })

  it('refuses a Kysely instance whose texts could end before their end', async () => {
    const pool = createAppPool({}, "set session sql_mode = 'NO_BACKSLASH_ESCAPES'")
    const storage = mysql(new Kysely<object>({ dialect: new MysqlDialect({ pool }) }))
    await expect(storage.ping()).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  it('refuses to join a transaction that would read what was true when it began', async () => {
    const storage = mysql(url)
    await storage.migrate([values])
    for (const [first, accepted] of [
      [undefined, false],
      ['set session transaction isolation level read uncommitted', false],
      [readCommitted, true],
      ['set session transaction isolation level serializable', true],
    ] as const) {
      const app = new Kysely<object>({ dialect: new MysqlDialect({ pool: createAppPool({}, first) }) })
      const counted = app.transaction().execute((transaction) => storage.join(transaction).count(values))
      if (accepted) expect(await counted).toBe(0)
      else
        await expect(counted).rejects.toMatchObject({
          code: 'configuration_invalid',
          message: expect.stringContaining('isolation'),
        })
    }
    await storage.close()
  })

  it('refuses a transaction as its source', async () => {
    const app = createApp(url)
    await app.transaction().execute(async (transaction) => {
      expect(() => mysql(transaction)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
    })
    await app.destroy()
  })

  it('says that a URL leads to no database', async () => {
    const other = new URL(url)
    other.pathname = '/cardea_no_such_database'
    const storage = mysql(other.href)
    await expect(storage.migrate([values])).rejects.toMatchObject({ code: 'unavailable' })
    await storage.close()
  })

  it('takes the clock that it is given for the database’s', async () => {
    let now = 1_000
    const storage = mysql(url, { clock: () => now })
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

  it('reads the same clock, whatever the time zone of a connection is', async () => {
    const stamps = defineTable('suite_zones', { columns: { id: text(), at: integer() }, primaryKey: ['id'] })
    const instants: number[] = []
    for (const zone of ['+14:00', '-12:00']) {
      const storage = mysql(createAppPool({}, `set session time_zone = '${zone}'`))
      await storage.migrate([stamps])
      await storage.insert(stamps, { id: zone, at: 0 })
      await storage.update(stamps, { where: eq('id', zone), set: { at: { ref: 'database.now' } } })
      instants.push((await storage.findOne(stamps, { where: eq('id', zone) }))?.at ?? 0)
    }
    const [first = 0, second = 0] = instants
    expect(Math.abs(second - first)).toBeLessThan(60_000)
  })

  it('gives a connection of the app back only after a statement that came too late was rolled back', async () => {
    const pool = createAppPool({ connectionLimit: 1 })
    const app = new Kysely<object>({ dialect: new MysqlDialect({ pool }) })
    const storage = mysql(app, { statementTimeoutMilliseconds: 200 })
    const late = defineTable('suite_late', { columns: { id: text(), at: integer() }, primaryKey: ['id'] })
    await storage.migrate([late])
    await storage.insert(late, { id: 'a', at: 0 })
    const holder = await createAppPool().promise().getConnection()
    await holder.query('start transaction')
    await holder.query('select * from suite_late for update')
    const work = storage.transaction(async (transaction) => {
      await transaction.update(late, { where: eq('id', 'a'), increment: { at: 1 } })
    })
    await expect(work).rejects.toMatchObject({ code: 'unavailable' })
    // It has to wait for the connection, so that its answer is of afterwards.
    const next = pool.promise().query('select at from suite_late')
    await holder.query('rollback')
    holder.release()
    expect((await next)[0]).toEqual([{ at: 0 }])
    expect(await storage.findOne(late, { where: eq('id', 'a') })).toEqual({ id: 'a', at: 0 })
  })

  it('leaves the settings of an app’s connection as they were after a migration', async () => {
    const pool = createAppPool({ connectionLimit: 1 }, "set session sql_mode = 'ANSI_QUOTES', lock_wait_timeout = 77")
    const storage = mysql(new Kysely<object>({ dialect: new MysqlDialect({ pool }) }))
    await storage.migrate([values, ...systemTables])
    const [settings] = await pool
      .promise()
      .query('select @@sql_mode as mode, @@lock_wait_timeout as wait, is_used_lock(database()) as held')
    expect(settings).toEqual([{ mode: 'ANSI_QUOTES', wait: 77, held: null }])
  })

  it('does nothing more in a transaction of the app that the server has ended', async () => {
    const storage = mysql(url)
    await storage.migrate([values])
    await storage.insert(values, [
      { ...row, id: 'x' },
      { ...row, id: 'y' },
    ])
    const app = createApp(url)
    const set = (id: string, code: string) => ({ where: eq('id', id), set: { code } }) as const
    let holding = 0
    const both = Promise.withResolvers<void>()
    // Each waits for what the other holds, so the server ends one of them.
    const failures = (
      await Promise.all(
        [
          ['x', 'y'],
          ['y', 'x'],
        ].map(async ([first = '', second = '']) => {
          const transaction = await app.startTransaction().execute()
          const joined = storage.join(transaction)
          let lost = false
          try {
            await joined.update(values, set(first, 'first'))
            holding += 1
            if (holding === 2) both.resolve()
            await both.promise
            await joined.update(values, set(second, 'second'))
          } catch (error) {
            lost = true
            expect(error).toMatchObject({ code: 'transaction_conflict' })
            for (const late of [joined, storage.join(transaction)]) {
              await expect(late.update(values, set(first, 'outside of any transaction'))).rejects.toMatchObject({
                code: 'transaction_conflict',
              })
              await expect(
                late.transaction((inner) => inner.update(values, set(first, 'outside of any transaction'))),
              ).rejects.toMatchObject({ code: 'transaction_conflict' })
            }
          }
          await transaction.commit().execute()
          return lost
        }),
      )
    ).filter(Boolean)
    expect(failures).toHaveLength(1)
    expect((await storage.find(values, { where: oneOf('id', ['x', 'y']), limit: 'all' })).map((r) => r.code)).toEqual(
      expect.not.arrayContaining(['outside of any transaction']),
    )
    await storage.delete(values, and())
    await app.destroy()
    await storage.close()
  })

  it('makes a required column nullable and a text longer; rows and defaults stay', async () => {
    const storage = mysql(url)
    const required = defineTable('suite_strict', {
      columns: { id: text(), note: withDefault(text(16), "it's \\ so"), short: text(4) },
      primaryKey: ['id'],
      unique: { short: ['short'] },
    })
    const wider = defineTable('suite_strict', {
      columns: { id: text(), note: nullable(withDefault(text(16), "it's \\ so")), short: text(40) },
      primaryKey: ['id'],
      unique: { short: ['short'] },
    })
    await storage.migrate([required])
    await storage.insert(required, { id: 'a', short: 'abcd' })
    expect((await storage.migrate([wider])).steps).toHaveLength(2)
    expect(await storage.insert(wider, { id: 'b', note: null, short: 'abcd and more' })).toBe(1)
    expect(await storage.find(wider, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })).toEqual([
      { id: 'a', note: "it's \\ so", short: 'abcd' },
      { id: 'b', note: null, short: 'abcd and more' },
    ])
    await expect(storage.insert(wider, { id: 'c', short: 'abcd' })).rejects.toMatchObject({
      code: 'unique_violation',
      constraint: { key: 'short' },
    })
    expect((await storage.migrate([wider])).steps).toEqual([])
    expect(await storage.verify([wider])).toEqual([])
    await storage.close()
  })

  it('never compares a text with a number, which would be equal to most texts', async () => {
    const events: StatementEvent[] = []
    const storage = mysql(url, { log: (event) => events.push(event) })
    const tokens = defineTable('suite_tokens', { columns: { id: text(), token: text() }, primaryKey: ['id'] })
    await storage.migrate([tokens])
    await storage.insert(tokens, { id: 'a', token: 'secret' })
    if (!('skipped' in database)) {
      const [matched] = await database.admin.query<RowDataPacket[]>('select id from suite_tokens where token = 0')
      expect(matched).toEqual([{ id: 'a' }])
    }
    events.length = 0
    const byToken = { where: eq('token', param('token')) }
    for (const value of [
      0,
      1,
      true,
      false,
      [],
      [0],
      {},
      { token: 1 },
      0n,
      Number.NaN,
      Buffer.from('secret'),
    ] as never[]) {
      await expect(storage.findOne(tokens, byToken, { token: value })).rejects.toBeInstanceOf(TypeError)
      await expect(storage.find(tokens, { where: eq('token', value), limit: 1 })).rejects.toBeInstanceOf(TypeError)
      await expect(storage.consume(tokens, eq('token', value))).rejects.toBeInstanceOf(TypeError)
      await expect(storage.update(tokens, { where: eq('token', value), set: { id: 'b' } })).rejects.toBeInstanceOf(
        TypeError,
      )
      await expect(storage.delete(tokens, oneOf('token', [value]))).rejects.toBeInstanceOf(TypeError)
    }
    expect(events).toEqual([])
    for (const value of ['0', '1', 'true', '', 'secret ', 'SECRET']) {
      expect(await storage.findOne(tokens, byToken, { token: value })).toBeUndefined()
    }
    await storage.close()
  })

  it('prepares a read that comes again once, and keeps a limited number of others', async () => {
    const pool = createAppPool({ connectionLimit: 1 })
    const storage = mysql(pool)
    await storage.migrate([values])
    const statistics = async () => {
      const [rows] = await pool
        .promise()
        .query<RowDataPacket[]>("show session status where variable_name in ('Com_stmt_prepare', 'Com_stmt_close')")
      return Object.fromEntries(rows.map((each) => [String(each['Variable_name']), Number(each['Value'])]))
    }
    for (let round = 0; round < 3; round += 1) await storage.findOne(values, all, { id: 'a' })
    const before = await statistics()
    for (let round = 0; round < 50; round += 1) await storage.findOne(values, all, { id: `a${round}` })
    expect(await statistics()).toEqual(before)
    for (let count = 1; count <= 200; count += 1) {
      const ids = Array.from({ length: count }, (_, index) => `${index}`)
      await storage.find(values, { where: oneOf('id', ids), limit: 'all' })
    }
    const after = await statistics()
    const open = (each: Readonly<Record<string, number>>) =>
      (each['Com_stmt_prepare'] ?? 0) - (each['Com_stmt_close'] ?? 0)
    expect(open(after)).toBeGreaterThan(10)
    expect(open(after)).toBeLessThan(100)
    // The read from before is still prepared.
    await storage.findOne(values, all, { id: 'a' })
    expect(await statistics()).toEqual(after)
  })
})
