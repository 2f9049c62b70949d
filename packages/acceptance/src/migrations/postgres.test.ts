import { postgres } from '@cardea/kysely/postgres'
import { testServerUrl } from '@cardea/kysely/testkit'
import type { Storage } from '@cardea/storage'
import { firstWhereQuick, isQuick, rounds } from '@cardea/storage/testkit'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { longestRead } from './longest-read.js'
import { type Dump, dialects, type Target } from './targets.js'
import { versions } from './versions.js'

const postgresUrl = testServerUrl('postgres')
const dialect = dialects.find(({ driver }) => driver === 'pg')

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function create(): Promise<Target> {
  if (dialect === undefined) throw new Error('no PostgreSQL')
  const target = await dialect.create()
  cleanups.push(() => target.drop())
  return target
}

function open(url: string, options: Parameters<typeof postgres>[1] = {}): Storage {
  const storage = postgres(url, options)
  cleanups.push(() => storage.close())
  return storage
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  cleanups.push(() => client.end())
  return client
}

const schemaOf = async (target: Target): Promise<string> =>
  String((await target.query('select current_schema() as s'))[0]?.['s'])

describe.skipIf(dialect === undefined)('migrate() on a PostgreSQL server with others on it', () => {
  it('takes nothing of another schema on the search path for its own, a whole installation included', async () => {
    const [theirs, ours] = [await create(), await create()]
    await theirs.open().migrate(versions[1])
    const before = await theirs.dump()
    const url = new URL(ours.url)
    const path = `${await schemaOf(ours)},${await schemaOf(theirs)}`
    url.searchParams.set('options', `-c search_path=${path}`)
    const storage = open(url.href)
    expect(await storage.verify(versions[1])).toHaveLength(versions[1].length)
    await storage.migrate(versions[1])
    expect(await storage.verify(versions[1])).toEqual([])
    expect(await ours.dump()).toEqual(before)
    expect(await theirs.dump()).toEqual(before)
  })

  it('lists the schema that it will make, too', async () => {
    const schema = `cardea_made_${process.pid}`
    const storage = open(postgresUrl, { schema })
    const planned = await storage.migrate(versions[1], { dryRun: true })
    const admin = await connect(postgresUrl)
    const found = async () => (await admin.query('select from pg_namespace where nspname = $1', [schema])).rowCount
    expect(await found()).toBe(0)
    expect(planned.steps[0]).toMatchObject({ number: 0, sql: `create schema "${schema}"` })
    cleanups.push(() => admin.query(`drop schema ${schema} cascade`))
    expect((await storage.migrate(versions[1])).steps).toEqual(planned.steps)
    expect(await found()).toBe(1)
  })

  it.each(
    firstWhereQuick([
      ['a sequence', 'create sequence cardea_sessions', 'cardea_sessions'],
      ['a type', "create type cardea_sessions as enum ('a')", 'cardea_sessions'],
      ['an index', 'create table app (id text); create index cardea_sessions on app (id)', 'cardea_sessions'],
      [
        'an index with the name of one of ours',
        'create table app (id text); create index cardea_sessions$token_key on app (id)',
        'cardea_sessions$token_key',
      ],
      [
        'a function with the name of one of ours',
        `create function auth_customers_after_delete() returns trigger language plpgsql as 'begin return old; end'`,
        'auth_customers_after_delete',
      ],
    ]),
  )('says which name is taken, and leaves what has it alone: %s', async (_what, sql, name) => {
    const target = await create()
    await target.execute(sql)
    const before = await target.dump()
    const storage = target.open()
    await expect(storage.migrate(versions[1])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(name),
    })
    // A member of a dump is what a query gave.
    const functions = (dump: Dump) => (dump.schema as { readonly functions: readonly unknown[] }).functions
    expect(functions(await target.dump())).toEqual(expect.arrayContaining([...functions(before)]))
    // Once the name is free, the same migration goes on where it stopped.
    await target.execute(sql.startsWith('create table') ? 'drop table app' : `drop ${sql.split(' ')[1]} ${name}`)
    await storage.migrate(versions[1])
    expect(await storage.verify(versions[1])).toEqual([])
  })

  it('says what a role is missing that may not make tables', async () => {
    const target = await create()
    const role = `cardea_role_${process.pid}`
    const schema = await schemaOf(target)
    await target.execute(`create role ${role} login`)
    cleanups.push(() => target.execute(`drop owned by ${role}; drop role ${role}`))
    await target.execute(`grant usage on schema ${schema} to ${role}`)
    const url = new URL(target.url)
    url.username = role
    await expect(open(url.href).migrate(versions[1])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(/may not create.*grant create on schema/is),
    })
    expect((await target.dump()).rows).toEqual({})
    await expect(open(url.href, { schema: `${schema}_none` }).migrate(versions[1])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(/may not create/i),
    })
  })
})

describe.skipIf(dialect === undefined)('migrate() on a PostgreSQL server under traffic', () => {
  it.skipIf(isQuick())('waits for a transaction that holds a table, and lets others pass meanwhile', async () => {
    const target = await create()
    const storage = target.open()
    await storage.migrate(versions[1])
    const holder = await connect(target.url)
    await holder.query('begin; select * from cardea_notes')
    let over = false
    const migrating = storage.migrate(versions[2]).finally(() => {
      over = true
    })
    // Heard of at the end, whatever comes in between.
    migrating.catch(() => undefined)
    const reader = await connect(target.url)
    // A request gives a statement 1.35 seconds. A busy machine is late now and then; what waits for a lock is late each time.
    const longest: number[] = []
    while (longest.length < 3 && !longest.some((wait) => wait < 1_200)) {
      longest.push(await longestRead(() => reader.query('select count(*) from cardea_notes')))
    }
    expect(over).toBe(false)
    expect(Math.min(...longest)).toBeLessThan(1_200)
    await holder.query('commit')
    await migrating
    expect(await storage.verify(versions[2])).toEqual([])
  })

  // Fifteen seconds pass before it does.
  it.skipIf(rounds({ test: 1, ci: 1, long: 0 }) === 1)(
    'gives up with unavailable when the table never comes free, and has changed nothing',
    async () => {
      const target = await create()
      const storage = target.open()
      await storage.migrate(versions[1])
      const before = await target.dump()
      const holder = await connect(target.url)
      await holder.query('begin; select * from auth_customers; select * from cardea_notes')
      await expect(storage.migrate(versions[2])).rejects.toMatchObject({ code: 'unavailable' })
      expect(await target.dump()).toEqual(before)
      await holder.query('commit')
      await storage.migrate(versions[2])
      expect(await storage.verify(versions[2])).toEqual([])
    },
  )
})
