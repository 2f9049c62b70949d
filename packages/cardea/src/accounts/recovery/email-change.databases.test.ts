import { bumpEpoch } from '@cardea/identity'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hour, minute, openRecovery, outcomeOf, stores } from './recovery.fixture.js'

describe.each(stores)('an e-mail change on $name', ({ open }) => {
  let store: Awaited<ReturnType<typeof open>>
  let test: Awaited<ReturnType<typeof openRecovery>>

  beforeAll(async () => {
    store = await open()
    test = await openRecovery(store.storage)
  })
  afterAll(async () => {
    await test?.auth.close()
    await store?.close()
  })

  it('leaves the old address until the link is followed, and tells it then', async () => {
    const { users, signUp, changeToken, mailsTo, canLogIn, authenticationOf, isAlive, events } = test
    const person = await signUp()
    const other = await users.login({ email: person.email, password: person.password })
    const to = `new-${person.email}`
    const sent = await changeToken(person, to)
    expect((await mailsTo(to)).at(-1)?.text).toContain(`https://shop.example/confirm-email-change#token=${sent}`)
    expect(await canLogIn(to, person.password)).toBe('invalid_credentials')
    expect(await canLogIn(person.email, person.password)).toBe('done')
    expect(await users.find(person.id)).toMatchObject({ email: person.email, verified: false })
    const before = (await mailsTo(person.email)).length

    const changed = await users.confirmEmailChange(sent, await authenticationOf(person.session))
    expect(changed.email).toBe(to)
    expect(await users.find(person.id)).toMatchObject({ email: to, verified: true })
    expect(await canLogIn(person.email, person.password)).toBe('invalid_credentials')
    expect(await canLogIn(to, person.password)).toBe('done')
    const notices = (await mailsTo(person.email)).slice(before)
    expect(notices.map(({ subject }) => subject)).toEqual(['Your address was changed'])
    // The session that asks goes on, by a new cookie; the other ends.
    expect(await isAlive(person.session)).toBe(false)
    expect(await isAlive(changed)).toBe(true)
    expect((await authenticationOf(changed)).session.id).toBe(person.session.session.id)
    expect(await isAlive(other)).toBe(false)
    expect(events).toContainEqual(expect.objectContaining({ type: 'email.changed', principalId: person.id }))
    expect(await outcomeOf(users.confirmEmailChange(sent))).toBe('token_invalid')
    // Whoever wants it may have the old address.
    const heir = { ...test.fresh(), email: person.email }
    expect(await outcomeOf(users.register(heir))).toBe('done')
  })

  it('takes the token alone, and ends every session then, and any of somebody else', async () => {
    const { users, signUp, changeToken, authenticationOf, isAlive } = test
    const person = await signUp()
    const other = await signUp()
    const alone = await users.confirmEmailChange(await changeToken(person, `new-${person.email}`))
    expect(alone).toEqual({ email: `new-${person.email}`, cookieMaxAgeSeconds: 0 })
    expect(await isAlive(person.session)).toBe(false)
    const session = await users.login({ email: alone.email, password: person.password })
    const again = await changeToken({ ...person, session }, `newer-${person.email}`)
    await users.confirmEmailChange(again, await authenticationOf(other.session))
    expect(await isAlive(session)).toBe(false)
    expect(await isAlive(other.session)).toBe(true)
  })

  it('wants the password, which is counted when it is wrong', async () => {
    const { users, signUp, authenticationOf, mailsTo } = test
    const person = await signUp()
    const authentication = await authenticationOf(person.session)
    const newEmail = `new-${person.email}`
    const ask = (password?: string) => outcomeOf(users.requestEmailChange(authentication, { newEmail, password }))
    expect(await ask()).toBe('reauthentication_required')
    for (let guess = 0; guess < 5; guess += 1) expect(await ask('a wrong guess')).toBe('invalid_credentials')
    expect(await ask(person.password)).toBe('rate_limited')
    expect(await mailsTo(newEmail)).toEqual([])
  })

  it('says nothing about who has the new address, and the link says it only once it is needed', async () => {
    const { users, signUp, changeToken, authenticationOf, mailsTo, canLogIn } = test
    const person = await signUp()
    const other = await signUp()
    const before = (await mailsTo(other.email)).length
    const taken = { newEmail: other.email, password: person.password }
    expect(await outcomeOf(users.requestEmailChange(await authenticationOf(person.session), taken))).toBe('done')
    expect(await mailsTo(other.email)).toHaveLength(before)

    const to = `new-${person.email}`
    const token = await changeToken(person, to)
    const { id } = await users.create({ ...test.fresh(), email: to })
    expect(await outcomeOf(users.confirmEmailChange(token))).toBe('email_taken')
    expect(await canLogIn(person.email, person.password)).toBe('done')
    // Nothing has happened, so the link is good still, should the address become free.
    await users.delete(id)
    expect(await outcomeOf(users.confirmEmailChange(token))).toBe('done')
  })

  it('is over with any other change of the account, after a day, and with a newer link', async () => {
    const { users, signUp, changeToken, authenticationOf, clock } = test
    const changed = await signUp()
    const token = await changeToken(changed, `new-${changed.email}`)
    await users.changePassword(await authenticationOf(changed.session), {
      currentPassword: changed.password,
      newPassword: 'another password of mine',
    })
    expect(await outcomeOf(users.confirmEmailChange(token))).toBe('token_invalid')

    const person = await signUp()
    const first = await changeToken(person, `new-${person.email}`)
    const second = await changeToken(person, `newer-${person.email}`)
    expect(await outcomeOf(users.confirmEmailChange(first))).toBe('token_invalid')
    clock.advance(24 * hour)
    expect(await outcomeOf(users.confirmEmailChange(second))).toBe('token_invalid')
  })

  it('takes no link of another purpose or collection', async () => {
    const { auth, users, signUp, resetToken, verificationToken, changeToken } = test
    const person = await signUp()
    const tokens = [await resetToken(person.email), await verificationToken(person.email), '', 'x'.repeat(80)]
    for (const token of tokens) expect(await outcomeOf(users.confirmEmailChange(token))).toBe('token_invalid')
    const token = await changeToken(person, `new-${person.email}`)
    expect(await outcomeOf(auth.collections.customers.confirmEmailChange(token))).toBe('token_invalid')
    expect(await outcomeOf(users.confirmEmailChange(token))).toBe('done')
  })

  it('wants a fresh session of an account without a password', async () => {
    // Of two instances on one storage, either may send what waits.
    await test.settle()
    const creating = await openRecovery(store.storage, { auth: { otp: { enabled: true, createUser: true } } })
    const { users, otpFor, authenticationOf, tokenTo, clock, fresh } = creating
    const { email } = fresh()
    const session = await users.verifyOtp(await otpFor(email))
    const newEmail = `new-${email}`
    await users.requestEmailChange(await authenticationOf(session), { newEmail })
    const token = await tokenTo(newEmail)
    clock.advance(10 * minute + 1)
    const late = { newEmail: `late-${email}` }
    expect(await outcomeOf(users.requestEmailChange(await authenticationOf(session), late))).toBe(
      'reauthentication_required',
    )
    expect((await users.confirmEmailChange(token)).email).toBe(newEmail)
  })

  it('is for principals of the collection alone', async () => {
    const { auth, signUp, authenticationOf } = test
    const person = await signUp()
    const input = { newEmail: `new-${person.email}`, password: person.password }
    const authentication = await authenticationOf(person.session)
    expect(await outcomeOf(auth.collections.customers.requestEmailChange(authentication, input))).toBe('forbidden')
  })
})

describe('requestEmailChange', () => {
  it('looks the session up where requests are trusted by their access token', async () => {
    const { auth, users, otpFor, tokenTo, storage } = await openRecovery(undefined, {
      mode: 'stateless',
      auth: { otp: { enabled: true, createUser: true } },
    })
    const email = 'otp-only@example.com'
    const { accessToken = '', user } = await users.verifyOtp(await otpFor(email))
    const ask = async (newEmail: string) => {
      const result = await auth.sessions.verify({ accessToken })
      if (!result.authenticated) throw new Error(result.code)
      return await outcomeOf(users.requestEmailChange(result.authentication, { newEmail }))
    }
    expect(await ask('new@example.com')).toBe('done')
    expect(await tokenTo('new@example.com')).toHaveLength(80)
    // As after a crash between the change that ends sessions and their deletion.
    await bumpEpoch(storage, user.id)
    expect(await ask('newer@example.com')).toBe('session_revoked')
    expect(await tokenTo('newer@example.com')).toBe('none')
  })

  it('sends five mails an hour for an account, and three to an address', async () => {
    const { users, signUp, authenticationOf, mails, mailsTo, settle } = await openRecovery(undefined)
    const person = await signUp()
    const ask = async (newEmail: string) =>
      users.requestEmailChange(await authenticationOf(person.session), { newEmail, password: person.password })
    for (let time = 0; time < 4; time += 1) await ask('one@example.com')
    expect(await mailsTo('one@example.com')).toHaveLength(3)
    for (let time = 0; time < 5; time += 1) await ask(`other${time}@example.com`)
    await settle()
    expect(mails.filter(({ subject }) => subject.startsWith('Confirm your new'))).toHaveLength(4)
  })

  it('refuses what is no address, by the name of its field', async () => {
    const { users, signUp, authenticationOf } = await openRecovery(undefined)
    const person = await signUp()
    const input = { newEmail: 'a@example.com,b@example.com', password: person.password }
    await expect(users.requestEmailChange(await authenticationOf(person.session), input)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [expect.objectContaining({ path: 'new_email' })],
    })
  })

  it('asks hooks before the address changes', async () => {
    const told: unknown[] = []
    let refuse = true
    const { users, signUp, changeToken, settle } = await openRecovery(undefined, {
      hooks: {
        beforeVerification: () => (refuse ? { refuse: 'Not now.' } : undefined),
        afterVerification: (about) => told.push(about),
      },
    })
    const person = await signUp()
    const token = await changeToken(person, 'new@example.com')
    expect(await outcomeOf(users.confirmEmailChange(token))).toBe('forbidden')
    refuse = false
    await users.confirmEmailChange(token)
    await settle()
    expect(told).toEqual([{ collection: 'users', principalId: person.id, email: 'new@example.com', purpose: 'change' }])
  })
})
