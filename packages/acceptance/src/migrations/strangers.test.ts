import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type Dialect, dialects, type Target } from './targets.js'
import { versions } from './versions.js'

const tables = versions[1]

/** What a stranger may have under the name of one of our tables: how it comes about, and of what kind it is. */
interface Stranger {
  readonly what: string
  readonly sql: (ours: string, name: string) => readonly string[]
}

const strangers: readonly Stranger[] = [
  {
    what: 'a table',
    sql: (_ours, name) => [`create table ${name} (theirs varchar(20))`, `insert into ${name} values ('kept')`],
  },
  { what: 'a table of exactly our shape', sql: (ours) => [ours] },
  {
    what: 'a view',
    sql: (_ours, name) => ['create table app (id varchar(36))', `create view ${name} as select id from app`],
  },
]

const targets: Target[] = []
afterEach(async () => {
  for (const target of targets.splice(0)) await target.drop()
})

async function create(dialect: Dialect): Promise<Target> {
  const target = await dialect.create()
  targets.push(target)
  return target
}

/** The statement that makes each table, as a dry run tells it. */
async function creations(dialect: Dialect): Promise<ReadonlyMap<string, string>> {
  const { steps } = await (await create(dialect)).open().migrate(tables, { dryRun: true })
  return new Map(steps.filter(({ sql }) => sql.startsWith('create table')).map(({ table, sql }) => [table, sql]))
}

const refused = (name: string) => ({
  name: 'CardeaError',
  code: 'configuration_invalid',
  message: expect.stringMatching(new RegExp(`${name} exists.*prefix`)),
})

describe.each(firstWhereQuick(dialects, 2))('migrate() on $name', (dialect) => {
  it.each(strangers)('adopts no stranger: $what', async ({ sql }) => {
    const ours = await creations(dialect)
    for (const name of ['cardea_authz', 'cardea_permissions']) {
      const target = await create(dialect)
      // The statement of a dry run names the place where it ran, which is another one.
      const creation = (ours.get(name) ?? '').replaceAll(/"cardea_test_[0-9a-f]+"\./g, '')
      for (const statement of sql(creation, name)) await target.execute(statement)
      const before = await target.dump()
      const storage = target.open()
      expect(await storage.verify(tables)).toContainEqual(
        expect.objectContaining({ table: name, problem: 'foreign_table' }),
      )
      for (const dryRun of [true, false]) {
        await expect(storage.migrate(tables, { dryRun })).rejects.toMatchObject(refused(name))
      }
      expect(await target.dump()).toEqual(before)
      // The way out that the message names.
      await target.open({ prefix: 'mine_' }).migrate(tables.slice(0, 1))
    }
  })

  it.each(strangers.filter(({ what }) => !what.includes('exactly')))(
    'takes no stranger for its ledger: $what',
    async ({ sql }) => {
      const target = await create(dialect)
      for (const statement of sql('', 'cardea_migrations')) await target.execute(statement)
      const before = await target.dump()
      for (const dryRun of [true, false]) {
        await expect(target.open().migrate(tables, { dryRun })).rejects.toMatchObject(refused('cardea_migrations'))
      }
      expect(await target.dump()).toEqual(before)
    },
  )

  it('refuses a table that a stranger made between two of our migrations', async () => {
    const target = await create(dialect)
    const storage = target.open()
    await storage.migrate(tables.slice(0, -1))
    const { steps } = await storage.migrate(tables, { dryRun: true })
    await target.execute(steps[0]?.sql ?? '')
    const before = await target.dump()
    await expect(storage.migrate(tables)).rejects.toMatchObject(refused('cardea_notes'))
    expect(await target.dump()).toEqual(before)
  })

  it('writes nothing at a dry run, and lists what the run then does', async () => {
    const target = await create(dialect)
    const storage = target.open()
    for (const version of [1, 2] as const) {
      const before = await target.dump()
      const planned = await storage.migrate(versions[version], { dryRun: true })
      expect(await target.dump()).toEqual(before)
      expect(planned.steps.length).toBeGreaterThan(5)
      expect(await storage.migrate(versions[version])).toEqual({ ...planned, dryRun: false })
      expect((await storage.migrate(versions[version], { dryRun: true })).steps).toEqual([])
    }
  })
})

describe.each(dialects.filter(({ isServer }) => !isServer))('migrate() on $name', (dialect) => {
  it.each([
    ['an index', 'create index cardea_sessions$token_key on app (id)', 'cardea_sessions$token_key'],
    ['an index named like a table', 'create index cardea_sessions on app (id)', 'cardea_sessions'],
    [
      'a trigger',
      'create trigger auth_customers_after_delete after delete on app begin select 1; end',
      'auth_customers_after_delete',
    ],
  ])('says which name is taken, and leaves what has it alone: %s', async (what, sql, name) => {
    const target = await create(dialect)
    await target.execute('create table app (id text)')
    await target.execute(sql)
    const before = await target.dump()
    await expect(target.open().migrate(tables)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(name),
    })
    expect(await target.dump()).toEqual(before)
    await target.execute(`drop ${what.split(' ')[1]} ${name}`)
    await target.open().migrate(tables)
    expect(await target.open().verify(tables)).toEqual([])
  })
})
