import { describe, expect, it } from 'vitest'
import { jane } from '../testing.fixture.js'
import { openMfa } from './mfa/mfa.fixture.js'

const minute = 60_000
const refused = (code: string) => expect.objectContaining({ code })

const open = async () => {
  const test = await openMfa()
  await test.auth.users.register(jane)
  return { ...test, users: test.auth.users }
}

describe('reauthenticate', () => {
  it('makes the session fresh by the password, and gives its cookie a new token', async () => {
    const { auth, users, login, authenticationOf, clock, events } = await open()
    const session = await login()
    const other = await login()
    const authentication = await authenticationOf(session)
    clock.advance(11 * minute)
    await expect(users.mfa.enroll(authentication)).rejects.toEqual(refused('reauthentication_required'))
    const renewed = await users.reauthenticate(authentication, { password: jane.password })
    expect((await auth.sessions.verify({ cookieToken: session.cookieToken ?? '' })).authenticated).toBe(false)
    const fresh = await authenticationOf(renewed)
    expect(fresh.session).toMatchObject({ id: authentication.session.id, amr: ['pwd'], aal: 1, authTime: clock.now() })
    await users.mfa.enroll(fresh)
    expect(events.at(-1)).toMatchObject({ type: 'mfa.enrollment_started' })
    expect(events.at(-2)).toMatchObject({ type: 'session.reauthenticated', sessionId: fresh.session.id })
    // Tokens stay, and so does what else is signed in, as old as it was.
    await users.refresh(session.refreshToken ?? '')
    expect((await authenticationOf(other)).session.authTime).toBeLessThan(clock.now())
  })

  it('makes it fresh by a second factor, which is used up by it', async () => {
    const { users, enrolled, nextCode, authenticationOf, clock } = await open()
    const { secret, authentication, backupCodes } = await enrolled()
    clock.advance(11 * minute)
    const code = nextCode(secret)
    const renewed = await users.reauthenticate(authentication, { code })
    const fresh = await authenticationOf(renewed)
    expect(fresh.session).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], aal: 2, authTime: clock.now() })
    await expect(users.reauthenticate(fresh, { code })).rejects.toEqual(refused('mfa_invalid'))
    await expect(users.mfa.disable(fresh, { code })).rejects.toEqual(refused('mfa_invalid'))
    const [backupCode = ''] = backupCodes
    const again = await authenticationOf(await users.reauthenticate(fresh, { backupCode }))
    expect(again.session).toMatchObject({ amr: ['pwd', 'backup', 'mfa'], aal: 2 })
    await expect(users.reauthenticate(again, { backupCode })).rejects.toEqual(refused('mfa_invalid'))
  })

  it('keeps the level of a session that had two factors', async () => {
    const { users, enrolled, authenticationOf } = await open()
    const { authentication } = await enrolled()
    const renewed = await users.reauthenticate(authentication, { password: jane.password })
    expect((await authenticationOf(renewed)).session).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], aal: 2 })
  })

  it('changes nothing with a wrong proof', async () => {
    const { users, login, authenticationOf, clock } = await open()
    const session = await login()
    const authentication = await authenticationOf(session)
    clock.advance(11 * minute)
    for (const [proof, code] of [
      [{ password: 'wrong' }, 'invalid_credentials'],
      [{ password: '' }, 'invalid_credentials'],
      [{ code: '123456' }, 'mfa_invalid'],
      [{ backupCode: '0000-0000-0000-0000' }, 'mfa_invalid'],
    ] as const) {
      await expect(users.reauthenticate(authentication, proof)).rejects.toEqual(refused(code))
    }
    // What an app in plain JavaScript may pass.
    for (const odd of [{}, { password: 5 }, { code: 5 }, { token: 'x' }] as never[]) {
      await expect(users.reauthenticate(authentication, odd)).rejects.toMatchObject({ issues: expect.any(Array) })
    }
    expect((await authenticationOf(session)).session.authTime).toBe(authentication.session.authTime)
  })

  it('looks at five passwords in five minutes, and gives them back to whoever knows it', async () => {
    const { users, login, authenticationOf, clock } = await open()
    const authentication = await authenticationOf(await login())
    const wrong = () => users.reauthenticate(authentication, { password: 'wrong' })
    const results = await Promise.allSettled(Array.from({ length: 20 }, wrong))
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done'))
    expect(codes.filter((code) => code === 'invalid_credentials')).toHaveLength(5)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(15)
    const right = () => users.reauthenticate(authentication, { password: jane.password })
    await expect(right()).rejects.toEqual(refused('rate_limited'))
    clock.advance(minute)
    for (let time = 0; time < 7; time += 1) await right()
  })

  it('brings back no session that has ended, whatever was proved', async () => {
    const { users, auth, enrolled, nextCode } = await open()
    const { secret, authentication, activated } = await enrolled()
    await users.setPassword(authentication.principalId, 'a new password')
    await expect(users.reauthenticate(authentication, { password: 'a new password' })).rejects.toEqual(
      refused('session_revoked'),
    )
    await expect(users.reauthenticate(authentication, { code: nextCode(secret) })).rejects.toEqual(
      refused('session_revoked'),
    )
    expect((await auth.sessions.verify({ cookieToken: activated.cookieToken ?? '' })).authenticated).toBe(false)
  })

  it('is for principals of the collection alone', async () => {
    const { auth, enrolled } = await open()
    const { authentication } = await enrolled()
    await expect(
      auth.collections.customers.reauthenticate(authentication, { password: jane.password }),
    ).rejects.toEqual(refused('forbidden'))
  })
})
