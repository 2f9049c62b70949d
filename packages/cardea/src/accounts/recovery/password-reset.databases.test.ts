import { eq } from '@cardea/core'
import {
  apiKeys,
  devices,
  factors,
  identities,
  principals,
  type Storage,
  sshKeys,
  verifications,
} from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { mostFailedAttempts } from '../lock.js'
import { hour, minute, openForAll, openRecovery, outcomeOf, type RecoveryTest, stores } from './recovery.fixture.js'

const another = 'a better password'

describe.each(stores)('confirmPasswordReset on $name', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })

  it('sets a password, ends every session, and tells the owner', async () => {
    const { users, member, mailsTo, isAlive, canLogIn, resetToken, tokenTo, events } = test
    const person = await member()
    // Sent to the address as it is stored, whatever was typed, and to the page of the base URL.
    await users.requestPasswordReset(person.email.toUpperCase())
    const token = await tokenTo(person.email)
    expect((await mailsTo(person.email)).at(-1)?.text).toContain(`https://shop.example/reset-password#token=${token}`)
    await users.confirmPasswordReset(token, another)
    expect(await isAlive(person.session)).toBe(false)
    await test.settle()
    expect(await outcomeOf(users.refresh(person.session.refreshToken ?? ''))).toBe('session_revoked')
    expect(await canLogIn(person.email, person.password)).toBe('invalid_credentials')
    expect(await canLogIn(person.email, another)).toBe('done')
    expect((await mailsTo(person.email)).map(({ subject }) => subject)).toContain('Your password was changed')
    expect(events).toContainEqual(expect.objectContaining({ type: 'password.reset', principalId: person.id }))
    expect(await outcomeOf(users.confirmPasswordReset(token, 'one more password'))).toBe('token_invalid')
    expect(await resetToken(person.email)).not.toBe(token)
  })

  it('takes only the newest link of the account, for an hour', async () => {
    const { users, member, resetToken, clock } = test
    const { email } = await member()
    const first = await resetToken(email)
    const second = await resetToken(email)
    expect(await outcomeOf(users.confirmPasswordReset(first, another))).toBe('token_invalid')
    clock.advance(hour)
    expect(await outcomeOf(users.confirmPasswordReset(second, another))).toBe('token_invalid')
    const third = await resetToken(email)
    clock.advance(hour - 1)
    expect(await outcomeOf(users.confirmPasswordReset(third, another))).toBe('done')
  })

  it('takes no link of another purpose or collection, and nothing else', async () => {
    const { auth, users, signUp, verificationToken, changeToken, tokenTo, canLogIn } = test
    const person = await signUp()
    const tokens = [await verificationToken(person.email), await changeToken(person, `new-${person.email}`)]
    const customer = { email: person.email, password: person.password }
    await auth.collections.customers.register(customer)
    await auth.collections.customers.requestPasswordReset(person.email)
    const ofCustomer = await tokenTo(person.email)
    expect(ofCustomer).toHaveLength(80)
    for (const token of [...tokens, ofCustomer, '', 'x'.repeat(80), 5, undefined, null, ['x'], { length: 80 }]) {
      // What a caller in plain JavaScript may pass.
      expect(await outcomeOf(users.confirmPasswordReset(token as string, another))).toBe('token_invalid')
    }
    expect(await canLogIn(person.email, person.password)).toBe('done')
    expect(await outcomeOf(auth.collections.customers.confirmPasswordReset(ofCustomer, another))).toBe('done')
    await auth.collections.customers.login({ email: person.email, password: another })
    expect(await canLogIn(person.email, person.password)).toBe('done')
  })

  it('says why a password is too weak, and leaves the link good', async () => {
    const { users, member, resetToken } = test
    const { email, username } = await member()
    const token = await resetToken(email)
    for (const weak of ['short', 'password123456789', `${username}${username}`]) {
      await expect(users.confirmPasswordReset(token, weak)).rejects.toMatchObject({
        code: 'weak_password',
        issues: [expect.objectContaining({ path: 'password' })],
      })
    }
    expect(await outcomeOf(users.confirmPasswordReset(token, another))).toBe('done')
  })

  it('leaves the second factor, and what was proved about the address', async () => {
    const { users, member, enroll, resetToken, canLogIn } = test
    const person = await member()
    await enroll(person.session)
    await users.confirmPasswordReset(await resetToken(person.email), another)
    expect(await canLogIn(person.email, another)).toBe('mfa_required')
    expect(await users.find(person.id)).toMatchObject({ verified: true })
  })

  it('unlocks the account, and the network that it comes from', async () => {
    const { users, member, resetToken } = test
    const { id, email } = await member()
    const context = { ip: '192.0.2.7' }
    const login = (password: string, from: { readonly ip: string }) => outcomeOf(users.login({ email, password }, from))
    for (let guess = 0; guess < 8; guess += 1) await login('a wrong guess', context)
    await storage.update(principals, { where: eq('id', id), set: { failed_attempts: mostFailedAttempts } })
    expect(await login('a good password', { ip: '198.51.100.4' })).toBe('invalid_credentials')
    await users.confirmPasswordReset(await resetToken(email), another, context)
    await test.settle()
    expect(await storage.findOne(principals, { where: eq('id', id) })).toMatchObject({ failed_attempts: 0 })
    expect(await login(another, context)).toBe('done')
    expect(await login(another, { ip: '198.51.100.4' })).toBe('done')
  })

  it('ends whatever else waits to be presented', async () => {
    const { users, signUp, resetToken, verificationToken, changeToken, otpFor, clock, isAlive } = test
    const person = await signUp()
    clock.advance(minute)
    const { email } = person
    const verification = await verificationToken(email)
    const change = await changeToken(person, `new-${email}`)
    const code = await otpFor(email)
    await users.confirmPasswordReset(await resetToken(email), another)
    expect(await outcomeOf(users.confirmVerification(verification, { password: another }))).toBe('token_invalid')
    expect(await outcomeOf(users.confirmEmailChange(change))).toBe('token_invalid')
    expect(await outcomeOf(users.verifyOtp(code))).toBe('invalid_credentials')
    expect(await isAlive(person.session)).toBe(false)
  })

  it('gives an account that was never verified to its owner, clean of what a stranger has put there', async () => {
    const { auth, users, signUp, enroll, resetToken, isAlive, canLogIn, events } = test
    const person = await signUp()
    const { id, email } = person
    const { key } = await auth.apiKeys.create({ principalId: id })
    const now = test.clock.now()
    await storage.insert(identities, {
      id: id,
      principal_id: id,
      collection: 'users',
      provider: 'github',
      subject: id,
      created_at: now,
      updated_at: now,
    })
    await storage.insert(sshKeys, {
      id: id,
      principal_id: id,
      type: 'ssh-ed25519',
      public_key: 'AAAA',
      fingerprint: id,
      created_at: now,
    })
    const activated = await enroll(person.session)
    const link = await resetToken(email)
    await users.confirmPasswordReset(link, another)
    await test.settle()
    expect(await canLogIn(email, person.password)).toBe('invalid_credentials')
    expect(await isAlive(person.session)).toBe(false)
    expect(await isAlive(activated)).toBe(false)
    expect((await auth.verify({ bearerToken: key })).authenticated).toBe(false)
    for (const table of [apiKeys, identities, sshKeys, factors, devices, verifications] as const) {
      expect([table.name, await storage.count(table, eq('principal_id', id))]).toEqual([table.name, 0])
    }
    expect(await canLogIn(email, another)).toBe('done')
    expect(await users.find(id)).toMatchObject({ verified: true })
    expect(events).toContainEqual(expect.objectContaining({ type: 'email.verified', principalId: id }))
  })

  it('does not strip an account whose owner has verified it since the link was made', async () => {
    const { auth, users, signUp, resetToken, verificationToken, canLogIn } = test
    const person = await signUp()
    const { key } = await auth.apiKeys.create({ principalId: person.id })
    const reset = await resetToken(person.email)
    const verification = await verificationToken(person.email)
    await users.confirmVerification(verification, { password: person.password })
    await users.confirmPasswordReset(reset, another)
    expect(await canLogIn(person.email, another)).toBe('done')
    expect((await auth.verify({ bearerToken: key })).authenticated).toBe(true)
  })

  it('lets nobody into an account that is disabled or gone, and sends it no mail', async () => {
    const { users, member, resetToken, mailsTo, canLogIn } = test
    const disabled = await member()
    const deleted = await member()
    const tokens = [await resetToken(disabled.email), await resetToken(deleted.email)]
    await users.disable(disabled.id)
    await users.delete(deleted.id)
    for (const token of tokens)
      expect(await outcomeOf(users.confirmPasswordReset(token, another))).toBe('token_invalid')
    const before = (await mailsTo(disabled.email)).length + (await mailsTo(deleted.email)).length
    await resetToken(disabled.email)
    await resetToken(deleted.email)
    expect((await mailsTo(disabled.email)).length + (await mailsTo(deleted.email)).length).toBe(before)
    await users.enable(disabled.id)
    expect(await canLogIn(disabled.email, disabled.password)).toBe('done')
  })

  it('is over with a change of the password', async () => {
    const { users, member, resetToken, authenticationOf, canLogIn } = test
    const person = await member()
    const token = await resetToken(person.email)
    const changed = { currentPassword: person.password, newPassword: 'changed by its owner' }
    await users.changePassword(await authenticationOf(person.session), changed)
    expect(await outcomeOf(users.confirmPasswordReset(token, another))).toBe('token_invalid')
    expect(await canLogIn(person.email, 'changed by its owner')).toBe('done')
  })

  it('takes no address that only looks like one that is stored', async () => {
    const { users, fresh, mails, settle } = test
    await users.create({ ...fresh(), email: 'mike@example.com' }, { verified: true })
    await settle()
    const before = mails.length
    // A dotless i, an at sign and an m of full width, the Kelvin sign.
    const alike = ['m\u0131ke@example.com', 'mike\uff20example.com', '\uff4dike@example.com', 'mi\u212ae@example.com']
    for (const email of [
      ...alike,
      'mike@example.com.',
      ' mike@example.com',
      'mike@example.com\r\nBcc: a@example.com',
    ]) {
      for (const ask of ['requestPasswordReset', 'requestVerification', 'requestOtp'] as const) {
        expect(await outcomeOf(users[ask](email))).toBe('invalid_request')
      }
    }
    await settle()
    expect(mails).toHaveLength(before)
  })

  it('gives an account a password that had none', async () => {
    const { users, member, resetToken, canLogIn } = test
    const person = await member()
    await users.confirmPasswordReset(await resetToken(person.email), another)
    expect(await canLogIn(person.email, another)).toBe('done')
  })
})

describe('requestPasswordReset', () => {
  it('does the same for every address, and sends three mails an hour at most', async () => {
    const { users, member, statements, settle, mailsTo, clock } = await openRecovery(undefined)
    const { email } = await member()
    await settle()
    // Before the worker looks whose address it is.
    const ask = async (address: string) => {
      const before = statements.length
      await users.requestPasswordReset(address)
      const made = statements.slice(before).map(({ kind }) => kind)
      await settle()
      return made
    }
    const known = await ask(email)
    expect(await ask('nobody@example.com')).toEqual(known)
    expect(known.filter((kind) => kind === 'statement')).toHaveLength(3)
    for (let time = 0; time < 4; time += 1) await ask(email)
    const resets = async () => (await mailsTo(email)).filter(({ subject }) => subject.startsWith('Reset')).length
    expect(await resets()).toBe(3)
    clock.advance(hour)
    await ask(email)
    expect(await resets()).toBe(4)
  })

  it.each([undefined, 5, ['a@example.com'], 'a@example.com,b@example.com', 'nobody', '<a@example.com>'])(
    'refuses %j',
    async (email) => {
      const { users } = await openRecovery(undefined)
      // What a caller in plain JavaScript may pass.
      expect(await outcomeOf(users.requestPasswordReset(email as string))).toBe('invalid_request')
    },
  )

  it('is refused where passwords are not enabled', async () => {
    const { users } = await openRecovery(undefined, { auth: { password: { enabled: false } } })
    expect(await outcomeOf(users.requestPasswordReset('a@example.com'))).toBe('method_disabled')
    expect(await outcomeOf(users.confirmPasswordReset('x', another))).toBe('method_disabled')
  })
})

describe('confirmPasswordReset', () => {
  it('leaves the link good when too many passwords wait to be hashed', async () => {
    // As slow as hashing is in earnest, so that the queue is as short.
    const { users, fresh, resetToken, auth } = await openRecovery(undefined, { memoryKibibytes: 19_456, iterations: 2 })
    const own = fresh()
    await auth.users.create(own, { verified: true })
    const token = await resetToken(own.email)
    const waiting = Array.from({ length: 300 }, () => outcomeOf(users.login({ email: own.email, password: 'wrong' })))
    const answer = await outcomeOf(users.confirmPasswordReset(token, another))
    expect([...(await Promise.all(waiting)), answer]).toContain('unavailable')
    expect(answer).toBe('unavailable')
    expect(await outcomeOf(users.confirmPasswordReset(token, another))).toBe('done')
  })

  it('asks the hook first where it verifies the address, and tells it afterwards', async () => {
    const told: unknown[] = []
    let refuse = true
    const { users, signUp, member, resetToken, settle } = await openRecovery(undefined, {
      hooks: {
        beforeVerification: () => (refuse ? { refuse: 'Not now.' } : undefined),
        afterVerification: (about) => told.push(about),
      },
    })
    const { id, email } = await signUp()
    const token = await resetToken(email)
    expect(await outcomeOf(users.confirmPasswordReset(token, another))).toBe('forbidden')
    refuse = false
    expect(await outcomeOf(users.confirmPasswordReset(token, another))).toBe('done')
    await settle()
    expect(told).toEqual([{ collection: 'users', principalId: id, email, purpose: 'verify' }])
    refuse = true
    const verified = await member()
    expect(await outcomeOf(users.confirmPasswordReset(await resetToken(verified.email), another))).toBe('done')
  })
})
