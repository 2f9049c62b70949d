import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authentication } from '../api/sign-in.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { jane } from '../testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from '../two-nodes.fixture.js'

const repeats = rounds({ test: 2, ci: 4, long: 100 })

describe.each(firstWhereQuick(databases))('administration of roles on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  const [here, there] = [() => nodes[0].auth, () => nodes[1].auth]
  let accounts = 0
  /** Somebody with roles, and what shows who it is. */
  const signUp = async (...roles: readonly string[]) => {
    accounts += 1
    const own = { ...jane, email: `user${accounts}@example.com`, username: `user${accounts}` }
    const registered = await here().users.register(own)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { accessToken = '', user } = registered.signIn
    for (const role of roles) await here().permissions.assign(user.id, role)
    const found = await here().sessions.verify({ accessToken })
    if (!found.authenticated) throw new Error(found.code)
    return { id: user.id, accessToken, by: found.authentication as Authentication }
  }
  /** What somebody may at the other node, with the next request. */
  const may = async (accessToken: string, permission: 'content:publish' | 'content:read') => {
    const found = await there().sessions.verify({ accessToken })
    if (!found.authenticated) throw new Error(found.code)
    return (await there().permissions.subject(found.authentication)).can(permission)
  }
  const codeOf = async (work: Promise<unknown>) =>
    await work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    )

  it('acts on the next request of another node, and is never stale after it has answered', async () => {
    const { permissions } = here()
    const { label } = await permissions.roles.create({ label: 'publisher', inherits: ['viewer'] })
    const { accessToken } = await signUp(label)
    for (let round = 0; round < repeats; round += 1) {
      const grant = await permissions.grants.add(label, 'content:publish')
      expect(await may(accessToken, 'content:publish')).toBe(true)
      await there().permissions.grants.remove(grant.id)
      expect(await may(accessToken, 'content:publish')).toBe(false)
      const parent = await permissions.roles.create({ label: `parent${round}` })
      await permissions.grants.add(parent.id, 'content:publish')
      await permissions.roles.update(label, { inherits: ['viewer', parent.label] })
      expect(await may(accessToken, 'content:publish')).toBe(true)
      await permissions.roles.update(label, { inherits: ['viewer'] })
      expect(await may(accessToken, 'content:publish')).toBe(false)
    }
  })

  it('lets two admins who take the role from each other at once leave one', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const [one, other] = [await signUp('admin'), await signUp('admin')]
      for (const { id, principalId } of await here().permissions.assignments.list({ role: 'admin' })) {
        if (principalId !== one.id && principalId !== other.id) await here().permissions.assignments.remove(id)
      }
      const settled = await Promise.all([
        codeOf(here().permissions.unassign(one.id, 'admin', { by: other.by })),
        codeOf(there().permissions.unassign(other.id, 'admin', { by: one.by })),
      ])
      // Whoever comes second is no admin any more.
      expect([...settled].sort()).toEqual(['done', 'forbidden'])
      expect(await here().permissions.hasAdmin()).toBe(true)
      const left = settled[0] === 'done' ? other : one
      expect(await codeOf(here().permissions.unassign(left.id, 'admin', { by: left.by }))).toBe('last_admin')
      const expiresAt = nodes[0].clock.now() + 1_000
      expect(await codeOf(here().permissions.assign(left.id, 'admin', { expiresAt }))).toBe('last_admin')
    }
  })

  it('does not let somebody give what was taken from it a moment before', async () => {
    const { permissions } = here()
    for (let round = 0; round < repeats; round += 1) {
      const role = await permissions.roles.create({ label: `lead${round}` })
      const target = await permissions.roles.create({ label: `target${round}` })
      for (const permission of ['roles:create', 'content:publish'] as const) {
        await permissions.grants.add(role.id, permission)
      }
      const { by, id } = await signUp(role.label)
      const [given] = await Promise.all([
        codeOf(there().permissions.grants.add(target.id, 'content:publish', { by })),
        permissions.unassign(id, role.id),
      ])
      expect(['done', 'forbidden']).toContain(given)
      expect(await codeOf(there().permissions.grants.add(target.id, 'content:delete', { by }))).toBe('forbidden')
      expect(await codeOf(there().permissions.roles.create({ label: 'x', inherits: [role.id] }, { by }))).toBe(
        'forbidden',
      )
    }
  })

  it('becomes part of a transaction of the app, events and hints included', async () => {
    const { events } = nodes[0]
    const { id } = await signUp()
    events.length = 0
    const undone = new Error('undone')
    await expect(
      database.app.transaction().execute(async (transaction) => {
        const within = here().with(transaction)
        const role = await within.permissions.roles.create({ label: 'draft' })
        await within.permissions.grants.add(role.id, 'content:publish')
        await within.permissions.assign(id, role.id)
        expect((await within.permissions.subject(id)).can('content:publish')).toBe(true)
        throw undone
      }),
    ).rejects.toBe(undone)
    expect(await here().permissions.roles.find('draft')).toBeUndefined()
    expect((await here().permissions.subject(id)).can('content:publish')).toBe(false)
    expect(events).toEqual([])

    const joined = await database.app.transaction().execute(async (transaction) => {
      const within = here().with(transaction)
      const role = await within.permissions.roles.create({ label: 'draft' })
      await within.permissions.grants.add(role.id, 'content:publish')
      await within.permissions.assign(id, role.id)
      expect(events).toEqual([])
      return within
    })
    joined.committed()
    expect(events.map(({ type }) => type)).toEqual(['role.created', 'grant.added', 'role.assigned'])
    expect((await there().permissions.subject(id)).can('content:publish')).toBe(true)
  })

  it('lists assignments and grants in parts, the same at every node', async () => {
    const { permissions } = here()
    const role = await permissions.roles.create({ label: 'listed' })
    const later = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      // Of what is made in one millisecond, the order is not known.
      nodes[0].clock.advance(1)
      return await work()
    }
    const holders = []
    for (let count = 0; count < 3; count += 1) holders.push(await later(() => signUp('listed')))
    const all = await there().permissions.assignments.list({ role: 'listed' })
    expect(all.map(({ principalId }) => principalId)).toEqual(holders.map(({ id }) => id))
    expect(await permissions.assignments.count({ role: role.id })).toBe(3)
    expect(await permissions.assignments.list({ role: role.id, limit: 1, offset: 1 })).toEqual(all.slice(1, 2))
    expect(await permissions.assignments.list({ role: role.id, after: all[0]?.id })).toEqual(all.slice(1))
    expect(await permissions.assignments.list({ principalId: holders[0]?.id, role: role.id })).toEqual(all.slice(0, 1))
    expect(await permissions.assignments.find(all[2]?.id ?? '')).toEqual(all[2])
    for (const permission of ['content:read', 'content:*', '*:publish'] as const) {
      await later(() => permissions.grants.add(role.id, permission))
    }
    const grants = await there().permissions.grants.list({ role: 'listed' })
    expect(grants.map(({ permission }) => permission)).toEqual(['content:read', 'content:*', '*:publish'])
    expect(await permissions.grants.list({ role: 'listed', limit: 1, offset: 2 })).toEqual(grants.slice(2))
    expect(await permissions.grants.count({ role: 'listed' })).toBe(3)
    expect(await codeOf(permissions.grants.list({ limit: 1_002 }))).toBe('invalid_request')
    expect(await codeOf(permissions.grants.list({ role: 'nobody' }))).toBe('not_found')
  })
})
