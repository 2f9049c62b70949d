import { mysql } from '@cardea/kysely/mysql'
import { isQuick, rounds } from '@cardea/storage/testkit'
import mysql2 from 'mysql2/promise'
import { afterEach, describe, expect, it } from 'vitest'
import { longestRead } from './longest-read.js'
import { dialects, type Target } from './targets.js'
import { versions } from './versions.js'

const dialect = dialects.find(({ driver }) => driver === 'mysql2')

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function create(): Promise<Target> {
  if (dialect === undefined) throw new Error('no MySQL')
  const target = await dialect.create()
  cleanups.push(() => target.drop())
  return target
}

async function connect(url: string): Promise<mysql2.Connection> {
  const connection = await mysql2.createConnection(url)
  cleanups.push(() => connection.end())
  return connection
}

describe.skipIf(dialect === undefined)('migrate() on a MySQL server with others on it', () => {
  it.each([
    [
      'a foreign key',
      'create table app_child (id varchar(36), constraint cardea_notes$principal_id_fkey foreign key (id) references app (id))',
      'cardea_notes',
      'drop table app_child',
    ],
    [
      'a trigger',
      'create trigger auth_customers_after_delete after delete on app for each row set @gone = old.id',
      'auth_customers_after_delete',
      'drop trigger auth_customers_after_delete',
    ],
  ])('says which name is taken, and leaves what has it alone: %s', async (_what, sql, name, free) => {
    const target = await create()
    await target.execute('create table app (id varchar(36) primary key)')
    await target.execute(sql)
    const triggers =
      'select trigger_name as name, action_statement from information_schema.triggers where trigger_schema = database()'
    const before = await target.query(triggers)
    const storage = target.open()
    await expect(storage.migrate(versions[1])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(name),
    })
    expect(await target.query(triggers)).toEqual(expect.arrayContaining([...before]))
    expect(await storage.verify(versions[1])).not.toEqual([])
    await target.execute(free)
    await storage.migrate(versions[1])
    expect(await storage.verify(versions[1])).toEqual([])
  })

  it('says what a user is missing that may not make tables', async () => {
    const target = await create()
    const user = `cardea_user_${process.pid}`
    await target.execute(`create user ${user}`)
    cleanups.push(() => target.execute(`drop user ${user}`))
    await target.execute(`grant select on ${new URL(target.url).pathname.slice(1)}.* to ${user}`)
    const url = new URL(target.url)
    url.username = user
    const storage = mysql(url.href)
    cleanups.push(() => storage.close())
    await expect(storage.migrate(versions[1])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(/may not create/i),
    })
    expect((await target.dump()).rows).toEqual({})
  })
})

describe.skipIf(dialect === undefined)('migrate() on a MySQL server under traffic', () => {
  it.skipIf(isQuick())('waits for a transaction that holds a table, and lets others pass meanwhile', async () => {
    const target = await create()
    const storage = target.open()
    await storage.migrate(versions[1])
    const holder = await connect(target.url)
    await holder.query('begin')
    await holder.query('select * from cardea_notes')
    let over = false
    const migrating = storage.migrate(versions[2]).finally(() => {
      over = true
    })
    // Heard of at the end, whatever comes in between.
    migrating.catch(() => undefined)
    const reader = await connect(target.url)
    // A request gives a statement 1.5 seconds. A busy machine is late now and then; what waits for a lock is late each time.
    const longest: number[] = []
    while (longest.length < 3 && !longest.some((wait) => wait < 1_350)) {
      longest.push(await longestRead(() => reader.query('select count(*) from cardea_notes')))
    }
    expect(over).toBe(false)
    expect(Math.min(...longest)).toBeLessThan(1_350)
    await holder.query('commit')
    await migrating
    expect(await storage.verify(versions[2])).toEqual([])
  })

  // Fifteen seconds pass before it does.
  it.skipIf(rounds({ test: 1, ci: 1, long: 0 }) === 1)(
    'gives up with unavailable when the table never comes free, and goes on from there later',
    async () => {
      const target = await create()
      const storage = target.open()
      await storage.migrate(versions[1])
      const holder = await connect(target.url)
      await holder.query('begin')
      await holder.query('select * from cardea_notes')
      await expect(storage.migrate(versions[2])).rejects.toMatchObject({ code: 'unavailable' })
      await holder.query('commit')
      await storage.migrate(versions[2])
      expect(await storage.verify(versions[2])).toEqual([])
    },
  )
})
