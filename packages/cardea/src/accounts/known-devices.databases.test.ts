import { eq } from '@cardea/core'
import { devices, type Storage } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { openForAll, outcomeOf, type RecoveryTest, stores } from './recovery/recovery.fixture.js'

const another = 'another good password'

describe.each(stores)('devices that an account knows, on $name,', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })

  const laptop = { userAgent: 'laptop', ip: '192.0.2.1', keepsDeviceToken: true }
  const phone = { userAgent: 'phone', ip: '198.51.100.1', keepsDeviceToken: true }

  async function signIn({ email, password }: { readonly email: string; readonly password: string }, context: object) {
    const session = await test.users.login({ email, password }, context)
    await test.settle()
    return session
  }
  const known = async (id: string) =>
    (await storage.find(devices, { where: eq('principal_id', id), limit: 'all' }))
      .map(({ user_agent }) => user_agent)
      .sort()

  it('are forgotten with a password that is reset', async () => {
    const { users, member, resetToken } = test
    const person = await member()
    const { deviceToken } = await signIn(person, laptop)
    expect(await known(person.id)).toContain('laptop')
    await users.confirmPasswordReset(await resetToken(person.email), another, { ...laptop, ip: '192.0.2.1' })
    await test.settle()
    expect(await known(person.id)).toEqual([])
    // And noted anew with the next sign-in, by the token that the browser has.
    await signIn({ ...person, password: another }, { ...laptop, deviceToken })
    expect(await known(person.id)).toEqual(['laptop', 'laptop'])
  })

  it('are forgotten with an account that becomes its owner’s', async () => {
    const { users, signUp, resetToken, otpFor } = test
    for (const takeOver of [
      async (email: string) => users.confirmPasswordReset(await resetToken(email), another),
      async (email: string) => void (await users.verifyOtp(await otpFor(email), { userAgent: 'owner' })),
    ]) {
      const person = await signUp()
      await signIn(person, laptop)
      await takeOver(person.email)
      await test.settle()
      expect(await known(person.id)).not.toContain('laptop')
    }
  })

  it('are forgotten with a password that is changed, but for the one that changes it', async () => {
    const { users, member, authenticationOf } = test
    const person = await member()
    const session = await signIn(person, laptop)
    await signIn(person, phone)
    expect(await known(person.id)).toEqual(expect.arrayContaining(['laptop', 'laptop', 'phone', 'phone']))
    await users.changePassword(
      await authenticationOf(session),
      { currentPassword: person.password, newPassword: another },
      { ...laptop, deviceToken: session.deviceToken },
    )
    expect(await known(person.id)).toEqual(['laptop', 'laptop'])
  })

  it('stay where a change fails, and go with a password that is set for the owner', async () => {
    const { users, member, authenticationOf } = test
    const person = await member()
    const session = await signIn(person, laptop)
    const before = await known(person.id)
    const input = { currentPassword: 'wrong', newPassword: another }
    expect(await outcomeOf(users.changePassword(await authenticationOf(session), input))).toBe('invalid_credentials')
    expect(await known(person.id)).toEqual(before)
    await users.setPassword(person.id, another)
    expect(await known(person.id)).toEqual([])
  })

  it('do not come to be known by a sign-in that a reset has overtaken', async () => {
    for (let round = 0; round < rounds({ test: 5, ci: 8, long: 200 }); round += 1) {
      const { users, member, resetToken } = test
      const person = await member()
      const { id, email, password } = person
      const token = await resetToken(email)
      const [stranger] = await Promise.all([
        users.login({ email, password }, laptop).catch(() => undefined),
        users.confirmPasswordReset(token, another),
      ])
      await test.settle()
      expect([stranger?.deviceToken !== undefined, await known(id)]).toEqual([expect.any(Boolean), []])
    }
  })
})
