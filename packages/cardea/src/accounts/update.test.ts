import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'

async function open() {
  const test = createTestCardea()
  const { auth } = test
  await auth.migrate()
  await auth.ready()
  const registered = await auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  return { ...test, id: registered.signIn.user.id }
}

describe('update', () => {
  it('changes fields and moves the identifier with the username', async () => {
    const { auth, id } = await open()
    const user = await auth.users.update(id, { name: 'Jane Roe', username: 'jroe' })
    expect(user).toMatchObject({ name: 'Jane Roe', username: 'jroe', role: 'viewer' })
    await auth.users.login({ username: 'jroe', password: jane.password })
    await expect(auth.users.login({ username: 'jdoe', password: jane.password })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await auth.users.update(id, { username: null })
    await expect(auth.users.login({ username: 'jroe', password: jane.password })).rejects.toBeDefined()
  })

  it('refuses a username that somebody has, and changes nothing', async () => {
    const { auth, id } = await open()
    await auth.users.register({ ...jane, email: 'other@example.com', username: 'other' })
    await expect(auth.users.update(id, { name: 'X', username: 'Other' })).rejects.toMatchObject({
      code: 'username_taken',
    })
    expect(await auth.users.find(id)).toMatchObject({ name: jane.name, username: 'jdoe' })
  })

  it.each(['email', 'verified', 'password', 'role', 'id', 'status', 'created_at'])(
    'never changes %s',
    async (field) => {
      const { auth, id } = await open()
      const before = await auth.users.find(id)
      const patch: unknown = { [field]: 'x@example.com' }
      await expect(auth.collection('users')?.update(id, patch)).rejects.toMatchObject({ code: 'unknown_field' })
      expect(await auth.users.find(id)).toEqual(before)
    },
  )

  it('knows no records of another collection', async () => {
    const { auth, id } = await open()
    await expect(auth.collections.customers.update(id, { company: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    expect(await auth.collections.customers.find(id)).toBeUndefined()
  })
})
