import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'

const open = async () => {
  const test = createTestCardea()
  await test.auth.migrate()
  await test.auth.ready()
  return test
}

describe('findByEmail', () => {
  it('finds whoever has an address, however it is written, in its own collection', async () => {
    const { auth } = await open()
    const registered = await auth.users.register(jane)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    expect(await auth.users.findByEmail(jane.email.toUpperCase())).toMatchObject({ id: registered.signIn.user.id })
    expect(await auth.collections.customers.findByEmail(jane.email)).toBeUndefined()
    expect(await auth.users.findByEmail('nobody@example.com')).toBeUndefined()
    expect(await auth.users.findByEmail('no address')).toBeUndefined()
  })
})

describe('createAdmin', () => {
  it('makes an account whose address counts as verified', async () => {
    const { auth } = await open()
    expect(await auth.createFirstAdmin(jane)).toMatchObject({ verified: true, role: 'admin' })
  })
})
