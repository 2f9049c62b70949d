import { eq } from '@cardea/core'
import { apiKeys, credentials, factors, principals, type Storage, verifications } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { mostFailedAttempts } from '../lock.js'
import {
  hour,
  minute,
  openForAll,
  openRecovery,
  otherCode,
  outcomeOf,
  type RecoveryTest,
  stores,
} from '../recovery/recovery.fixture.js'

describe.each(stores)('verifyOtp on $name', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })

  it('signs in with six digits, once, and beside the password', async () => {
    const { users, member, otpFor, authenticationOf, isAlive, canLogIn, events } = test
    const person = await member()
    const sent = await otpFor(person.email)
    expect(sent.code).toMatch(/^\d{6}$/)
    const signedIn = await users.verifyOtp({ ...sent, email: person.email.toUpperCase() })
    expect(signedIn.user).toMatchObject({ id: person.id, email: person.email })
    expect((await authenticationOf(signedIn)).session).toMatchObject({ amr: ['email'], aal: 1 })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'sign_in.succeeded', sessionId: signedIn.session.id }),
    )
    expect(await outcomeOf(users.verifyOtp(sent))).toBe('invalid_credentials')
    // Nothing was to be taken over.
    expect(await isAlive(person.session)).toBe(true)
    expect(await canLogIn(person.email, person.password)).toBe('done')
  })

  it('gives each flow five tries of its own, and takes no code of another', async () => {
    const { users, member, otpFor, clock } = test
    const { id, email } = await member()
    const first = await otpFor(email)
    clock.advance(minute)
    const second = await otpFor(email)
    expect(await outcomeOf(users.verifyOtp({ ...second, code: first.code }))).toBe('invalid_credentials')
    const wrong = { ...first, code: otherCode(first.code) }
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(users.verifyOtp(wrong))))
    expect(new Set(outcomes)).toEqual(new Set(['invalid_credentials']))
    expect(await outcomeOf(users.verifyOtp(first))).toBe('invalid_credentials')
    expect(await storage.findOne(principals, { where: eq('id', id) })).toMatchObject({ failed_attempts: 10 })
    expect(await outcomeOf(users.verifyOtp(second))).toBe('done')
    expect(await storage.findOne(principals, { where: eq('id', id) })).toMatchObject({ failed_attempts: 0 })
  })

  it('means the newest code where no flow is named, with fewer tries that leave those of the flow alone', async () => {
    const { users, member, otpFor, clock } = test
    const { email } = await member()
    const first = await otpFor(email)
    clock.advance(minute)
    const second = await otpFor(email)
    const without = (code: string) => outcomeOf(users.verifyOtp({ email, code }))
    expect(await without(first.code)).toBe('invalid_credentials')
    for (let time = 0; time < 3; time += 1) expect(await without(otherCode(second.code))).toBe('invalid_credentials')
    expect(await without(second.code)).toBe('invalid_credentials')
    expect(await outcomeOf(users.verifyOtp(second))).toBe('done')
    // The newest is gone, so it is the other one that is meant; a try more for each two and a half minutes that pass.
    expect(await without(first.code)).toBe('invalid_credentials')
    clock.advance(2.5 * minute)
    expect(await without(first.code)).toBe('done')
  })

  it('takes a code for ten minutes', async () => {
    const { users, member, otpFor, clock } = test
    const { email } = await member()
    const first = await otpFor(email)
    clock.advance(10 * minute)
    expect(await outcomeOf(users.verifyOtp(first))).toBe('invalid_credentials')
    const second = await otpFor(email)
    clock.advance(10 * minute - 1)
    expect(await outcomeOf(users.verifyOtp(second))).toBe('done')
  })

  it('looks at twenty tries a day of one network at one address', async () => {
    const { users, member, otpFor, clock } = test
    const { email } = await member()
    const from = { ip: '192.0.2.9' }
    for (let round = 0; round < 4; round += 1) {
      const sent = await otpFor(email)
      for (let time = 0; time < 5; time += 1) {
        await outcomeOf(users.verifyOtp({ ...sent, code: otherCode(sent.code) }, from))
      }
      clock.advance(minute)
    }
    const sent = await otpFor(email)
    expect(await outcomeOf(users.verifyOtp(sent, from))).toBe('invalid_credentials')
    // From elsewhere its owner still gets in.
    expect(await outcomeOf(users.verifyOtp(sent, { ip: '198.51.100.9' }))).toBe('done')
  })

  it('takes no code of another address, collection or account', async () => {
    const { auth, users, member, otpFor } = test
    const person = await member()
    const other = await member()
    await auth.collections.customers.create({ email: person.email, password: person.password })
    const sent = await otpFor(person.email)
    expect(await outcomeOf(users.verifyOtp({ ...sent, email: other.email }))).toBe('invalid_credentials')
    expect(await outcomeOf(auth.collections.customers.verifyOtp(sent))).toBe('invalid_credentials')
    expect(await outcomeOf(users.confirmPasswordReset(sent.code, 'a better password'))).toBe('token_invalid')
    for (const code of ['', '12345', '1234567', 123_456, null, undefined, [sent.code]]) {
      // What a caller in plain JavaScript may pass.
      expect(await outcomeOf(users.verifyOtp({ email: sent.email, code: code as string }))).toBe('invalid_credentials')
    }
    expect(await outcomeOf(users.verifyOtp(sent))).toBe('done')
  })

  it('is over with a change of the account, and with its lock', async () => {
    const { users, member, otpFor, authenticationOf, clock } = test
    const person = await member()
    const sent = await otpFor(person.email)
    const changed = { currentPassword: person.password, newPassword: 'another password of mine' }
    await users.changePassword(await authenticationOf(person.session), changed)
    expect(await outcomeOf(users.verifyOtp(sent))).toBe('invalid_credentials')
    clock.advance(minute)
    const next = await otpFor(person.email)
    await storage.update(principals, { where: eq('id', person.id), set: { failed_attempts: mostFailedAttempts } })
    expect(await outcomeOf(users.verifyOtp(next))).toBe('invalid_credentials')
    await storage.update(principals, { where: eq('id', person.id), set: { failed_attempts: mostFailedAttempts - 1 } })
    expect(await outcomeOf(users.verifyOtp(next))).toBe('done')
  })

  it('gives a ticket, and no session, to somebody with a second factor', async () => {
    const { users, member, otpFor, enroll, clock, auth } = test
    const person = await member()
    const { backupCodes } = await enroll(person.session)
    clock.advance(minute)
    const before = (await auth.sessions.list(person.id)).length
    const error: unknown = await users.verifyOtp(await otpFor(person.email)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'mfa_required', mfa: { methods: ['totp', 'backup_code'] } })
    expect(await auth.sessions.list(person.id)).toHaveLength(before)
    const ticket = (error as { readonly mfa: { readonly token: string } }).mfa.token
    const signedIn = await users.mfa.verify(ticket, { backupCode: backupCodes[0] ?? '' })
    expect(signedIn.session).toMatchObject({ amr: ['email', 'backup', 'mfa'], aal: 2 })
  })

  it('gives an account that was never verified to its owner, clean of what a stranger has put there', async () => {
    const { auth, users, signUp, enroll, otpFor, isAlive, canLogIn, events } = test
    const person = await signUp()
    const { key } = await auth.apiKeys.create({ principalId: person.id })
    const activated = await enroll(person.session)
    const signedIn = await users.verifyOtp(await otpFor(person.email))
    expect(signedIn.user).toMatchObject({ id: person.id, verified: true })
    expect(await isAlive(signedIn)).toBe(true)
    expect(await isAlive(activated)).toBe(false)
    expect(await canLogIn(person.email, person.password)).toBe('invalid_credentials')
    expect((await auth.verify({ bearerToken: key })).authenticated).toBe(false)
    for (const table of [apiKeys, credentials, factors, verifications] as const) {
      expect([table.name, await storage.count(table, eq('principal_id', person.id))]).toEqual([table.name, 0])
    }
    expect(events).toContainEqual(expect.objectContaining({ type: 'email.verified', principalId: person.id }))
  })

  it('makes an account only where the settings say so, verified and without a password', async () => {
    const { fresh, mailsTo, otpFor } = test
    const { email } = fresh()
    expect(await outcomeOf(test.users.verifyOtp(await otpFor(email)))).toBe('invalid_credentials')
    expect(await mailsTo(email)).toEqual([])

    await test.settle()
    const creating = await openRecovery(storage, { auth: { otp: { enabled: true, createUser: true } } })
    const { users, canLogIn, events } = creating
    const sent = await creating.otpFor(`new-${email}`)
    const signedIn = await users.verifyOtp(sent)
    expect(signedIn.user).toMatchObject({ email: `new-${email}`, verified: true, role: 'viewer' })
    expect(await storage.count(credentials, eq('principal_id', signedIn.user.id))).toBe(0)
    expect(await canLogIn(`new-${email}`, '')).toBe('invalid_credentials')
    expect(events).toContainEqual(expect.objectContaining({ type: 'user.registered', principalId: signedIn.user.id }))
    creating.clock.advance(minute)
    const again = await users.verifyOtp(await creating.otpFor(`new-${email}`))
    expect(again.user.id).toBe(signedIn.user.id)

    // Whoever takes the address in the meantime has nothing to do with the code.
    const raced = await creating.otpFor(`raced-${email}`)
    const { id } = await users.create({ ...fresh(), email: `raced-${email}` })
    expect(await outcomeOf(users.verifyOtp(raced))).toBe('invalid_credentials')
    expect(await users.find(id)).toMatchObject({ verified: false })
  })
})

describe('requestOtp', () => {
  it('does the same for every address, however much was sent to it', async () => {
    const { users, member, statements, settle, mailsTo, clock } = await openRecovery(undefined)
    const { email } = await member()
    const ask = async (address: string) => {
      await settle()
      const before = statements.length
      const { flowId } = await users.requestOtp(address)
      expect(flowId).toMatch(/^[\w-]{22}$/)
      return statements.slice(before).map(({ kind }) => kind)
    }
    const counts = async () => {
      const codes = async (address: string) =>
        (await mailsTo(address)).filter(({ subject }) => subject.startsWith('Your code')).length
      return [await codes(email), await codes('nobody@example.com')]
    }
    for (let time = 0; time < 3; time += 1) expect(await ask('nobody@example.com')).toEqual(await ask(email))
    expect(await counts()).toEqual([1, 0])
    clock.advance(minute - 1_000)
    await ask(email)
    expect(await counts()).toEqual([1, 0])
    for (let time = 0; time < 10; time += 1) {
      clock.advance(minute)
      expect(await ask('nobody@example.com')).toEqual(await ask(email))
    }
    const [within = 0] = await counts()
    // Five at once, and one more for each twelve minutes that pass.
    expect(within).toBeLessThanOrEqual(6)
    expect(within).toBeGreaterThanOrEqual(5)
    for (let day = 0; day < 24; day += 1) {
      clock.advance(hour)
      for (let time = 0; time < 5; time += 1) {
        clock.advance(minute)
        await ask(email)
      }
    }
    const [total = 0] = await counts()
    expect(total).toBeLessThanOrEqual(20 + 21 + within)
  })

  it('is refused where codes are not enabled, and so is a code', async () => {
    const { users } = await openRecovery(undefined, { auth: { otp: { enabled: false } } })
    expect(await outcomeOf(users.requestOtp('a@example.com'))).toBe('method_disabled')
    expect(await outcomeOf(users.verifyOtp({ email: 'a@example.com', code: '123456' }))).toBe('method_disabled')
  })

  it.each([undefined, 5, ['a@example.com'], 'nobody'])('refuses %j', async (email) => {
    const { users } = await openRecovery(undefined)
    // What a caller in plain JavaScript may pass.
    expect(await outcomeOf(users.requestOtp(email as string))).toBe('invalid_request')
    expect(await outcomeOf(users.verifyOtp({ email: email as string, code: '1' }))).toBe('invalid_request')
  })

  it('makes no account where nobody may register', async () => {
    const { users, otpFor, mailsTo } = await openRecovery(undefined, {
      auth: { otp: { enabled: true, createUser: true }, registration: 'closed' },
    })
    expect(await outcomeOf(users.verifyOtp(await otpFor('new@example.com')))).toBe('invalid_credentials')
    expect(await mailsTo('new@example.com')).toEqual([])
  })
})

describe('verifyOtp', () => {
  it('asks hooks before it verifies an address, and before it makes an account', async () => {
    const told: unknown[] = []
    let refuse = true
    const answer = () => (refuse ? { refuse: 'Not now.' } : undefined)
    const { users, signUp, member, otpFor, settle } = await openRecovery(undefined, {
      auth: { otp: { enabled: true, createUser: true } },
      hooks: {
        beforeVerification: answer,
        afterVerification: (about) => told.push(about),
        beforeRegister: ({ email }) => (email === 'new@example.com' ? answer() : undefined),
        afterRegister: ({ email, principalId }) => {
          if (email === 'new@example.com') told.push(principalId)
        },
      },
    })
    const { id, email } = await signUp()
    const ofStranger = await otpFor(email)
    const ofNobody = await otpFor('new@example.com')
    expect(await outcomeOf(users.verifyOtp(ofStranger))).toBe('forbidden')
    expect(await outcomeOf(users.verifyOtp(ofNobody))).toBe('forbidden')
    const verified = await member()
    expect(await outcomeOf(users.verifyOtp(await otpFor(verified.email)))).toBe('done')
    expect(told).toEqual([])
    refuse = false
    // Nothing was used up by what was refused.
    await users.verifyOtp(ofStranger)
    const made = await users.verifyOtp(ofNobody)
    await settle()
    expect(told).toEqual([{ collection: 'users', principalId: id, email, purpose: 'verify' }, made.user.id])
  })

  it('lets somebody in whose address has to be verified: the code has proved it', async () => {
    const { users, auth, fresh, otpFor } = await openRecovery(undefined, {
      auth: { otp: { enabled: true }, requireVerified: true },
    })
    const own = fresh()
    await auth.users.create(own)
    expect((await users.verifyOtp(await otpFor(own.email))).user).toMatchObject({ verified: true })
  })
})
