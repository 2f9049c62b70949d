import { eq } from '@cardea/core'
import { factors, principals, sessions, verifications } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { jane } from '../../testing.fixture.js'
import { openMfa } from './mfa.fixture.js'

const open = async (options: Parameters<typeof openMfa>[0] = {}) => {
  const test = await openMfa(options)
  const registered = await test.auth.users.register(jane).catch(() => undefined)
  const users = test.auth.users
  return { ...test, users, mfa: users.mfa, registered }
}
const minute = 60_000
const refused = (code: string) => expect.objectContaining({ code })

describe('mfa.enroll and mfa.activate', () => {
  it('change nothing about signing in before the first right code', async () => {
    const { mfa, users, login, authenticationOf, codeOf } = await open()
    const authentication = await authenticationOf(await login())
    const { secret, otpauthUri, qrSvg } = await mfa.enroll(authentication)
    expect(otpauthUri).toContain(`jane%40example.com?issuer=localhost&secret=${secret}`)
    expect(qrSvg).toMatch(/^<svg/)
    await login()
    await expect(mfa.activate(authentication, codeOf(secret, 5))).rejects.toEqual(refused('mfa_invalid'))
    expect(await mfa.state(authentication)).toEqual({
      enabled: false,
      methods: [],
      backupCodesRemaining: 0,
      required: false,
    })
    await users.login({ email: jane.email, password: jane.password })
  })

  it('end all other sessions and let the one that asked go on, with a new cookie and two factors', async () => {
    const { mfa, auth, enrolled, authenticationOf, storage, events, subjects } = await open()
    const { session, other, activated, authentication } = await enrolled()
    expect(activated.backupCodes).toHaveLength(10)
    expect(activated.cookieToken).toBeDefined()
    expect(activated.cookieToken).not.toBe(session.cookieToken)
    const check = async (credential: { cookieToken: string } | { accessToken: string }) =>
      (await auth.sessions.verify(credential)).authenticated
    expect(await check({ cookieToken: session.cookieToken ?? '' })).toBe(false)
    expect(await check({ accessToken: session.accessToken ?? '' })).toBe(true)
    expect(await check({ cookieToken: other.cookieToken ?? '' })).toBe(false)
    expect(await check({ accessToken: other.accessToken ?? '' })).toBe(false)
    await expect(auth.users.refresh(other.refreshToken ?? '')).rejects.toEqual(refused('token_invalid'))
    expect(await storage.count(sessions)).toBe(1)
    expect((await authenticationOf(activated)).session).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], aal: 2 })
    expect(await mfa.state(authentication)).toEqual({
      enabled: true,
      methods: ['totp', 'backup_code'],
      backupCodesRemaining: 10,
      required: false,
    })
    expect(events.map(({ type }) => type)).toContain('mfa.enabled')
    expect(await subjects(1)).toEqual(['Two-step sign-in was turned on'])
  })

  it('want a session in which somebody has proved itself within ten minutes', async () => {
    const { mfa, login, authenticationOf, codeOf, clock } = await open()
    const authentication = await authenticationOf(await login())
    clock.advance(10 * minute)
    const { secret } = await mfa.enroll(authentication)
    clock.advance(1)
    await expect(mfa.enroll(authentication)).rejects.toEqual(refused('reauthentication_required'))
    await expect(mfa.activate(authentication, codeOf(secret))).rejects.toEqual(refused('reauthentication_required'))
    clock.advance(-11 * minute)
    await expect(mfa.enroll(authentication)).rejects.toEqual(refused('reauthentication_required'))
  })

  it('are refused where second factors are not enabled, and to principals of another collection', async () => {
    const { users, login, authenticationOf, auth } = await open({ auth: {} })
    const authentication = await authenticationOf(await login())
    await expect(users.mfa.enroll(authentication)).rejects.toEqual(refused('method_disabled'))
    await expect(users.mfa.activate(authentication, '123456')).rejects.toEqual(refused('method_disabled'))
    expect(await users.mfa.state(authentication)).toMatchObject({ enabled: false })
    const other = await open()
    const { authentication: foreign } = await other.enrolled()
    const { mfa } = other.auth.collections.customers
    await expect(mfa.enroll(foreign)).rejects.toEqual(refused('forbidden'))
    await expect(mfa.state(foreign)).rejects.toEqual(refused('forbidden'))
    await expect(mfa.disable(foreign, { code: '123456' })).rejects.toEqual(refused('forbidden'))
    await auth.close()
  })

  it('are refused while a second factor is in use', async () => {
    const { mfa, enrolled, storage } = await open()
    const { authentication } = await enrolled()
    const before = await storage.find(factors, { limit: 'all' })
    await expect(mfa.enroll(authentication)).rejects.toEqual(refused('conflict'))
    expect(await storage.find(factors, { limit: 'all' })).toEqual(before)
  })

  it('activate once, of fifty at a time', async () => {
    const { mfa, login, authenticationOf, codeOf, storage } = await open()
    const authentication = await authenticationOf(await login())
    const { secret } = await mfa.enroll(authentication)
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => mfa.activate(authentication, codeOf(secret))),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await storage.count(factors)).toBe(11)
    expect(await storage.findOne(principals, { where: eq('id', authentication.principalId) })).toMatchObject({
      second_factors: 1,
      epoch: 1,
    })
  })

  it('do not outlive the end of the session that asked', async () => {
    const { mfa, users, login, authenticationOf, codeOf, storage } = await open()
    const authentication = await authenticationOf(await login())
    const { secret } = await mfa.enroll(authentication)
    await users.setPassword(authentication.principalId, 'a new password')
    await expect(mfa.activate(authentication, codeOf(secret))).rejects.toEqual(refused('session_revoked'))
    expect(await storage.findOne(principals, { where: eq('id', authentication.principalId) })).toMatchObject({
      second_factors: 0,
    })
  })
})

describe('mfa.verify', () => {
  it('completes a sign-in by the code of the app', async () => {
    const { mfa, enrolled, challenge, nextCode, authenticationOf, auth, events } = await open()
    const { secret } = await enrolled()
    const asked = await challenge()
    expect(asked).toEqual({
      token: expect.any(String),
      expiresAt: expect.any(Number),
      methods: ['totp', 'backup_code'],
      enrollmentRequired: false,
    })
    events.length = 0
    const signedIn = await mfa.verify(asked.token, { code: nextCode(secret) })
    expect(signedIn.user['email']).toBe(jane.email)
    expect((await authenticationOf(signedIn)).session).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], aal: 2 })
    expect((await auth.sessions.verify({ accessToken: signedIn.accessToken ?? '' })).authenticated).toBe(true)
    expect(events.map(({ type }) => type)).toEqual(['sign_in.succeeded'])
  })

  it('completes a sign-in by a backup code, once, and tells the owner', async () => {
    const { mfa, enrolled, challenge, mails, subjects, authenticationOf } = await open()
    const { backupCodes } = await enrolled()
    await subjects(1)
    const [backupCode = '', other = ''] = backupCodes
    const signedIn = await mfa.verify((await challenge()).token, { backupCode: backupCode.toLowerCase() })
    expect((await authenticationOf(signedIn)).session).toMatchObject({ amr: ['pwd', 'backup', 'mfa'], aal: 2 })
    await expect(mfa.verify((await challenge()).token, { backupCode })).rejects.toEqual(refused('mfa_invalid'))
    expect((await subjects(2))[1]).toBe('A backup code was used')
    expect(mails[1]?.text).toContain('9')
    await mfa.verify((await challenge()).token, { backupCode: other })
  })

  it('signs in once, of fifty at a time with one ticket, and of fifty with one code', async () => {
    const { mfa, enrolled, challenge, nextCode, storage } = await open()
    const { secret } = await enrolled()
    const before = await storage.count(sessions)
    const { token } = await challenge()
    const code = nextCode(secret)
    const sameTicket = await Promise.allSettled(Array.from({ length: 50 }, () => mfa.verify(token, { code })))
    expect(sameTicket.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await storage.count(sessions)).toBe(before + 1)
    const tickets = await Promise.all(Array.from({ length: 5 }, async () => (await challenge()).token))
    const next = nextCode(secret)
    const sameCode = await Promise.allSettled(tickets.map((ticket) => mfa.verify(ticket, { code: next })))
    expect(sameCode.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await storage.count(sessions)).toBe(before + 2)
  })

  it('uses up one of several codes that come with one ticket', async () => {
    const { mfa, enrolled, challenge, storage } = await open()
    const { backupCodes, authentication } = await enrolled()
    const { token } = await challenge()
    const before = await storage.count(sessions)
    const results = await Promise.allSettled(
      backupCodes.slice(0, 5).map((backupCode) => mfa.verify(token, { backupCode })),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await storage.count(sessions)).toBe(before + 1)
    expect(await mfa.state(authentication)).toMatchObject({ backupCodesRemaining: 9 })
  })

  it('counts wrong codes with all other guesses at the account, until a right one', async () => {
    const { mfa, enrolled, challenge, codeOf, nextCode, storage } = await open()
    const { secret, authentication } = await enrolled()
    const failedAttempts = async () =>
      (await storage.findOne(principals, { where: eq('id', authentication.principalId) }))?.failed_attempts
    const { token } = await challenge()
    await expect(mfa.verify(token, { code: codeOf(secret, 9) })).rejects.toEqual(refused('mfa_invalid'))
    await expect(mfa.verify(token, { backupCode: 'no code' })).rejects.toEqual(refused('mfa_invalid'))
    // The password alone is not proof enough to forget them.
    await challenge()
    expect(await failedAttempts()).toBe(2)
    await mfa.verify(token, { code: nextCode(secret) })
    expect(await failedAttempts()).toBe(0)
  })

  it('takes no code that was used before, also not the one that activated', async () => {
    const { mfa, enrolled, challenge, codeOf, nextCode } = await open()
    const { secret } = await enrolled()
    const { token } = await challenge()
    await expect(mfa.verify(token, { code: codeOf(secret) })).rejects.toEqual(refused('mfa_invalid'))
    const code = nextCode(secret)
    await mfa.verify(token, { code })
    await expect(mfa.verify((await challenge()).token, { code })).rejects.toEqual(refused('mfa_invalid'))
  })

  it('keeps the ticket through four wrong codes, and no longer', async () => {
    const { mfa, enrolled, challenge, nextCode, codeOf, events, clock } = await open()
    const { secret } = await enrolled()
    const first = await challenge()
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await expect(mfa.verify(first.token, { code: codeOf(secret, 9) })).rejects.toEqual(refused('mfa_invalid'))
    }
    expect(events.filter(({ type }) => type === 'mfa.failed')).toHaveLength(4)
    await mfa.verify(first.token, { code: nextCode(secret) })
    const second = await challenge()
    for (let attempt = 0; attempt < 5; attempt += 1) {
      clock.advance(minute)
      await expect(mfa.verify(second.token, { backupCode: '' })).rejects.toEqual(refused('mfa_invalid'))
    }
    await expect(mfa.verify(second.token, { code: nextCode(secret) })).rejects.toEqual(refused('token_invalid'))
  })

  it('looks at five codes in five minutes, whatever tickets they come with', async () => {
    const { mfa, enrolled, challenge, codeOf, nextCode, clock } = await open()
    const { secret } = await enrolled()
    clock.advance(5 * minute)
    const outcomes: string[] = []
    for (let ticket = 0; ticket < 4; ticket += 1) {
      const { token } = await challenge()
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const failed = await mfa
          .verify(token, { code: codeOf(secret, 9) })
          .catch((error: { code: string }) => error.code)
        outcomes.push(String(failed))
      }
    }
    expect(outcomes.filter((code) => code === 'mfa_invalid')).toHaveLength(5)
    expect(outcomes.filter((code) => code === 'rate_limited')).toHaveLength(15)
    // Right or wrong.
    const late = await challenge()
    await expect(mfa.verify(late.token, { code: codeOf(secret, 1) })).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 60,
    })
    clock.advance(minute)
    await mfa.verify(late.token, { code: nextCode(secret) })
  })

  it('takes no ticket that is over, of another collection, or none at all', async () => {
    const { mfa, auth, enrolled, challenge, nextCode, codeOf, clock } = await open()
    const { secret } = await enrolled()
    const { token } = await challenge()
    const code = nextCode(secret)
    await expect(auth.collections.customers.mfa.verify(token, { code })).rejects.toEqual(refused('token_invalid'))
    for (const odd of ['', 'x'.repeat(80), `${token}A`]) {
      await expect(mfa.verify(odd, { code })).rejects.toEqual(refused('token_invalid'))
    }
    clock.advance(10 * minute)
    await expect(mfa.verify(token, { code: codeOf(secret) })).rejects.toEqual(refused('token_invalid'))
  })

  it.each([
    ['was disabled', (test, id) => test.users.disable(id)],
    ['was disabled and enabled', (test, id) => test.users.disable(id).then(() => test.users.enable(id))],
    ['was deleted', (test, id) => test.users.delete(id)],
    ['has another password', (test, id) => test.users.setPassword(id, 'a new password')],
  ] satisfies [string, (test: Awaited<ReturnType<typeof open>>, id: string) => Promise<unknown>][])(
    'takes no ticket of a principal that %s since',
    async (_name, change) => {
      const test = await open()
      const { secret, authentication, backupCodes } = await test.enrolled()
      const { token } = await test.challenge()
      await change(test, authentication.principalId)
      for (const attempt of [{ code: test.nextCode(secret) }, { backupCode: backupCodes[0] ?? '' }]) {
        await expect(test.mfa.verify(token, attempt)).rejects.toEqual(refused('token_invalid'))
      }
      expect(await test.storage.count(sessions)).toBe(0)
    },
  )

  it('gives nothing to whoever has the ticket alone', async () => {
    const { auth, enrolled, challenge } = await open()
    await enrolled()
    const { token } = await challenge()
    const results = await Promise.all([
      auth.sessions.verify({ accessToken: token }),
      auth.sessions.verify({ cookieToken: token }),
      auth.sessions.verify({ cookieToken: token.slice(37) }),
    ])
    for (const result of results) expect(result.authenticated).toBe(false)
    await expect(auth.users.refresh(token)).rejects.toEqual(refused('token_invalid'))
    expect(await auth.sessions.end({ cookieToken: token }, { collection: 'users' })).toBe(false)
  })

  it('asks for a second factor also where the setting was switched off since', async () => {
    const { storage, enrolled, nextCode } = await open()
    const { secret } = await enrolled()
    const later = await openMfa({ auth: {}, storage })
    const { token } = await later.challenge()
    nextCode(secret)
    later.clock.advance(30_000)
    await later.auth.users.mfa.verify(token, { code: later.codeOf(secret) })
  })

  it('refuses input that is none', async () => {
    const { mfa, enrolled, challenge } = await open()
    await enrolled()
    const { token } = await challenge()
    // What an app in plain JavaScript may pass.
    for (const odd of [{}, { code: 123_456 }, { code: '1', backupCode: '2' }, { codes: '1' }, null] as never[]) {
      await expect(mfa.verify(token, odd)).rejects.toMatchObject({
        code: expect.stringMatching(/^(invalid_request|unknown_field)$/),
      })
    }
    await expect(mfa.activate({ ticket: token }, 5 as never)).rejects.toEqual(refused('invalid_request'))
  })

  it('never takes a database that fails for a wrong code', async () => {
    const { mfa, enrolled, challenge, nextCode, storage } = await open()
    const { secret } = await enrolled()
    await storage.update(factors, { where: eq('kind', 'totp'), set: { secret: 'of a key that is gone' } })
    const { token } = await challenge()
    await expect(mfa.verify(token, { code: nextCode(secret) })).rejects.toEqual(refused('unavailable'))
  })
})

describe('a second factor that is required', () => {
  const required = { mfa: { enabled: true, required: true } } as const

  it('is set up with the ticket, and the next code completes the sign-in', async () => {
    const { users, mfa, challenge, codeOf, nextCode, authenticationOf, subjects, storage } = await open({
      auth: required,
    })
    expect(await storage.count(sessions)).toBe(0)
    const asked = await challenge()
    expect(asked).toMatchObject({ methods: [], enrollmentRequired: true })
    await expect(mfa.verify(asked.token, { code: '123456' })).rejects.toEqual(refused('mfa_invalid'))
    const actor = { ticket: asked.token }
    const { secret } = await mfa.enroll(actor)
    await expect(mfa.verify(asked.token, { code: codeOf(secret) })).rejects.toEqual(refused('mfa_invalid'))
    const { backupCodes, cookieToken } = await mfa.activate(actor, codeOf(secret))
    expect(backupCodes).toHaveLength(10)
    expect(cookieToken).toBeUndefined()
    expect(await storage.count(sessions)).toBe(0)
    await expect(mfa.verify(asked.token, { code: codeOf(secret) })).rejects.toEqual(refused('mfa_invalid'))
    const signedIn = await mfa.verify(asked.token, { code: nextCode(secret) })
    const authentication = await authenticationOf(signedIn)
    expect(authentication.session).toMatchObject({ aal: 2 })
    expect(await mfa.state(authentication)).toMatchObject({ enabled: true, required: true })
    expect(await subjects(1)).toHaveLength(1)
    await expect(mfa.disable(authentication, { code: nextCode(secret) })).rejects.toEqual(refused('forbidden'))
    await expect(users.login({ email: jane.email, password: jane.password })).rejects.toMatchObject({
      mfa: { enrollmentRequired: false },
    })
  })

  it('is set up by one of two tickets, and the other is worth nothing then', async () => {
    const { mfa, challenge, codeOf, nextCode } = await open({ auth: required })
    const [one, two] = [await challenge(), await challenge()]
    const { secret } = await mfa.enroll({ ticket: one.token })
    await mfa.activate({ ticket: one.token }, codeOf(secret))
    const code = nextCode(secret)
    for (const attempt of [
      mfa.enroll({ ticket: two.token }),
      mfa.activate({ ticket: two.token }, code),
      mfa.verify(two.token, { code }),
    ]) {
      await expect(attempt).rejects.toEqual(refused('token_invalid'))
    }
    await expect(mfa.enroll({ ticket: one.token })).rejects.toEqual(refused('conflict'))
    await mfa.verify(one.token, { code })
  })

  it('is not set up anew with the ticket of somebody who has one', async () => {
    const { mfa, enrolled, challenge, nextCode } = await open()
    const { secret } = await enrolled()
    const { token } = await challenge()
    await expect(mfa.enroll({ ticket: token })).rejects.toEqual(refused('conflict'))
    await expect(mfa.activate({ ticket: token }, nextCode(secret))).rejects.toEqual(refused('conflict'))
  })

  it('may be so for a role alone', async () => {
    const { users, auth, login, challenge } = await open({ auth: { mfa: { enabled: true, required: ['editor'] } } })
    const { user } = await login()
    await auth.permissions.assign(String(user['id']), 'editor')
    expect(await challenge()).toMatchObject({ enrollmentRequired: true })
    await auth.permissions.unassign(String(user['id']), 'editor')
    await users.login({ email: jane.email, password: jane.password })
  })
})

describe('mfa.renewBackupCodes', () => {
  it('makes the old codes worthless, and ends other sessions', async () => {
    const { mfa, auth, enrolled, challenge, nextCode, authenticationOf, storage } = await open()
    const { secret, authentication, backupCodes } = await enrolled()
    const { token } = await challenge()
    const phone = await mfa.verify(token, { code: nextCode(secret) })
    const pending = await challenge()
    const renewed = await mfa.renewBackupCodes(authentication, { code: nextCode(secret) })
    expect(renewed.backupCodes).toHaveLength(10)
    expect((await auth.sessions.verify({ cookieToken: phone.cookieToken ?? '' })).authenticated).toBe(false)
    expect((await authenticationOf(renewed)).session.id).toBe(authentication.session.id)
    expect(await storage.count(sessions)).toBe(1)
    await expect(mfa.verify(pending.token, { code: nextCode(secret) })).rejects.toEqual(refused('token_invalid'))
    const again = await challenge()
    await expect(mfa.verify(again.token, { backupCode: backupCodes[0] ?? '' })).rejects.toEqual(refused('mfa_invalid'))
    await mfa.verify(again.token, { backupCode: renewed.backupCodes[0] ?? '' })
  })

  it('wants a fresh session and a current factor', async () => {
    const { mfa, users, enrolled, login, authenticationOf, codeOf, nextCode, clock, storage } = await open()
    const first = await authenticationOf(await login())
    await expect(mfa.renewBackupCodes(first, { code: '123456' })).rejects.toEqual(refused('mfa_invalid'))
    const { secret, authentication, backupCodes } = await enrolled()
    for (const attempt of [{ code: codeOf(secret) }, { code: '' }, { backupCode: 'ABCD-EFGH-JKMN-PQRS' }]) {
      await expect(mfa.renewBackupCodes(authentication, attempt)).rejects.toEqual(refused('mfa_invalid'))
    }
    clock.advance(11 * minute)
    const code = nextCode(secret)
    await expect(mfa.renewBackupCodes(authentication, { code })).rejects.toEqual(refused('reauthentication_required'))
    expect(await storage.findOne(principals, { where: eq('id', authentication.principalId) })).toMatchObject({
      epoch: 1,
    })
    await users.reauthenticate(authentication, { backupCode: backupCodes[0] ?? '' })
  })
})

describe('mfa.disable', () => {
  it('takes the factor away by the factor, ends other sessions and tells the owner', async () => {
    const { mfa, users, auth, enrolled, challenge, login, nextCode, authenticationOf, subjects, events, storage } =
      await open()
    const { secret, authentication } = await enrolled()
    const phone = await mfa.verify((await challenge()).token, { code: nextCode(secret) })
    for (const attempt of [{ code: '000000' }, { backupCode: '0000-0000-0000-0000' }]) {
      await expect(mfa.disable(authentication, attempt)).rejects.toEqual(refused('mfa_invalid'))
    }
    const disabled = await mfa.disable(authentication, { code: nextCode(secret) })
    expect((await authenticationOf(disabled)).session).toMatchObject({ amr: ['pwd'], aal: 1 })
    expect((await auth.sessions.verify({ cookieToken: phone.cookieToken ?? '' })).authenticated).toBe(false)
    expect(await mfa.state(authentication)).toMatchObject({ enabled: false, methods: [] })
    expect(await storage.count(factors)).toBe(0)
    expect(events.at(-1)?.type).toBe('mfa.disabled')
    expect((await subjects(2))[1]).toBe('Two-step sign-in was turned off')
    await login()
    const again = await users.mfa.enroll(await authenticationOf(disabled))
    expect(again.secret).not.toBe(secret)
  })

  it('happens once, of fifty at a time', async () => {
    const { mfa, enrolled, nextCode, storage } = await open()
    const { secret, authentication } = await enrolled()
    const code = nextCode(secret)
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => mfa.disable(authentication, { code })))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await storage.findOne(principals, { where: eq('id', authentication.principalId) })).toMatchObject({
      second_factors: 0,
      epoch: 2,
    })
  })

  it('takes a backup code in place of a lost phone', async () => {
    const { mfa, login, enrolled } = await open()
    const { authentication, backupCodes } = await enrolled()
    await mfa.disable(authentication, { backupCode: backupCodes[9] ?? '' })
    await login()
  })
})

describe('mfa.reset', () => {
  it('takes the factors away without one, ends all sessions and pending sign-ins, and tells the owner', async () => {
    const { mfa, enrolled, challenge, login, storage, events, subjects, nextCode, auth } = await open()
    const { secret, authentication } = await enrolled()
    const { token } = await challenge()
    await mfa.reset(authentication.principalId)
    expect(await storage.count(sessions)).toBe(0)
    expect(await storage.count(factors)).toBe(0)
    expect(events.at(-1)).toMatchObject({ type: 'mfa.disabled', reason: 'reset' })
    await expect(mfa.verify(token, { code: nextCode(secret) })).rejects.toEqual(refused('token_invalid'))
    expect((await subjects(2))[1]).toBe('Two-step sign-in was turned off')
    await login()
    await expect(mfa.reset('nobody')).rejects.toEqual(refused('not_found'))
    await expect(auth.collections.customers.mfa.reset(authentication.principalId)).rejects.toEqual(refused('not_found'))
  })
})

describe('a sign-in with a code by mail', () => {
  it('asks for a second factor, which no further mail stands for', async () => {
    const { users, mfa, mails, subjects, authenticationOf, codeOf, nextCode, storage, clock } = await open({
      auth: { mfa: { enabled: true }, otp: { enabled: true } },
    })
    let received = 0
    const byMail = async () => {
      // No more than one mail a minute goes to an address.
      clock.advance(61_000)
      const { flowId } = await users.requestOtp(jane.email)
      received += 1
      await subjects(received)
      const code = /\b\d{6}\b/.exec(mails[received - 1]?.text ?? '')?.[0] ?? ''
      return { input: { email: jane.email, code, flowId }, code }
    }
    const { input } = await byMail()
    const first = await users.verifyOtp(input)
    const authentication = await authenticationOf(first)
    const { secret } = await mfa.enroll(authentication)
    await mfa.activate(authentication, codeOf(secret))
    received += 1
    await subjects(received)
    const before = await storage.count(sessions)
    const next = await byMail()
    const failed = await users.verifyOtp(next.input).catch((error) => error)
    expect(failed).toMatchObject({ code: 'mfa_required', mfa: { methods: ['totp', 'backup_code'] } })
    expect(await storage.count(sessions)).toBe(before)
    const another = await byMail()
    for (const code of [next.code, another.code]) {
      await expect(mfa.verify(failed.mfa.token, { code })).rejects.toEqual(refused('mfa_invalid'))
    }
    const signedIn = await mfa.verify(failed.mfa.token, { code: nextCode(secret) })
    expect((await authenticationOf(signedIn)).session).toMatchObject({ amr: ['email', 'otp', 'mfa'], aal: 2 })
  })
})

describe('a second factor', () => {
  it('stays when the password is set anew', async () => {
    const { users, mfa, enrolled, nextCode } = await open()
    const { secret, authentication } = await enrolled()
    await users.setPassword(authentication.principalId, 'a new password')
    const failed = await users.login({ email: jane.email, password: 'a new password' }).catch((error) => error)
    expect(failed).toMatchObject({ code: 'mfa_required' })
    await mfa.verify(failed.mfa.token, { code: nextCode(secret) })
  })

  it('is nowhere in the database in the clear', async () => {
    const { enrolled, challenge, storage } = await open()
    const { secret, backupCodes } = await enrolled()
    const { token } = await challenge()
    const dump = JSON.stringify([
      await storage.find(factors, { limit: 'all' }),
      await storage.find(verifications, { limit: 'all' }),
    ])
    for (const text of [
      secret,
      token.slice(37),
      ...backupCodes,
      ...backupCodes.map((code) => code.replaceAll('-', '')),
    ]) {
      for (const form of [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64url')]) {
        expect(dump).not.toContain(form)
      }
    }
  })
})

describe('in stateless mode', () => {
  it('freshness and the session itself are looked up, whatever the access token says', async () => {
    const { users, mfa, login, codeOf, nextCode, auth, clock } = await open({
      auth: { mfa: { enabled: true } },
      mode: 'stateless',
    })
    const session = await login()
    const authenticate = async () => {
      const result = await auth.sessions.verify({ accessToken: session.accessToken ?? '' })
      if (!result.authenticated) throw new Error(result.code)
      return result.authentication
    }
    const byToken = await authenticate()
    expect(byToken.session.authTime).toBe(0)
    const { secret } = await mfa.enroll(byToken)
    await mfa.activate(byToken, codeOf(secret))
    clock.advance(11 * minute)
    const code = nextCode(secret)
    await expect(mfa.renewBackupCodes(byToken, { code })).rejects.toEqual(refused('reauthentication_required'))
    await users.reauthenticate(byToken, { password: jane.password })
    // What the session has proved since its access token was made is not forgotten.
    expect(await auth.sessions.find(session.session.id)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], aal: 2 })
    await mfa.renewBackupCodes(byToken, { code })
    await auth.sessions.revokeAll(byToken.principalId)
    for (const attempt of [
      () => mfa.enroll(byToken),
      () => mfa.renewBackupCodes(byToken, { code: nextCode(secret) }),
      () => mfa.disable(byToken, { code: nextCode(secret) }),
      () => users.reauthenticate(byToken, { password: jane.password }),
    ]) {
      await expect(attempt()).rejects.toEqual(refused('session_revoked'))
    }
  })
})
