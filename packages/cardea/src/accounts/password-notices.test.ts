import { describe, expect, it } from 'vitest'
import { openRecovery } from './recovery/recovery.fixture.js'

describe('a change of password', () => {
  it('is told to the owner, but not over and over to an address that may be a stranger’s', async () => {
    const { users, signUp, mailsTo, authenticationOf, clock } = await openRecovery(undefined)
    const { email, session, password } = await signUp()
    let { cookieToken = '' } = session
    let current = password
    const change = async (index: number) => {
      const newPassword = `another good password ${index}`
      const input = { currentPassword: current, newPassword }
      const changed = await users.changePassword(await authenticationOf({ cookieToken }), input)
      cookieToken = changed.cookieToken ?? cookieToken
      current = newPassword
    }
    const notices = async () =>
      (await mailsTo(email)).filter(({ subject }) => subject.toLowerCase().includes('password was changed')).length
    for (let index = 0; index < 12; index += 1) await change(index)
    expect(await notices()).toBe(5)
    // The owner is told of the next one.
    clock.advance(3_600_000)
    await change(12)
    expect(await notices()).toBe(6)
  })
})

describe('an address that may be a stranger’s', () => {
  it('gets five notices an hour of a kind, however many accounts have it one after the other', async () => {
    const { users, fresh, mailsTo, tokenTo, authenticationOf } = await openRecovery(undefined)
    const { email } = fresh()
    for (let index = 0; index < 7; index += 1) {
      const own = { ...fresh(), email }
      const { password } = own
      const registered = await users.register(own)
      if (registered.status !== 'signed_in') throw new Error(registered.status)
      const newPassword = 'another good password'
      const by = async (cookieToken = '') => await authenticationOf({ cookieToken })
      const { cookieToken } = await users.changePassword(await by(registered.signIn.cookieToken), {
        currentPassword: password,
        newPassword,
      })
      const newEmail = fresh().email
      await users.requestEmailChange(await by(cookieToken), { newEmail, password: newPassword })
      await users.confirmEmailChange(await tokenTo(newEmail))
    }
    const subjects = (await mailsTo(email)).map(({ subject }) => subject)
    const counts = [...new Set(subjects)].map((subject) => subjects.filter((each) => each === subject).length)
    expect(counts).toEqual([5, 5])
  })
})
