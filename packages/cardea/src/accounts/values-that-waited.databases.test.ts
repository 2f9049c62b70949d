import { outbox } from '@cardea/storage'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea } from '../testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from '../two-nodes.fixture.js'

const password = 'a good password'

const fields = {
  company: { type: 'text', optional: true },
  plan: { type: 'text', default: 'free' },
  credit: { type: 'number', optional: true },
  rating: { type: 'text', optional: true },
  since: { type: 'date', optional: true },
  tags: { type: 'json', optional: true },
  level: { type: 'select', options: ['low', 'middle', 'high'] },
} as const

/** What is to be the app's own, is gone, or takes less than before. */
const change = {
  fields: {
    plan: { type: 'text', default: 'free', readonly: true },
    rating: { type: 'text', optional: true, hidden: true },
    level: { type: 'select', options: ['low', 'middle'] },
    seats: { type: 'number', default: 3 },
  },
  drop: ['credit'],
} as const

const decided = {
  company: 'Acme',
  plan: 'gold',
  credit: 1_000,
  rating: 'best',
  since: '2025-03-04T05:06:07.000Z',
  tags: { a: [1] },
}

/** As a caller in plain JavaScript passes it. */
const low: object = { level: 'low' }
const high: object = { level: 'high' }

let names = 0

describe.each(firstWhereQuick(databases))('values that waited while their fields changed, on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
  })
  afterAll(() => closeTwoNodes({ database, nodes }))

  const make = async (auth: object = {}): Promise<string> => {
    names += 1
    const name = `waited_${names}`
    await nodes[0].auth.definitions.create({ name, type: 'auth', fields, auth })
    return name
  }
  /** A node that sends mails, and one whose jobs are left to it. */
  const openMailing = () => {
    const mails: { readonly to: string; readonly text: string }[] = []
    const mailing = createTestCardea({
      storage: database.nodes[0],
      send: async ({ to, text }) => {
        mails.push({ to, text })
      },
    })
    const idle = createTestCardea({
      storage: {
        ...database.nodes[1],
        update: async (table, given) => (table.name === outbox.name ? 0 : await database.nodes[1].update(table, given)),
      },
      send: async () => {},
    })
    const work = async () => {
      await mailing.auth.jobs.run()
      await mailing.settle()
    }
    const tokenTo = async (address: string): Promise<string> => {
      await work()
      return /#token=([\w.-]{80})/.exec(mails.find(({ to }) => to === address)?.text ?? '')?.[1] ?? 'none'
    }
    return { mailing, idle, mails, work, tokenTo }
  }
  const recordOf = async (name: string, email: string) =>
    await (await nodes[1].auth.findCollection(name))?.findByEmail(email)

  it('leave an invitation good, which gives what may still be given', async () => {
    const name = await make({ registration: 'invite' })
    const { mailing, tokenTo } = openMailing()
    const email = `invited_${name}@example.com`
    const api = async () => await mailing.auth.findCollection(name)
    await (await api())?.invitations.create({ email, ...decided, ...high })
    const token = await tokenTo(email)
    await nodes[1].auth.definitions.change(name, change)

    // What nobody has decided any more is asked of whoever accepts, and nothing else is said to be wrong.
    const refused = await (await api())?.invitations.accept(token, { password }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'invalid_request', issues: [{ path: 'level', code: 'required' }] })
    const mine = { ...low, company: 'Mine' }
    const again = await (await api())?.invitations.accept(token, { password, ...mine }).catch((error: unknown) => error)
    expect(again).toMatchObject({ issues: [{ path: 'company', code: 'decided' }] })
    const golden = { ...low, plan: 'gold' }
    const taking = await (await api())?.invitations
      .accept(token, { password, ...golden })
      .catch((error: unknown) => error)
    expect(taking).toMatchObject({ code: 'unknown_field', issues: [{ path: 'plan' }] })
    const accepted = await (await api())?.invitations.accept(token, { password, ...low })
    expect(accepted?.user).toMatchObject({
      email,
      company: 'Acme',
      plan: 'free',
      since: decided.since,
      tags: decided.tags,
      level: 'low',
      seats: 3,
    })
    await nodes[1].auth.definitions.change(name, { fields: { rating: { type: 'text', optional: true } } })
    expect(await recordOf(name, email)).toMatchObject({ rating: null })
  })

  it('are held to the present fields where a registration waits', async () => {
    const name = await make({ registrationAnswer: 'uniform' })
    const { idle, mailing, work, mails } = openMailing()
    const email = `waiting_${name}@example.com`
    const api = await idle.auth.findCollection(name)
    expect((await api?.register({ email, password, ...decided, level: 'low' }))?.status).toBe('accepted')
    const other = `other_${name}@example.com`
    expect((await api?.register({ email: other, password, ...decided, level: 'high' }))?.status).toBe('accepted')
    await nodes[1].auth.definitions.change(name, change)
    await work()

    expect(mails.map(({ to }) => to)).toEqual([email])
    await nodes[1].auth.definitions.change(name, { fields: { rating: { type: 'text', optional: true } } })
    expect(await recordOf(name, email)).toMatchObject({
      company: 'Acme',
      plan: 'free',
      rating: null,
      since: decided.since,
      tags: decided.tags,
      level: 'low',
      seats: 3,
    })
    // Nobody is there to be asked for another value.
    expect(await recordOf(name, other)).toBeUndefined()
    expect(mailing.events).toContainEqual(
      expect.objectContaining({ type: 'user.registration_failed', collection: name, reason: 'invalid_request' }),
    )
    expect(await database.nodes[0].find(outbox, { limit: 'all' })).toEqual([])
  })

  it('leave what the app has set in an account that an invitation takes over', async () => {
    const name = await make()
    const { mailing, tokenTo } = openMailing()
    const email = `taken_${name}@example.com`
    await nodes[1].auth.definitions.change(name, change)
    const api = async () => await mailing.auth.findCollection(name)
    await (await api())?.register({ email, password, level: 'middle', company: 'Mine' })
    const id = String((await recordOf(name, email))?.['id'])
    await (await mailing.auth.recordsOf(name))?.update(id, { plan: 'barred' })
    await (await api())?.invitations.create({ email, ...low })
    const accepted = await (await api())?.invitations.accept(await tokenTo(email), { password })
    expect(accepted?.user).toMatchObject({ id, plan: 'barred', company: null, level: 'low' })
  })

  it('give up a registration that names a record which is gone', async () => {
    const name = await make({ registrationAnswer: 'uniform' })
    const { mailing, idle, work, mails } = openMailing()
    const boss = { type: 'relation', collection: 'users', optional: true }
    await nodes[0].auth.definitions.change(name, { fields: { boss } })
    const own = { email: `boss_${name}@example.com`, username: name, name, password }
    const { id } = await nodes[0].auth.users.create(own)
    const email = `gone_${name}@example.com`
    const api = await idle.auth.findCollection(name)
    expect((await api?.register({ email, level: 'low', boss: id, password }))?.status).toBe('accepted')
    await nodes[0].auth.users.delete(id)
    await work()
    expect(mails).toEqual([])
    expect(await database.nodes[0].find(outbox, { limit: 'all' })).toEqual([])
    const reason = 'foreign_key_violation'
    expect(mailing.events).toContainEqual(expect.objectContaining({ type: 'user.registration_failed', reason }))
  })

  it('make no account once registration is closed, nor in another collection of the name', async () => {
    const name = await make({ registrationAnswer: 'uniform' })
    const { mailing, idle, work, mails } = openMailing()
    const register = async (email: string) =>
      await (await idle.auth.findCollection(name))?.register({ email, password, level: 'low' })
    const [first, second] = [`first_${name}@example.com`, `second_${name}@example.com`]
    await register(first)
    await nodes[1].auth.settings.change({ registration: 'closed' }, { collection: name })
    await work()
    await nodes[1].auth.settings.change({ registration: null }, { collection: name })
    await register(second)
    await nodes[1].auth.definitions.remove(name, { drop: true })
    await nodes[1].auth.definitions.create({ name, type: 'auth', fields, auth: { registration: 'invite' } })
    await work()
    expect(mails).toEqual([])
    expect([await recordOf(name, first), await recordOf(name, second)]).toEqual([undefined, undefined])
    const refused = expect.objectContaining({ type: 'user.registration_failed', reason: 'method_disabled' })
    expect(mailing.events.filter(({ type }) => type === 'user.registration_failed')).toEqual([refused, refused])
  })

  it('are worth nothing in another collection that gets the name', async () => {
    const name = await make({ registration: 'invite' })
    const { mailing, tokenTo } = openMailing()
    const email = `former_${name}@example.com`
    await (await mailing.auth.findCollection(name))?.invitations.create({ email, ...low })
    const token = await tokenTo(email)
    await nodes[0].auth.definitions.remove(name, { drop: true })
    await nodes[0].auth.definitions.create({ name, type: 'auth', fields, auth: { registration: 'invite' } })
    const api = await mailing.auth.findCollection(name)
    const accepted = await api?.invitations.accept(token, { password }).catch((error: unknown) => error)
    expect(accepted).toMatchObject({ code: 'token_invalid' })
    expect(await api?.invitations.list()).toEqual([])
  })
})
