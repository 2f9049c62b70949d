import { credentials, identifiers, principals, roleAssignments, sessions } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'

async function open() {
  const test = createTestCardea()
  const { auth } = test
  await auth.migrate()
  await auth.ready()
  const admin = await auth.createFirstAdmin({ ...jane, email: 'admin@example.com', username: 'admin' })
  const registered = await auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  return { ...test, admin, jane: registered.signIn }
}

describe('disable, enable and delete', () => {
  it('end everything that the principal has, at once', async () => {
    const { auth, jane: signIn } = await open()
    await auth.users.disable(signIn.user.id)
    const results = await Promise.all([
      auth.sessions.verify({ cookieToken: signIn.cookieToken ?? '' }),
      auth.sessions.verify({ accessToken: signIn.accessToken ?? '' }),
    ])
    expect(results.map(({ authenticated }) => authenticated)).toEqual([false, false])
    await expect(auth.users.refresh(signIn.refreshToken ?? '')).rejects.toMatchObject({ code: expect.any(String) })
  })

  it('bring a principal back without what it had', async () => {
    const { auth, jane: signIn } = await open()
    await auth.users.disable(signIn.user.id)
    await auth.users.enable(signIn.user.id)
    expect((await auth.sessions.verify({ accessToken: signIn.accessToken ?? '' })).authenticated).toBe(false)
    await auth.users.login({ email: jane.email, password: jane.password })
  })

  it('delete all rows, and a new account under the same address inherits nothing', async () => {
    const { auth, storage, jane: signIn } = await open()
    await auth.users.delete(signIn.user.id)
    for (const table of [principals, credentials, roleAssignments]) expect(await storage.count(table)).toBe(1)
    expect(await storage.count(sessions)).toBe(0)
    expect(await storage.count(identifiers)).toBe(2)
    const again = await auth.users.register(jane)
    if (again.status !== 'signed_in') throw new Error('not signed in')
    expect(again.signIn.user.id).not.toBe(signIn.user.id)
    expect((await auth.sessions.verify({ accessToken: signIn.accessToken ?? '' })).authenticated).toBe(false)
  })

  it('refuse to take the last admin away', async () => {
    const { auth, admin } = await open()
    await expect(auth.users.disable(admin.id)).rejects.toMatchObject({ code: 'last_admin' })
    await expect(auth.users.delete(admin.id)).rejects.toMatchObject({ code: 'last_admin' })
    await expect(auth.permissions.unassign(admin.id, 'admin')).rejects.toMatchObject({ code: 'last_admin' })
  })

  it('leave one of two admins that remove each other at the same moment', async () => {
    const { auth, admin, jane: signIn } = await open()
    await auth.permissions.assign(signIn.user.id, 'admin')
    const results = await Promise.allSettled([auth.users.disable(admin.id), auth.users.delete(signIn.user.id)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await auth.permissions.hasAdmin()).toBe(true)
  })

  it('know only principals of their own collection', async () => {
    const { auth, jane: signIn } = await open()
    for (const act of ['disable', 'enable', 'delete'] as const) {
      await expect(auth.collections.customers[act](signIn.user.id)).rejects.toMatchObject({ code: 'not_found' })
      await expect(auth.users[act]('nobody')).rejects.toMatchObject({ code: 'not_found' })
    }
  })
})
