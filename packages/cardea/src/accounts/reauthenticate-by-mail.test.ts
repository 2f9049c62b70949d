import { describe, expect, it } from 'vitest'
import { minute, openRecovery, otherCode, outcomeOf } from './recovery/recovery.fixture.js'

describe('reauthenticate', () => {
  it('makes a session fresh by a code that was sent to the address of the account, once', async () => {
    const { users, member, otpFor, authenticationOf, clock, events } = await openRecovery(undefined)
    const person = await member()
    const authentication = await authenticationOf(person.session)
    clock.advance(11 * minute)
    expect(await outcomeOf(users.mfa.enroll(authentication))).toBe('reauthentication_required')
    const { code, flowId } = await otpFor(person.email)
    const renewed = await users.reauthenticate(authentication, { emailCode: code, flowId })
    const fresh = await authenticationOf(renewed)
    expect(fresh.session).toMatchObject({
      id: authentication.session.id,
      amr: ['pwd'],
      aal: 1,
      authTime: clock.now(),
    })
    expect(await outcomeOf(users.mfa.enroll(fresh))).toBe('done')
    expect(events.map(({ type }) => type)).toContain('session.reauthenticated')
    expect(await outcomeOf(users.reauthenticate(fresh, { emailCode: code, flowId }))).toBe('invalid_credentials')
    expect(await outcomeOf(users.verifyOtp({ email: person.email, code, flowId }))).toBe('invalid_credentials')
    clock.advance(minute)
    const second = await otpFor(person.email)
    expect(await outcomeOf(users.reauthenticate(fresh, { emailCode: second.code }))).toBe('done')
  })

  it('takes no code that is wrong, of another account, or of another collection', async () => {
    const { auth, users, member, otpFor, authenticationOf, events, clock, codeTo } = await openRecovery(undefined)
    const person = await member()
    const other = await member()
    const authentication = await authenticationOf(person.session)
    const { authTime } = authentication.session
    clock.advance(minute)
    const sent = await otpFor(person.email)
    const foreign = await otpFor(other.email)
    await auth.collections.customers.create({ email: person.email, password: person.password })
    const { flowId } = await auth.collections.customers.requestOtp(person.email)
    const ofCustomer = await codeTo(person.email)
    for (const proof of [
      { emailCode: otherCode(sent.code), flowId: sent.flowId },
      { emailCode: foreign.code, flowId: foreign.flowId },
      { emailCode: ofCustomer, flowId },
      { emailCode: '' },
    ]) {
      expect(await outcomeOf(users.reauthenticate(authentication, proof))).toBe('invalid_credentials')
    }
    expect(events.at(-1)).toMatchObject({ type: 'session.reauthentication_failed', principalId: person.id })
    expect((await authenticationOf(person.session)).session.authTime).toBe(authTime)
    for (const odd of [
      { emailCode: 5 },
      { emailCode: sent.code, flowId: 5 },
      { emailCode: sent.code, code: '123456' },
    ] as never[]) {
      await expect(users.reauthenticate(authentication, odd)).rejects.toMatchObject({ issues: expect.any(Array) })
    }
    expect(await outcomeOf(users.reauthenticate(authentication, { emailCode: sent.code, flowId: sent.flowId }))).toBe(
      'done',
    )
  })

  it('looks at five codes of a flow, and brings no ended session back', async () => {
    const { auth, users, member, otpFor, authenticationOf } = await openRecovery(undefined)
    const person = await member()
    const authentication = await authenticationOf(person.session)
    const { code, flowId } = await otpFor(person.email)
    const proof = { emailCode: code, flowId }
    await auth.sessions.revoke(person.id, person.session.session.id)
    expect(await outcomeOf(users.reauthenticate(authentication, proof))).toBe('session_revoked')
    const next = await authenticationOf(await users.login({ email: person.email, password: person.password }))
    for (let time = 0; time < 5; time += 1) {
      const wrong = { emailCode: otherCode(code), flowId }
      expect(await outcomeOf(users.reauthenticate(next, wrong))).toBe('invalid_credentials')
    }
    expect(await outcomeOf(users.reauthenticate(next, proof))).toBe('invalid_credentials')
  })

  it('is refused where codes by mail are not enabled', async () => {
    const { users, member, authenticationOf } = await openRecovery(undefined, { auth: { otp: { enabled: false } } })
    const authentication = await authenticationOf((await member()).session)
    expect(await outcomeOf(users.reauthenticate(authentication, { emailCode: '123456' }))).toBe('method_disabled')
  })
})
