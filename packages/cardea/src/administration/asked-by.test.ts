import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'

async function setUp(mode: 'strict' | 'stateless' = 'strict') {
  const test = createTestCardea({ mode })
  const { auth, events } = test
  await auth.migrate()
  await auth.ready()
  const { permissions } = auth
  await permissions.roles.create({ label: 'helper' })
  let accounts = 0
  const signUp = async (...roles: readonly string[]) => {
    accounts += 1
    const own = { ...jane, email: `user${accounts}@example.com`, username: `user${accounts}` }
    const registered = await auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { accessToken = '', session, user } = registered.signIn
    for (const role of roles) await permissions.assign(user.id, role)
    return { id: user.id, sessionId: session.id, by: await byOf(accessToken) }
  }
  const byOf = async (bearerToken: string) => {
    const found = await auth.verify({ bearerToken })
    if (!found.authenticated) throw new Error(found.code)
    return found.authentication
  }
  const codeOf = async (work: Promise<unknown>) =>
    await work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    )
  return { ...test, auth, events, permissions, signUp, byOf, codeOf }
}

describe('changes by somebody', () => {
  it('are told of with who it was, also without a request', async () => {
    const { events, permissions, signUp } = await setUp()
    const [admin, other] = [await signUp('admin'), await signUp()]
    events.length = 0
    await permissions.grants.add('helper', 'content:read', { by: admin.by })
    await permissions.assign(other.id, 'helper', { by: admin.by })
    await permissions.assign(admin.id, 'helper', { by: admin.by })
    await permissions.unassign(other.id, 'helper')
    const { sessionId } = admin
    expect(events).toMatchObject([
      { type: 'grant.added', principalId: null, actorId: admin.id, sessionId },
      { type: 'role.assigned', principalId: other.id, actorId: admin.id, sessionId },
      { type: 'role.assigned', principalId: admin.id, actorId: null, sessionId },
      { type: 'role.unassigned', principalId: other.id, actorId: null, sessionId: null },
    ])
  })

  it('are told of once they are made, and only then', async () => {
    const { codeOf, events, permissions, signUp } = await setUp()
    const viewer = await signUp()
    events.length = 0
    expect(await codeOf(permissions.grants.add('helper', 'content:delete', { by: viewer.by }))).toBe('forbidden')
    expect(await codeOf(permissions.roles.delete('nobody'))).toBe('not_found')
    expect(await permissions.unassign(viewer.id, 'helper')).toBe(false)
    await permissions.roles.update('helper', {})
    expect(events).toEqual([])
  })

  it('need rights that an API key names', async () => {
    const { auth, byOf, codeOf, events, permissions, signUp } = await setUp()
    const admin = await signUp('admin')
    const { key, apiKey } = await auth.apiKeys.create({ principalId: admin.id, scopes: ['content:read'] })
    const by = await byOf(key)
    expect(await codeOf(permissions.grants.add('helper', 'content:delete', { by }))).toBe('forbidden')
    expect(await codeOf(permissions.assign(admin.id, 'editor', { by }))).toBe('forbidden')
    events.length = 0
    await permissions.grants.add('helper', 'content:read', { by })
    expect(events).toMatchObject([{ type: 'grant.added', actorId: admin.id, keyId: apiKey.id }])
  })

  it('need rights of both where somebody acts as another', async () => {
    const { auth, byOf, codeOf, events, permissions, signUp } = await setUp()
    await permissions.grants.add('helper', 'impersonation:create')
    await permissions.roles.create({ label: 'target' })
    const [helper, other] = [await signUp('helper'), await signUp()]
    if (helper.by.session === undefined) throw new Error('no session')
    const { accessToken } = await auth.impersonate({ actor: helper.by, principalId: other.id })
    const by = await byOf(accessToken)
    events.length = 0
    await permissions.grants.add('target', 'content:read', { by })
    expect(events).toMatchObject([{ type: 'grant.added', actorId: helper.id }])
    // The principal comes to have it, and with that the actor no more than before.
    await permissions.roles.create({ label: 'author' })
    await permissions.grants.add('author', 'content:publish')
    await permissions.assign(other.id, 'author')
    expect(await codeOf(permissions.grants.add('target', 'content:publish', { by }))).toBe('forbidden')
  })

  it('are none of a session that has ended, also where nothing is read of it', async () => {
    const { auth, codeOf, permissions, signUp } = await setUp('stateless')
    const admin = await signUp('admin')
    await permissions.grants.add('helper', 'content:read', { by: admin.by })
    await auth.sessions.revokeAll(admin.id)
    expect(await codeOf(permissions.grants.add('helper', 'content:delete', { by: admin.by }))).toBe('session_revoked')
  })

  it('act at once where requests carry no versions', async () => {
    const { auth, byOf, permissions } = await setUp('stateless')
    const registered = await auth.users.register(jane)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { accessToken = '', user } = registered.signIn
    await permissions.assign(user.id, 'helper')
    const may = async () => (await permissions.subject(await byOf(accessToken))).can('content:publish')
    expect(await may()).toBe(false)
    const grant = await permissions.grants.add('helper', 'content:publish')
    expect(await may()).toBe(true)
    await permissions.grants.remove(grant.id)
    expect(await may()).toBe(false)
  })
})
