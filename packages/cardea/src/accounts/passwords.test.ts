import { principals, sessions } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import type { MailMessage } from '../mail/message.js'
import { createTestCardea, jane } from '../testing.fixture.js'
import { importedHash } from './imported-hash.fixture.js'

async function open(options: Parameters<typeof createTestCardea>[0] = {}) {
  const test = createTestCardea(options)
  const { auth } = test
  await auth.migrate()
  await auth.ready()
  await auth.users.register(jane)
  const signIn = () => auth.users.login({ email: jane.email, password: jane.password })
  const [laptop, phone] = [await signIn(), await signIn()]
  const authenticationOf = async (cookieToken: string | undefined) => {
    const result = await auth.sessions.verify({ cookieToken: cookieToken ?? '' })
    if (!result.authenticated) throw new Error(result.code)
    return result.authentication
  }
  return { ...test, laptop, phone, authenticationOf }
}

const change: { readonly currentPassword: string; readonly newPassword: string } = {
  currentPassword: jane.password,
  newPassword: 'a new password',
}

describe('changePassword', () => {
  it('ends every other session, and gives the one that asked a new cookie', async () => {
    const { auth, laptop, phone, authenticationOf, events, storage } = await open()
    const changed = await auth.users.changePassword(await authenticationOf(laptop.cookieToken), change)
    const check = async (credential: { cookieToken: string } | { accessToken: string }) =>
      (await auth.sessions.verify(credential)).authenticated
    expect(await check({ cookieToken: changed.cookieToken ?? '' })).toBe(true)
    expect(await check({ cookieToken: laptop.cookieToken ?? '' })).toBe(false)
    expect(await check({ accessToken: laptop.accessToken ?? '' })).toBe(true)
    expect(await check({ cookieToken: phone.cookieToken ?? '' })).toBe(false)
    expect(await check({ accessToken: phone.accessToken ?? '' })).toBe(false)
    await expect(auth.users.refresh(phone.refreshToken ?? '')).rejects.toMatchObject({ code: expect.any(String) })
    expect(events.map(({ type }) => type)).toContain('password.changed')
    expect(await storage.count(sessions)).toBe(1)
    await expect(auth.users.login({ email: jane.email, password: jane.password })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await auth.users.login({ email: jane.email, password: change.newPassword })
  })

  it('changes nothing with a wrong current password or a weak new one', async () => {
    const { auth, laptop, phone, authenticationOf } = await open()
    const authentication = await authenticationOf(laptop.cookieToken)
    const attempt = (input: typeof change) => auth.users.changePassword(authentication, input)
    await expect(attempt({ ...change, currentPassword: 'wrong' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await expect(attempt({ ...change, newPassword: 'short' })).rejects.toMatchObject({
      code: 'weak_password',
      issues: [{ path: 'new_password' }],
    })
    expect((await auth.sessions.verify({ cookieToken: phone.cookieToken ?? '' })).authenticated).toBe(true)
    await auth.users.login({ email: jane.email, password: jane.password })
  })

  it('lets one of several changes at once through, and that password is the one', async () => {
    const { auth, laptop, authenticationOf } = await open()
    const authentication = await authenticationOf(laptop.cookieToken)
    const passwords = Array.from({ length: 10 }, (_, index) => `new password ${index}`)
    const results = await Promise.allSettled(
      passwords.map((newPassword) => auth.users.changePassword(authentication, { ...change, newPassword })),
    )
    const winners = passwords.filter((_, index) => results[index]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    await auth.users.login({ email: jane.email, password: winners[0] ?? '' })
  })

  it('takes five wrong passwords from a session in five minutes, and forgets them with a right one', async () => {
    const { auth, laptop, authenticationOf, clock } = await open()
    const authentication = await authenticationOf(laptop.cookieToken)
    const attempt = (currentPassword: string) =>
      auth.users.changePassword(authentication, { ...change, currentPassword }).then(
        () => 'changed',
        ({ code }: { code: string }) => code,
      )
    const guesses = await Promise.all(Array.from({ length: 12 }, (_, index) => attempt(`guess ${index}`)))
    expect(guesses.filter((code) => code === 'invalid_credentials')).toHaveLength(5)
    expect(guesses.filter((code) => code === 'rate_limited')).toHaveLength(7)
    expect(await attempt(jane.password)).toBe('rate_limited')
    clock.advance(60_000)
    expect(await attempt(jane.password)).toBe('changed')
    const kept = await auth.users.login({ email: jane.email, password: change.newPassword })
    const again = await authenticationOf(kept.cookieToken)
    for (let index = 0; index < 5; index += 1) {
      await expect(auth.users.changePassword(again, change)).rejects.toMatchObject({ code: 'invalid_credentials' })
    }
  })

  it('forgets the wrong guesses at the old password', async () => {
    const { auth, laptop, authenticationOf, storage, settle } = await open()
    const authentication = await authenticationOf(laptop.cookieToken)
    const guess = () =>
      auth.users.login({ email: jane.email, password: 'a guess' }).catch(({ code }: { code: string }) => code)
    const failures = async () => {
      await settle()
      return (await storage.find(principals, { limit: 'all' })).map((row) => row.failed_attempts)
    }
    expect(await guess()).toBe('invalid_credentials')
    expect(await failures()).toEqual([1])
    await auth.users.changePassword(authentication, change)
    expect(await failures()).toEqual([0])
    await guess()
    expect(await failures()).toEqual([1])
    await auth.users.setPassword(authentication.principalId, 'yet another password')
    expect(await failures()).toEqual([0])
  })

  it('tells the owner by mail, from where it was done', async () => {
    const mails: MailMessage[] = []
    const { auth, laptop, authenticationOf, settle } = await open({ send: async (mail) => mails.push(mail) })
    const authentication = await authenticationOf(laptop.cookieToken)
    await settle()
    mails.length = 0
    await auth.users.changePassword(authentication, change, { ip: '203.0.113.7', userAgent: 'curl/8' })
    await settle()
    expect(mails.map(({ to }) => to)).toEqual([jane.email])
    expect(mails[0]?.text).toContain('203.0.113.7')
    expect(mails[0]?.text).not.toContain(change.newPassword)
    await auth.users.setPassword(authentication.principalId, 'yet another password')
    await settle()
    expect(mails).toHaveLength(2)
    // The password is the same, and a whole system may be moving.
    await auth.users.setPasswordHash(authentication.principalId, importedHash('moved here'))
    await settle()
    expect(mails).toHaveLength(2)
  })

  it('is refused for a principal of another collection', async () => {
    const { auth, laptop, authenticationOf } = await open()
    const authentication = await authenticationOf(laptop.cookieToken)
    await expect(auth.collections.customers.changePassword(authentication, change)).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })
})
