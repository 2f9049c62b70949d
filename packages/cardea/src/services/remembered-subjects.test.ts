import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'

async function open() {
  const test = createTestCardea({ mode: 'stateless' })
  await test.auth.migrate()
  await test.auth.ready()
  const registered = await test.auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  const { accessToken = '', user } = registered.signIn
  const other = createTestCardea({ storage: test.storage, mode: 'stateless' })
  const mayCreate = async () => {
    const result = await test.auth.sessions.verify({ accessToken })
    if (!result.authenticated) throw new Error(result.code)
    return (await test.auth.permissions.subject(result.authentication)).can('content:create')
  }
  return { ...test, other, user, mayCreate }
}

describe('permissions in stateless mode', () => {
  it('take no statement at all once they are known', async () => {
    const { mayCreate, statementsOf } = await open()
    expect(await mayCreate()).toBe(false)
    expect(await statementsOf(mayCreate)).toEqual([])
  })

  it("follow a change of another node within 60 seconds, and the node's own at once", async () => {
    const { auth, other, user, mayCreate, clock } = await open()
    expect(await mayCreate()).toBe(false)
    await other.auth.permissions.assign(user.id, 'editor')
    clock.advance(59_999)
    expect(await mayCreate()).toBe(false)
    clock.advance(1)
    expect(await mayCreate()).toBe(true)
    await auth.permissions.unassign(user.id, 'editor')
    expect(await mayCreate()).toBe(false)
  })

  it('end with an assignment that expires', async () => {
    const { auth, user, mayCreate, clock } = await open()
    await auth.permissions.assign(user.id, 'editor', { expiresAt: clock.now() + 5_000 })
    expect(await mayCreate()).toBe(true)
    clock.advance(5_000)
    expect(await mayCreate()).toBe(false)
  })

  it('are read again when the clock was put back', async () => {
    const { other, user, mayCreate, clock } = await open()
    expect(await mayCreate()).toBe(false)
    await other.auth.permissions.assign(user.id, 'editor')
    clock.advance(-10_000)
    expect(await mayCreate()).toBe(true)
  })
})
