import { eq } from '@cardea/core'
import { collections, identifiers, permissions, principals } from '@cardea/storage'
import { firstWhereQuick, isQuick, rounds } from '@cardea/storage/testkit'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea } from '../testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from '../two-nodes.fixture.js'
import { breaking } from './breaking.fixture.js'

const password = 'a good password'

let names = 0
const freshName = (): string => {
  names += 1
  return `members_${names}`
}

const fields = {
  company: { type: 'text', optional: true },
  phone: { type: 'text', optional: true, unique: true },
  badge: { type: 'text', optional: true, unique: true, max: 40 },
  boss: { type: 'relation', collection: 'users', optional: true },
} as const

describe.each(firstWhereQuick(databases))('definitions.change on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  const make = async (): Promise<string> => {
    const name = freshName()
    await nodes[0].auth.definitions.create({ name, type: 'auth', fields, auth: { identifiers: ['badge'] } })
    return name
  }
  const join = async (index: 0 | 1, name: string, more: object = {}) => {
    names += 1
    const email = `p${names}@example.com`
    const api = await nodes[index].auth.findCollection(name)
    const result = await api?.register({ email, password, ...more })
    if (result?.status !== 'signed_in') throw new Error('not signed in')
    return result.signIn.user
  }
  const refusalOf = async (work: Promise<unknown>) =>
    await work.then(
      () => undefined,
      (error: { code: string; issues?: readonly { path: string; code: string; message: string }[] }) => error,
    )

  it('adds, drops and widens, and the other node serves it with its next request', async () => {
    const name = await make()
    const [{ auth }] = nodes
    const { id } = await join(1, name, { company: 'Acme', phone: '1', badge: 'b1' })
    const change = {
      fields: {
        seats: { type: 'number', default: 3 },
        phone: { type: 'text', optional: true },
        boss: { type: 'relation', collection: 'users', optional: true, unique: true },
      },
      drop: ['company', 'badge'],
    }
    const planned = await auth.definitions.plan(name, change)
    expect(planned).toMatchObject({
      version: 1,
      added: ['seats'],
      dropped: ['company', 'badge'],
      lost: [
        { field: 'company', rows: 1 },
        { field: 'badge', rows: 1 },
      ],
      obstacles: [],
    })
    expect(planned.steps.map(({ summary }) => summary.replace(/auth_\w+\./, ''))).toEqual(
      expect.arrayContaining(['add column seats', 'drop column company', 'drop column badge']),
    )
    expect((await auth.definitions.find(name))?.version).toBe(1)

    const { info } = await auth.definitions.change(name, change)
    expect([info.version, Object.keys(info.collection.fields)]).toEqual([2, ['phone', 'boss', 'seats']])
    const seen = await nodes[1].auth.findCollection(name)
    expect(await seen?.find(String(id))).toMatchObject({ phone: '1', seats: 3 })
    expect(await seen?.find(String(id))).not.toHaveProperty('company')
    // Not unique any more, and longer than a key may be.
    await join(1, name, { phone: '1' })
    await join(1, name, { phone: '2'.repeat(2_000), seats: 4 })
    expect((await refusalOf(join(1, name, { company: 'Acme' })))?.code).toBe('unknown_field')
    const kinds = await database.nodes[0].find(identifiers, { where: eq('collection', name), limit: 'all' })
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['email']))
    expect((await auth.migrate()).steps).toEqual([])
    await auth.ready()

    // A field of the name of one that was dropped is a new one.
    await auth.definitions.change(name, { fields: { company: { type: 'text', optional: true } } })
    expect(await (await nodes[1].auth.findCollection(name))?.find(String(id))).toMatchObject({ company: null })
    expect(nodes[0].events.filter(({ type }) => type === 'collection.updated')).not.toEqual([])
  })

  it('makes a field unique and narrower unless records are in the way, which it counts', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    for (const company of ['Acme', 'Acme', 'Ltd', undefined])
      await join(1, name, company === undefined ? {} : { company })
    const refuse = async (field: object, rows: number) => {
      const error = await refusalOf(definitions.change(name, { fields: { company: field } }))
      expect([error?.code, error?.issues?.[0]?.path, error?.issues?.[0]?.code]).toEqual([
        'conflict',
        'fields.company',
        'rows_in_the_way',
      ])
      expect(error?.issues?.[0]?.message).toMatch(new RegExp(`^${rows} records? `))
    }
    await refuse({ type: 'text', optional: true, unique: true }, 2)
    await refuse({ type: 'text', optional: true, max: 3 }, 2)
    await refuse({ type: 'text', optional: true, pattern: '^A' }, 1)
    await refuse({ type: 'text' }, 1)
    const required = await refusalOf(definitions.change(name, { fields: { tax: { type: 'text' } } }))
    expect(required?.issues?.[0]?.message).toMatch(/^4 records /)
    expect((await definitions.find(name))?.version).toBe(1)

    await definitions.change(name, { fields: { company: { type: 'text', optional: true, max: 10 } } })
    const other = await make()
    await join(0, other, { company: 'Acme' })
    await definitions.change(other, { fields: { company: { type: 'text', optional: true, unique: true } } })
    expect((await refusalOf(join(1, other, { company: 'Acme' })))?.code).toBe('conflict')
    await join(1, other, { company: 'Ltd' })
  })

  it('makes and drops indexes, also of fields that are renamed or dropped', async () => {
    const { definitions } = nodes[0].auth
    const name = freshName()
    const definition = { name, type: 'base', fields: { ...fields, at: { type: 'date', index: true, optional: true } } }
    await definitions.create(definition)
    const keys = async () => {
      const { steps } = await nodes[0].auth.migrate()
      expect(steps).toEqual([])
      return await indexesOf(database, `auth_${name}`)
    }
    const both = ['auth_$_created_at_idx', 'auth_$boss_idx']
    expect(await keys()).toEqual([...both, 'auth_$_at_idx', 'auth_$badge_key', 'auth_$phone_key'].sort())
    const records = await nodes[0].auth.recordsOf(name)
    if (records === undefined) throw new Error('not found')
    const { record } = await records.create({ company: 'c'.repeat(300), phone: '1' })
    const id = String(record?.['id'])
    const narrower = { company: { ...fields.company, index: true } }
    expect((await refusalOf(definitions.change(name, { fields: narrower })))?.issues?.[0]).toMatchObject({
      path: 'fields.company',
      code: 'rows_in_the_way',
    })
    await records.update(id, { company: 'c'.repeat(200) })
    const indexed = { ...narrower, boss: { ...fields.boss, index: true }, phone: { ...fields.phone, index: true } }
    const planned = await definitions.plan(name, { fields: indexed })
    expect(planned.steps.map(({ summary }) => summary.replace(/auth_\w+\./, ''))).toEqual(
      expect.arrayContaining(['add index _company', 'add index _boss', 'add index _phone', 'drop index boss']),
    )
    await definitions.change(name, { fields: indexed })
    const lists = ['auth_$_created_at_idx', 'auth_$_at_idx', 'auth_$badge_key', 'auth_$phone_key']
    expect(await keys()).toEqual([...lists, 'auth_$_company_idx', 'auth_$_boss_idx', 'auth_$_phone_idx'].sort())
    await definitions.change(name, { rename: { company: 'firm', boss: 'lead' }, drop: ['at'] })
    const rest = lists.filter((key) => key !== 'auth_$_at_idx')
    expect(await keys()).toEqual([...rest, 'auth_$_firm_idx', 'auth_$_lead_idx', 'auth_$_phone_idx'].sort())
    const found = await (await nodes[1].auth.recordsOf(name))?.list({ sort: ['firm'], filter: { phone: { eq: '1' } } })
    expect(found?.items).toMatchObject([{ firm: 'c'.repeat(200), phone: '1' }])
    // As long as a text may be that is in no index.
    await definitions.change(name, { fields: { firm: fields.company, phone: fields.phone }, drop: ['lead'] })
    expect(await keys()).toEqual(rest.sort())
    await (await nodes[0].auth.recordsOf(name))?.update(id, { firm: 'c'.repeat(2_000) })
  })

  it('refuses what is no change of a field, and names that are none', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    const cases: readonly (readonly [object, string, string])[] = [
      [{ fields: { company: { type: 'number' } } }, 'invalid_request', 'fields.company.type'],
      [{ drop: ['nothing'] }, 'invalid_request', 'drop.0'],
      [{ drop: ['constructor'] }, 'invalid_request', 'drop.0'],
      [{ drop: ['company', 'company'] }, 'invalid_request', 'drop.1'],
      [{ drop: ['id"; drop table users; --'] }, 'invalid_request', 'drop.0'],
      [{ drop: ['email'] }, 'invalid_request', 'drop.0'],
      [{ fields: { 'a"; --': { type: 'text' } } }, 'invalid_request', 'fields.a"; --'],
      [JSON.parse('{"fields":{"__proto__":{"type":"text"}}}') as object, 'invalid_request', 'fields.__proto__'],
      [{ fields: { password: { type: 'text' } } }, 'invalid_request', 'fields.password'],
      [{ fields: { company: { type: 'text' } }, drop: ['company'] }, 'invalid_request', 'fields.company'],
      [{ name: 'other' }, 'unknown_field', 'name'],
      [{ fields: { to: { type: 'relation', collection: 'nobody', optional: true } } }, 'conflict', 'fields.to'],
    ]
    for (const [input, code, path] of cases) {
      const error = await refusalOf(definitions.change(name, input))
      expect([error?.code, error?.issues?.[0]?.path], JSON.stringify(input)).toEqual([code, path])
    }
    for (const input of [null, 'text', [], 7]) {
      expect((await refusalOf(definitions.change(name, input)))?.code).toBe('invalid_request')
    }
    expect((await refusalOf(definitions.change('nobody', {})))?.code).toBe('not_found')
    expect((await refusalOf(definitions.change('users', {})))?.code).toBe('protected')
    expect((await refusalOf(definitions.remove('customers')))?.code).toBe('protected')
    expect((await refusalOf(definitions.remove("x'; --")))?.code).toBe('not_found')
    expect((await definitions.find(name))?.version).toBe(1)
  })

  it('lets one of several changes at once through, and each that went through is there', async () => {
    const name = await make()
    const attempt = async (index: number): Promise<string | undefined> => {
      const change = { fields: { [`extra_${index}`]: { type: 'text', optional: true } } }
      const error = await refusalOf(nodes[index % 2 === 0 ? 0 : 1].auth.definitions.change(name, change))
      if (error === undefined) return `extra_${index}`
      expect(['conflict', 'unavailable']).toContain(error.code)
      return undefined
    }
    const attempts = [0, 1, 2, 3].map(attempt)
    const made = (await Promise.all(attempts)).filter((each) => each !== undefined)
    expect(made.length).toBeGreaterThan(0)
    const info = await nodes[1].auth.definitions.find(name)
    expect(Object.keys(info?.collection.fields ?? {})).toEqual(expect.arrayContaining(made))
    expect(info?.version).toBe(1 + made.length)
    await join(1, name)
  })

  it('serves the collection wherever a change breaks off, and goes on from there', async () => {
    const change = {
      fields: { phone: { type: 'text', optional: true }, seats: { type: 'number', optional: true } },
      drop: ['badge'],
    }
    // Before the last, what was dropped is still in the table: the next change puts it away, and so does a migration.
    const last = [
      { call: 2, migrates: false },
      { call: 2, migrates: true },
    ]
    const others = [
      { call: 0, migrates: false },
      { call: 1, migrates: true },
    ]
    for (const { call, migrates } of isQuick() ? last : [...last, ...others]) {
      const name = await make()
      const { id } = await join(0, name, { phone: '1', badge: 'b1' })
      const broken = createTestCardea({ storage: breaking(database.nodes[0], { call }) })
      await broken.auth.definitions.change(name, change).catch(() => undefined)
      const served = await nodes[1].auth.findCollection(name)
      expect(await served?.find(String(id)), `broken at ${call}`).toMatchObject({ phone: '1' })
      await join(1, name, { phone: '2' })
      // As once the claim has run out.
      await database.nodes[0].update(collections, { where: eq('name', name), set: { claimed_at: 0 } })
      if (migrates) await nodes[1].auth.migrate()
      const version = (await nodes[1].auth.definitions.find(name))?.version
      const { info } = await nodes[1].auth.definitions.change(name, version === 1 ? change : {})
      expect([info.version, Object.keys(info.collection.fields)], `broken at ${call}`).toEqual([
        2,
        ['company', 'phone', 'boss', 'seats'],
      ])
      await join(0, name, { phone: '1' })
      await nodes[0].auth.definitions.change(name, { fields: { badge: { type: 'text', optional: true } } })
      expect(await (await nodes[1].auth.findCollection(name))?.find(String(id))).toMatchObject({ badge: null })
      expect((await nodes[0].auth.migrate()).steps).toEqual([])
    }
  })

  // It waits for as long as a request does.
  it.skipIf(isQuick())(
    'changes nothing when the table is not to be had in time',
    async () => {
      const name = await make()
      const { definitions } = nodes[0].auth
      const change = { fields: { seats: { type: 'number', optional: true, unique: true } } }
      await database.app.transaction().execute(async (transaction) => {
        await transaction.insertInto('orders').values({ buyer: 'somebody' }).execute()
        await sql`select * from ${sql.id(`auth_${name}`)}`.execute(transaction)
        const began = performance.now()
        expect((await refusalOf(definitions.change(name, change)))?.code).toBe('unavailable')
        expect(performance.now() - began).toBeLessThan(20_000)
      })
      expect((await definitions.find(name))?.version).toBe(1)
      expect((await nodes[1].auth.migrate()).steps).toEqual([])
      await join(1, name)
      expect((await definitions.change(name, change)).info.version).toBe(2)
    },
    60_000,
  )

  it('goes on serving while it changes', async () => {
    const name = await make()
    let isOver = false
    const codes: string[] = []
    const traffic = ([0, 1] as const).map(async (index) => {
      while (!isOver) {
        await join(index, name).then(
          () => codes.push('ok'),
          (error: { code?: string }) => codes.push(error.code ?? String(error)),
        )
      }
    })
    const { definitions } = nodes[0].auth
    for (let round = 0; round < rounds({ test: 2, ci: 3, long: 20 }); round += 1) {
      await definitions.change(name, {
        fields: { [`extra_${round}`]: { type: 'text', optional: true, unique: true } },
        drop: round === 0 ? ['company'] : [`extra_${round - 1}`],
      })
      // Whatever came in between: what comes now is served.
      for (const index of [1, 0] as const) codes.push(await join(index, name).then(() => 'ok'))
    }
    isOver = true
    await Promise.all(traffic)
    expect(codes).toContain('ok')
    // Those that HTTP answers with 503.
    expect(codes.filter((code) => !['ok', 'unavailable', 'schema_outdated'].includes(code))).toEqual([])
  }, 60_000)

  it('takes a collection out of service, with everybody in it', async () => {
    const name = await make()
    const { auth } = nodes[0]
    const api = await nodes[1].auth.findCollection(name)
    const registered = await api?.register({ email: 'out@example.com', password, badge: 'x' })
    if (registered?.status !== 'signed_in') throw new Error('not signed in')
    const { accessToken = '' } = registered.signIn
    await auth.definitions.remove(name)
    expect(await nodes[1].auth.findCollection(name)).toBeUndefined()
    const verified = await nodes[1].auth.sessions.verify({ accessToken }, { collections: [name] })
    expect(verified.authenticated).toBe(false)
    expect((await refusalOf(auth.definitions.remove(name)))?.code).toBe('not_found')
    expect((await refusalOf(auth.definitions.create({ name, type: 'auth' })))?.code).toBe('conflict')
    expect(await auth.definitions.find(name)).toBeUndefined()

    await auth.permissions.roles.create({ label: `reads_${name}` })
    await auth.permissions.grants.add(`reads_${name}`, `${name}:read`)
    await auth.definitions.remove(name, { drop: true })
    const [storage] = database.nodes
    expect(await storage.count(principals, eq('collection', name))).toBe(0)
    expect(await storage.count(identifiers, eq('collection', name))).toBe(0)
    expect(await storage.count(permissions, eq('label', `${name}:read`))).toBe(0)
    expect(await auth.permissions.grants.list({ role: `reads_${name}` })).toEqual([])
    expect((await refusalOf(auth.definitions.remove(name, { drop: true })))?.code).toBe('not_found')
    // The name is free, and nothing of what was there comes back.
    await auth.definitions.create({ name, type: 'auth', fields, auth: { identifiers: ['badge'] } })
    await join(1, name, { badge: 'x' })
    expect((await auth.migrate()).steps).toEqual([])
    expect(nodes[0].events.filter(({ type }) => type === 'collection.deleted')).toHaveLength(1)
  })

  it('keeps a collection to which another one relates', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    const other = freshName()
    await definitions.create({ name: other, type: 'base', fields: { of: { type: 'relation', collection: name } } })
    expect((await refusalOf(nodes[1].auth.definitions.remove(name, { drop: true })))?.code).toBe('conflict')
    await join(1, name)
    // Relations in a circle could not be made one after the other.
    const back = { fields: { back: { type: 'relation', collection: other, optional: true } } }
    expect((await refusalOf(definitions.change(name, back)))?.code).toBe('conflict')
    await definitions.change(other, { drop: ['of'] })
    await definitions.remove(name, { drop: true })
  })
})

/** The names of the indexes of a table but of its key, with a short one for the table. */
async function indexesOf({ app, url }: TestDatabase, table: string): Promise<readonly string[]> {
  const [kind = ''] = /^(postgres|mysql)/.exec(url) ?? []
  const queries: Readonly<Record<string, string>> = {
    '': `select name from pragma_index_list('${table}') where origin <> 'pk'`,
    postgres: `select indexname as name from pg_indexes where schemaname = current_schema() and tablename = '${table}'`,
    mysql: `select distinct index_name as name from information_schema.statistics where table_schema = database() and table_name = '${table}'`,
  }
  const { rows } = await sql.raw<{ name: string }>(String(queries[kind])).execute(app)
  const names = rows.map(({ name }) => name.replace(table, 'auth_')).sort()
  return names.filter((name) => name !== 'PRIMARY' && name !== 'auth_$pkey')
}
