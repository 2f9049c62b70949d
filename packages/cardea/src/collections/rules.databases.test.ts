import { eq } from '@cardea/core'
import { authz, collections } from '@cardea/storage'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea, jane } from '../testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from '../two-nodes.fixture.js'

let names = 0
const freshName = (): string => {
  names += 1
  return `posts_${names}`
}

const fields = {
  title: { type: 'text', optional: true },
  author: { type: 'relation', collection: 'customers', optional: true },
  topic: { type: 'relation', collection: 'users', optional: true },
} as const

const locked = { list: 'locked', view: 'locked', create: 'locked', update: 'locked', delete: 'locked' }

describe.each(firstWhereQuick(databases))('rules of collections on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  const rulesOn = async (index: 0 | 1, name: string) =>
    (await nodes[index].auth.definitions.find(name))?.collection.rules
  const make = async (rules: unknown): Promise<string> => {
    const name = freshName()
    await nodes[0].auth.definitions.create({ name, type: 'base', fields, rules })
    return name
  }
  const refusalOf = async (work: Promise<unknown>) =>
    await work.then(
      () => undefined,
      (error: { code: string; message: string; issues?: readonly { path: string; message: string }[] }) => error,
    )
  /** What was asked of the database by both nodes. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    await Promise.all(nodes.map(({ settle }) => settle()))
    const count = database.statements.length
    await work()
    await Promise.all(nodes.map(({ settle }) => settle()))
    return database.statements.slice(count).flatMap((event) => (event.kind === 'statement' ? [event.sql] : []))
  }

  it('are stored, the same on every node and after a restart', async () => {
    const name = await make({ list: 'public', update: [{ owner: 'author' }, 'content:update'] })
    const rules = { ...locked, list: 'public', update: { anyOf: [{ owner: 'author' }, 'content:update'] } }
    expect(await rulesOn(0, name)).toEqual(rules)
    expect(await rulesOn(1, name)).toEqual(rules)
    const again = createTestCardea({ storage: database.another(1) })
    expect((await again.auth.definitions.find(name))?.collection.rules).toEqual(rules)
    await again.auth.close()
  })

  it('act on the next request of every node when they alone are changed, without a change of the table', async () => {
    const name = await make({ list: 'public', view: 'public' })
    const joined = await nodes[1].auth.users.register({ ...jane, email: `${name}@example.com`, username: name })
    if (joined.status !== 'signed_in') throw new Error('not signed in')
    const { cookieToken = '' } = joined.signIn
    await rulesOn(1, name)

    const change = { rules: { view: 'authenticated', list: null } }
    expect(await nodes[0].auth.definitions.plan(name, change)).toMatchObject({ steps: [], changed: [], obstacles: [] })
    const statements = await statementsOf(() => nodes[0].auth.definitions.change(name, change))
    expect(statements.filter((sql) => /^\s*(alter|create|drop)\b/i.test(sql))).toEqual([])

    const verified = await nodes[1].auth.sessions.verify({ cookieToken })
    if (!verified.authenticated) throw new Error(verified.code)
    // The request's own read told of the change.
    let seen: unknown
    const reads = await statementsOf(async () => {
      seen = await nodes[1].auth.definitions.find(name, verified.authentication)
    })
    expect(reads).toEqual([])
    expect(seen).toMatchObject({ version: 2, collection: { rules: { ...locked, view: 'authenticated' } } })

    // What says the same is no change.
    const { info } = await nodes[1].auth.definitions.change(name, { rules: { view: ['authenticated'] } })
    expect(info.version).toBe(2)
  })

  it('are locked in what was stored before there were rules', async () => {
    const name = await make({ list: 'public' })
    const old = { type: 'base', fields: { title: { type: 'text', optional: true } } }
    await nodes[0].storage.update(collections, {
      where: eq('name', name),
      set: { definition: old },
      increment: { version: 1 },
    })
    await nodes[0].storage.update(authz, { where: eq('id', 'authz'), increment: { config_version: 1 } })
    expect(await rulesOn(1, name)).toEqual(locked)
    await nodes[1].auth.definitions.change(name, { rules: { view: 'public' } })
    expect(await rulesOn(0, name)).toEqual({ ...locked, view: 'public' })
  })

  it('speak of collections of principals that there are, of the collection itself, too', async () => {
    const { definitions } = nodes[0].auth
    const create = (rules: unknown, type = 'base') => definitions.create({ name: freshName(), type, fields, rules })
    const plain = await make({})
    const unfit = await refusalOf(
      create({ view: { authenticated: ['customers', 'nobody'] }, list: { authenticated: plain } }),
    )
    expect(unfit?.code).toBe('invalid_request')
    expect(unfit?.issues?.map(({ path, message }) => `${path} ${message}`)).toEqual([
      `rules.list is for principals of ${plain}, which has to be a collection of the type auth`,
      'rules.view is for principals of nobody, which has to be a collection of the type auth',
    ])
    const related = { other: { type: 'relation', collection: plain, optional: true } }
    const owned = definitions.create({
      name: freshName(),
      type: 'base',
      fields: related,
      rules: { update: { owner: 'other' } },
    })
    expect((await refusalOf(owned))?.issues?.map(({ path }) => path)).toEqual(['rules.update'])

    const name = freshName()
    const own = { boss: { type: 'relation', collection: name, optional: true } }
    const rules = { list: { authenticated: name }, view: { owner: 'boss' } }
    await definitions.create({ name, type: 'auth', fields: own, rules })
    expect(await rulesOn(1, name)).toEqual({ ...locked, list: { authenticated: [name] }, view: { owner: 'boss' } })
    const changed = await refusalOf(definitions.change(name, { rules: { view: { authenticated: 'nobody' } } }))
    expect([changed?.code, changed?.issues?.map(({ path }) => path)]).toEqual(['invalid_request', ['rules.view']])
    expect((await definitions.find(name))?.version).toBe(1)
  })

  it('keep the field and the collection that they speak of', async () => {
    const staff = freshName()
    await nodes[0].auth.definitions.create({ name: staff, type: 'auth' })
    const name = await make({ view: { authenticated: staff }, delete: { owner: 'author' } })
    const { definitions } = nodes[1].auth
    const dropped = await refusalOf(definitions.change(name, { drop: ['author'] }))
    expect(dropped?.issues).toEqual([
      expect.objectContaining({ path: 'drop.0', message: expect.stringContaining('is named by rules.delete') }),
    ])
    const removed = await refusalOf(definitions.remove(staff))
    expect([removed?.code, removed?.message]).toEqual(['conflict', expect.stringContaining(name)])
    await definitions.change(name, { drop: ['author'], rules: { delete: null, view: null } })
    await definitions.remove(staff)
    expect(await rulesOn(0, name)).toEqual(locked)
  })

  it('that nobody can meet any more let nobody in, and keep no node from starting', async () => {
    const name = await make({ view: { authenticated: 'customers' }, list: 'public' })
    const rules = { list: 'public', view: { authenticated: ['nobody'] } }
    const set = { definition: { type: 'base', fields: {}, rules } }
    await nodes[0].storage.update(collections, { where: eq('name', name), set })
    const other = createTestCardea({ storage: database.nodes[1] })
    await other.auth.ready()
    expect((await other.auth.definitions.find(name))?.collection.rules).toEqual({ ...locked, ...rules })
    expect(other.logger.lines.join('\n')).toContain(`${name}.rules.view is for principals of nobody`)
    await nodes[0].storage.delete(collections, eq('name', name))
  })
})
