import { and, eq, isCardeaError, not } from '@cardea/core'
import { collections, identifiers, outbox } from '@cardea/storage'
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
  return `renamed_${names}`
}

const fields = {
  company: { type: 'text', optional: true },
  badge: { type: 'text', optional: true, unique: true, max: 40 },
  boss: { type: 'relation', collection: 'users', optional: true },
  mentor: { type: 'relation', collection: 'users', optional: true, unique: true },
  note: { type: 'json', optional: true, hidden: true },
  seats: { type: 'number', default: 3 },
} as const

const newNames = { company: 'firm', badge: 'code', boss: 'manager', mentor: 'guide', note: 'remark', seats: 'places' }

describe.each(firstWhereQuick(databases))('definitions.change that renames fields, on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']
  let user: string
  let other: string

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
    const register = async (username: string) => {
      const own = { email: `${username}@example.com`, password, username, name: username }
      const result = await nodes[0].auth.users.register(own)
      return result.status === 'signed_in' ? String(result.signIn.user.id) : ''
    }
    user = await register('boss')
    other = await register('guide')
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  const make = async (): Promise<string> => {
    const name = freshName()
    await nodes[0].auth.definitions.create({ name, type: 'auth', fields, auth: { identifiers: ['badge'] } })
    return name
  }
  const join = async (index: 0 | 1, name: string, more: object = {}) => {
    names += 1
    const api = await nodes[index].auth.findCollection(name)
    const result = await api?.register({ email: `r${names}@example.com`, password, ...more })
    if (result?.status !== 'signed_in') throw new Error('not signed in')
    return String(result.signIn.user['id'])
  }
  /** @returns Who signs in by it. */
  const login = async (index: 0 | 1, name: string, input: object) => {
    const signIn = await (await nodes[index].auth.findCollection(name))?.login({ ...input, password })
    return String(signIn?.user['id'])
  }
  const refusalOf = async (work: Promise<unknown>) =>
    await work.then(
      () => undefined,
      (error: { code: string; issues?: readonly { path: string; code: string; message: string }[] }) => error,
    )
  /** The record as it is in the table, hidden fields included. */
  const rowOf = async (name: string, id: string) => {
    const table = sql.id(`auth_${name}`)
    const { rows } = await sql`select * from ${table} where id = ${id}`.execute(database.app)
    return rows[0] as Readonly<Record<string, unknown>>
  }

  it('keeps what is in them, and the other node serves the new names with its next request', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    const values = { company: 'Acme', badge: 'b1', boss: user, mentor: other, seats: 7 }
    const id = await join(0, name, values)
    const table = sql.id(`auth_${name}`)
    await sql`update ${table} set note = '{"a":[1]}' where id = ${id}`.execute(database.app)
    const plain = await join(1, name)
    const change = { rename: newNames }
    const planned = await definitions.plan(name, change)
    expect(planned).toMatchObject({ added: [], changed: [], dropped: [], lost: [], obstacles: [] })
    expect(planned.renamed).toEqual(Object.entries(newNames).map(([from, to]) => ({ from, to })))
    const summaries = planned.steps.map(({ summary }) => summary.replaceAll(`auth_${name}.`, ''))
    const places = ['add column code', 'let code mirror badge', 'copy badge to code', 'drop column badge'].map((each) =>
      summaries.indexOf(each),
    )
    expect(places, summaries.join('\n')).toEqual([...places].sort((left, right) => left - right))
    expect(places).not.toContain(-1)
    expect(await (await nodes[1].auth.findCollection(name))?.find(id)).toMatchObject(values)

    const { info, plan } = await definitions.change(name, change)
    expect([info.version, Object.keys(info.collection.fields)]).toEqual([2, Object.values(newNames)])
    expect(plan.renamed).toHaveLength(6)
    const seen = await (await nodes[1].auth.findCollection(name))?.find(id)
    expect(seen).toMatchObject({ firm: 'Acme', code: 'b1', manager: user, guide: other, places: 7 })
    expect(seen).not.toHaveProperty('company')
    expect(seen).not.toHaveProperty('remark')
    expect(await (await nodes[1].auth.findCollection(name))?.find(plain)).toMatchObject({ code: null, places: 3 })
    const row = await rowOf(name, id)
    expect(Object.keys(row).sort()).toEqual(
      ['created_at', 'email', 'id', 'updated_at', 'verified', ...Object.values(newNames)].sort(),
    )
    expect(JSON.parse(String(row['remark']))).toEqual({ a: [1] })

    // Keys and references hold under their new names.
    expect((await refusalOf(join(1, name, { code: 'b1' })))?.issues?.[0]?.path).toBe('code')
    expect((await refusalOf(join(1, name, { guide: other })))?.issues?.[0]?.path).toBe('guide')
    expect((await refusalOf(join(1, name, { badge: 'b2' })))?.code).toBe('unknown_field')
    const toNobody = sql`update ${table} set manager = 'nobody' where id = ${plain}`
    await expect(toNobody.execute(database.app)).rejects.toThrow(/foreign key/i)
    expect((await nodes[1].auth.migrate()).steps).toEqual([])
    await nodes[1].auth.ready()
  })

  it('renames together with other changes, which call fields by their new names', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    const id = await join(0, name, { company: 'Acme', badge: 'b1', mentor: other, boss: user })
    const change = {
      rename: { company: 'firm', badge: 'code', mentor: 'guide' },
      fields: {
        firm: { type: 'text', optional: true, unique: true },
        guide: { type: 'relation', collection: 'users', optional: true },
        level: { type: 'number', default: 1 },
      },
      drop: ['boss', 'note'],
      auth: { otp: { enabled: true } },
    }
    const planned = await definitions.plan(name, change)
    expect(planned).toMatchObject({ added: ['level'], changed: ['firm', 'guide'], lost: [{ rows: 1 }, { rows: 0 }] })
    const { info } = await definitions.change(name, change)
    expect(Object.keys(info.collection.fields)).toEqual(['firm', 'code', 'guide', 'seats', 'level'])
    expect(info.collection.auth).toMatchObject({ identifiers: ['code'], otp: { enabled: true } })
    const seen = await (await nodes[1].auth.findCollection(name))?.find(id)
    expect(seen).toMatchObject({ firm: 'Acme', code: 'b1', guide: other, level: 1 })
    await join(1, name, { guide: other })
    expect((await refusalOf(join(1, name, { firm: 'Acme' })))?.issues?.[0]?.path).toBe('firm')
    // As long as a text may be that is a key no more.
    const loose = { rename: { firm: 'company' }, fields: { company: { type: 'text', optional: true } } }
    await definitions.change(name, loose)
    await join(1, name, { company: 'x'.repeat(2_000) })
    expect(await login(1, name, { code: 'b1' })).toBe(id)
    // An identifier that is none any more under its new name.
    await definitions.change(name, { rename: { code: 'badge' }, auth: { identifiers: [] } })
    expect((await refusalOf(login(1, name, { badge: 'b1' })))?.code).toBe('invalid_request')
    const kinds = and(eq('collection', name), not(eq('kind', 'email')))
    expect(await database.nodes[0].count(identifiers, kinds)).toBe(0)
    expect((await nodes[1].auth.migrate()).steps).toEqual([])
  })

  it('counts records in the way of a field that also gets another name', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    for (const company of ['Acme', 'Acme', undefined]) await join(0, name, company === undefined ? {} : { company })
    const change = { rename: { company: 'firm' }, fields: { firm: { type: 'text', unique: true } } }
    const refused = await refusalOf(definitions.change(name, change))
    expect(refused?.code).toBe('conflict')
    expect(refused?.issues?.map(({ path, message }) => [path, message.slice(0, 9)])).toEqual([
      ['fields.firm', '1 record '],
      ['fields.firm', '2 records'],
    ])
    const signsIn = { rename: { company: 'firm' }, fields: { firm: { type: 'text', optional: true, unique: true } } }
    const asIdentifier = { ...signsIn, auth: { identifiers: ['badge', 'firm'] } }
    expect((await refusalOf(definitions.change(name, asIdentifier)))?.issues).toHaveLength(2)
    expect((await definitions.find(name))?.version).toBe(1)
    expect((await nodes[1].auth.migrate()).steps).toEqual([])
  })

  it('refuses names that are not to be had, and all that would depend on an order', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    const cases: readonly (readonly [object, string, string?])[] = [
      [{ rename: { nothing: 'firm' } }, 'rename.nothing'],
      [{ rename: { email: 'mail' } }, 'rename.email'],
      [{ rename: { constructor: 'firm' } }, 'rename.constructor'],
      [JSON.parse('{"rename":{"__proto__":"firm"}}') as object, 'rename.__proto__'],
      [{ rename: { 'a"; --': 'firm' } }, 'rename.a"; --'],
      [{ rename: { company: 'password' } }, 'rename.company'],
      [{ rename: { company: 'email' } }, 'rename.company'],
      [{ rename: { company: '__proto__' } }, 'rename.company'],
      [{ rename: { company: 'firm"; drop table users; --' } }, 'rename.company'],
      [{ rename: { company: 'Firm' } }, 'rename.company'],
      [{ rename: { company: 'company' } }, 'rename.company'],
      [{ rename: { company: 7 } }, 'rename.company'],
      [{ rename: ['company'] }, 'rename'],
      [{ rename: 'company' }, 'rename'],
      [{ rename: { company: 'badge' } }, 'rename.company'],
      // Swapped, in a chain, onto one that goes, two onto one.
      [{ rename: { company: 'badge', badge: 'company' } }, 'rename.company'],
      [{ rename: { company: 'badge', badge: 'code' } }, 'rename.company'],
      [{ rename: { badge: 'code', company: 'badge' } }, 'rename.company'],
      [{ rename: { company: 'badge' }, drop: ['badge'] }, 'rename.company'],
      [{ rename: { company: 'firm', badge: 'firm' } }, 'rename.badge'],
      // Another field of the name that gets free, or one that is called by it.
      [{ rename: { company: 'firm' }, fields: { company: { type: 'text', optional: true } } }, 'fields.company'],
      [{ rename: { company: 'firm' }, fields: [{ name: 'company', type: 'text' }] }, 'fields.0'],
      [{ rename: { company: 'firm' }, drop: ['company'] }, 'rename.company'],
      [{ rename: { company: 'firm' }, drop: ['firm'] }, 'drop.0'],
      [{ rename: { company: 'firm' }, fields: { firm: { type: 'number' } } }, 'fields.firm.type'],
      [
        { rename: { boss: 'lead' }, fields: { lead: { type: 'relation', collection: name } } },
        'fields.lead.collection',
      ],
      [{ rename: { badge: 'code' }, auth: { identifiers: ['badge'] } }, 'auth.identifiers.0'],
      [{ rename: { badge: `b${'x'.repeat(40)}` } }, 'rename.badge'],
    ]
    for (const [input, path] of cases) {
      const error = await refusalOf(definitions.change(name, input))
      expect([error?.code, error?.issues?.[0]?.path], JSON.stringify(input)).toEqual(['invalid_request', path])
    }
    expect((await definitions.find(name))?.version).toBe(1)
    // One after the other they can be swapped all the same.
    const id = await join(0, name, { company: 'Acme', badge: 'b1' })
    for (const rename of [{ badge: 'held' }, { company: 'badge' }, { held: 'company' }]) {
      await definitions.change(name, { rename })
    }
    const seen = await (await nodes[1].auth.findCollection(name))?.find(id)
    expect(seen).toMatchObject({ badge: 'Acme', company: 'b1' })
    expect(await login(1, name, { company: 'b1' })).toBe(id)
  })

  it('asks a request to come again that began with the former name, and keeps what it wrote', async () => {
    const name = await make()
    const id = await join(0, name, { badge: 'b1' })
    const stale = await nodes[1].auth.findCollection(name)
    // The process dies before the former column is dropped: what began before has long to write by its name.
    const broken = createTestCardea({ storage: breaking(database.nodes[0], { call: 2 }) })
    await broken.auth.definitions.change(name, { rename: { badge: 'code', company: 'firm' } })
    expect(await login(0, name, { code: 'b1' })).toBe(id)
    expect((await refusalOf(stale?.login({ badge: 'b1', password }) ?? Promise.resolve()))?.code).toBe('unavailable')
    const late = await stale?.register({ email: `late_${name}@example.com`, password, badge: 'b2', company: 'Late' })
    const lateId = late?.status === 'signed_in' ? String(late.signIn.user['id']) : ''
    await stale?.update(id, { company: 'Acme' })
    expect((await refusalOf(stale?.update(id, { badge: 'b3' }) ?? Promise.resolve()))?.code).toBe('unavailable')
    expect((await refusalOf(stale?.update(id, { badge: null }) ?? Promise.resolve()))?.code).toBe('unavailable')
    const api = await nodes[0].auth.findCollection(name)
    expect(await api?.find(id)).toMatchObject({ code: 'b1', firm: 'Acme' })
    expect(await api?.find(lateId)).toMatchObject({ code: 'b2', firm: 'Late' })
    expect((await refusalOf(join(0, name, { code: 'b2' })))?.code).toBe('conflict')

    await database.nodes[0].update(collections, { where: eq('name', name), set: { claimed_at: 0 } })
    await nodes[0].auth.migrate()
    expect(await login(1, name, { code: 'b2' })).toBe(lateId)
    const kinds = await database.nodes[0].find(identifiers, { where: eq('collection', name), limit: 'all' })
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['email', 'code']))
    const again = stale?.register({ email: `later_${name}@example.com`, password, badge: 'b4' })
    expect((await refusalOf(again ?? Promise.resolve()))?.code).toBe('schema_outdated')
    expect((await nodes[0].auth.migrate()).steps).toEqual([])
  })

  it('serves the collection wherever a renaming breaks off, and goes on from there', async () => {
    const change = { rename: { badge: 'code', boss: 'manager' } }
    const places = [0, 1, 2].flatMap((call) => [
      { call, migrates: false },
      { call, migrates: true },
    ])
    for (const { call, migrates } of isQuick() ? places.slice(3, 5) : places) {
      const at = `broken at ${call}`
      const name = await make()
      const id = await join(0, name, { badge: 'b1', boss: user })
      const broken = createTestCardea({ storage: breaking(database.nodes[0], { call }) })
      await broken.auth.definitions.change(name, change).catch(() => undefined)
      const before = (await nodes[1].auth.definitions.find(name))?.version
      const key = before === 1 ? 'badge' : 'code'
      expect(await (await nodes[1].auth.findCollection(name))?.find(id), at).toMatchObject({ [key]: 'b1' })
      expect(await login(1, name, { [key]: 'b1' }), at).toBe(id)
      const next = await join(1, name, { [key]: 'b2' })
      await (await nodes[0].auth.findCollection(name))?.update(id, { [key]: 'b3' })
      // As once the claim has run out.
      await database.nodes[0].update(collections, { where: eq('name', name), set: { claimed_at: 0 } })
      if (migrates) await nodes[1].auth.migrate()
      await nodes[1].auth.definitions.change(name, before === 1 ? change : {})
      const api = await nodes[0].auth.findCollection(name)
      expect(await api?.find(id), at).toMatchObject({ code: 'b3', manager: user })
      expect(await api?.find(next), at).toMatchObject({ code: 'b2' })
      expect([await login(1, name, { code: 'b2' }), await login(1, name, { code: 'b3' })], at).toEqual([next, id])
      // A field of the former name is another one.
      await nodes[0].auth.definitions.change(name, { fields: { badge: { type: 'text', optional: true } } })
      expect(await (await nodes[1].auth.findCollection(name))?.find(id), at).toMatchObject({ badge: null, code: 'b3' })
      expect((await nodes[0].auth.migrate()).steps, at).toEqual([])
    }
  }, 240_000)

  it('takes along what waits: values of invitations and of registrations that nobody is told of', async () => {
    const name = freshName()
    const auth = { identifiers: ['badge'], registrationAnswer: 'uniform' }
    await nodes[0].auth.definitions.create({ name, type: 'auth', fields, auth })
    const mails: string[] = []
    const mailing = createTestCardea({
      storage: database.nodes[0],
      send: async ({ text: content }) => {
        mails.push(content)
      },
    })
    // Its jobs are left to others.
    const idle = createTestCardea({
      storage: {
        ...database.nodes[1],
        update: async (table, change) =>
          table.name === outbox.name ? 0 : await database.nodes[1].update(table, change),
      },
      send: async () => {},
    })
    const invited = { email: `invited_${name}@example.com`, company: 'Acme', badge: 'b1' }
    await (await mailing.auth.findCollection(name))?.invitations.create(invited)
    await mailing.settle()
    const waiting = { email: `waiting_${name}@example.com`, password, company: 'Ltd', badge: 'b2' }
    expect((await (await idle.auth.findCollection(name))?.register(waiting))?.status).toBe('accepted')

    await nodes[0].auth.definitions.change(name, { rename: { badge: 'code', company: 'firm' } })
    await nodes[0].auth.definitions.change(name, { rename: { code: 'mark' } })
    const api = await mailing.auth.findCollection(name)
    const token = /#token=([\w.-]{80})/.exec(mails[0] ?? '')?.[1] ?? 'none'
    const accepted = await api?.invitations.accept(token, { password })
    expect(accepted?.user).toMatchObject({ firm: 'Acme', mark: 'b1' })
    await mailing.auth.jobs.run()
    await mailing.settle()
    expect(await api?.findByEmail(waiting.email)).toMatchObject({ firm: 'Ltd', mark: 'b2' })
    expect(await login(1, name, { mark: 'b1' })).toBe(accepted?.user['id'])
  })

  it('loses nobody and nothing while both nodes go on', async () => {
    const name = await make()
    const { definitions } = nodes[0].auth
    let isOver = false
    const codes: string[] = []
    const held = new Map<string, string>()
    const ids: string[] = []
    for (let index = 0; index < 5; index += 1) {
      const badge = `first_${index}`
      const id = await join(0, name, { badge })
      held.set(id, badge)
      ids.push(id)
    }
    /** Does it by the name that the client's own definition has, as a client that looks first. */
    const named = async (index: 0 | 1) => {
      const api = await nodes[index].auth.findCollection(name)
      const [key = ''] = Object.keys(api?.collection.fields ?? {}).filter(
        (each) => each === 'badge' || each.startsWith('code_'),
      )
      return { api, key }
    }
    const note = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => codes.push('ok'),
        (error: { code?: string }) => codes.push(error.code ?? String(error)),
      )
    /** What a busy machine is answered with now and then, until it is there. */
    const patiently = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      for (;;) {
        try {
          return await work()
        } catch (error) {
          if (!isCardeaError(error, 'unavailable')) throw error
        }
      }
    }
    const traffic = ([0, 1] as const).flatMap((index) => [
      (async () => {
        for (let round = 0; !isOver; round += 1) {
          const value = `v_${index}_${round}`
          const join = async () => {
            const { api, key } = await named(index)
            const result = await api?.register({ email: `${value}_${name}@example.com`, password, [key]: value })
            if (result?.status === 'signed_in') held.set(String(result.signIn.user['id']), value)
          }
          await note(join())
        }
      })(),
      (async () => {
        const own = ids[index] ?? ''
        for (let round = 0; !isOver; round += 1) {
          const value = `u_${index}_${round}`
          const update = async () => {
            const { api, key } = await named(index)
            // What is not answered may be done or not.
            held.delete(own)
            await api?.update(own, { [key]: value })
            held.set(own, value)
          }
          await note(update())
        }
      })(),
      (async () => {
        const signIn = async () => {
          const { api, key } = await named(index)
          await api?.login({ [key]: `first_${index + 2}`, password })
        }
        while (!isOver) await note(signIn())
      })(),
    ])
    let last = 'badge'
    for (let round = 0; round < rounds({ test: 2, ci: 3, long: 20 }); round += 1) {
      const next = `code_${round}`
      await patiently(async () => {
        const { key } = await named(0)
        if (key !== next) await definitions.change(name, { rename: { [key]: next } })
      })
      last = next
    }
    isOver = true
    await Promise.all(traffic)
    // Should the last column not have been to be had in time.
    await patiently(() => definitions.change(name, {}))
    expect(codes).toContain('ok')
    // Those that HTTP answers with 503.
    expect(codes.filter((code) => !['ok', 'unavailable', 'schema_outdated'].includes(code))).toEqual([])
    const api = await nodes[1].auth.findCollection(name)
    for (const [id, value] of held) {
      expect(await patiently(async () => await api?.find(id))).toMatchObject({ [last]: value })
      expect(await patiently(() => login(0, name, { [last]: value }))).toBe(id)
    }
    const kinds = await database.nodes[0].find(identifiers, { where: eq('collection', name), limit: 'all' })
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['email', last]))
    expect((await nodes[0].auth.migrate()).steps).toEqual([])
  }, 240_000)
})
