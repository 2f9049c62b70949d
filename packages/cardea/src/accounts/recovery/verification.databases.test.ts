import { eq } from '@cardea/core'
import { principals, type Storage } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createTestCardea } from '../../testing.fixture.js'
import { hour, openForAll, openRecovery, outcomeOf, type RecoveryTest, stores } from './recovery.fixture.js'

describe.each(stores)('confirmVerification on $name', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })
  const isVerified = async (id: string) => (await test.users.find(id))?.['verified']
  const failuresOf = async (id: string) => (await storage.findOne(principals, { where: eq('id', id) }))?.failed_attempts

  it('verifies with a session of the account, and with its password', async () => {
    const { users, signUp, verificationToken, authenticationOf, isAlive, canLogIn, events, mailsTo } = test
    for (const by of ['session', 'password'] as const) {
      const person = await signUp()
      const token = await verificationToken(person.email)
      expect((await mailsTo(person.email)).at(-1)?.text).toContain(`https://shop.example/verify-email#token=${token}`)
      const proof =
        by === 'session' ? { authentication: await authenticationOf(person.session) } : { password: person.password }
      await users.confirmVerification(token, proof)
      expect(await isVerified(person.id)).toBe(true)
      expect(events).toContainEqual(expect.objectContaining({ type: 'email.verified', principalId: person.id }))
      // Whose account it is was proved, so nothing of it is dropped.
      expect(await isAlive(person.session)).toBe(true)
      expect(await canLogIn(person.email, person.password)).toBe('done')
      expect(await outcomeOf(users.confirmVerification(token, proof))).toBe('token_invalid')
    }
  })

  it('takes no token alone, or with a session of somebody else: a stranger may have made the account', async () => {
    const { auth, users, signUp, verificationToken, authenticationOf } = test
    const person = await signUp()
    const other = await signUp()
    const customer = await auth.collections.customers.register({ email: person.email, password: person.password })
    if (customer.status !== 'signed_in') throw new Error(customer.status)
    const token = await verificationToken(person.email)
    const strangers = [other.session, customer.signIn]
    const customers = ['users', 'customers']
    const proofs = await Promise.all(
      strangers.map(async ({ cookieToken = '' }) => {
        const result = await auth.sessions.verify({ cookieToken }, { collections: customers })
        if (!result.authenticated) throw new Error(result.code)
        return { authentication: result.authentication }
      }),
    )
    for (const proof of [undefined, ...proofs]) {
      await expect(users.confirmVerification(token, proof)).rejects.toMatchObject({
        code: 'reauthentication_required',
        anonymous: true,
      })
    }
    expect(await isVerified(person.id)).toBe(false)
    await users.confirmVerification(token, { authentication: await authenticationOf(person.session) })
    expect(await isVerified(person.id)).toBe(true)
  })

  it('counts wrong passwords, and leaves the link good', async () => {
    const { users, signUp, verificationToken } = test
    const person = await signUp()
    const token = await verificationToken(person.email)
    const attempt = (password: string) => outcomeOf(users.confirmVerification(token, { password }))
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => attempt('a wrong guess')))
    expect(outcomes.sort()).toEqual([
      ...Array<string>(5).fill('invalid_credentials'),
      ...Array<string>(3).fill('rate_limited'),
    ])
    expect(await failuresOf(person.id)).toBe(5)
    expect(await attempt(person.password)).toBe('rate_limited')
    test.clock.advance(60_000)
    expect(await attempt(person.password)).toBe('done')
    expect(await isVerified(person.id)).toBe(true)
  })

  it('takes only the newest link of the account, for a day, and none of another purpose or collection', async () => {
    const { auth, users, signUp, verificationToken, resetToken, tokenTo, clock } = test
    const person = await signUp()
    const proof = { password: person.password }
    await auth.collections.customers.register({ email: person.email, password: person.password })
    await auth.collections.customers.requestVerification(person.email)
    const refused = [
      await tokenTo(person.email),
      await resetToken(person.email),
      await verificationToken(person.email),
      '',
      'x'.repeat(80),
    ]
    const second = await verificationToken(person.email)
    for (const token of refused) expect(await outcomeOf(users.confirmVerification(token, proof))).toBe('token_invalid')
    clock.advance(24 * hour)
    expect(await outcomeOf(users.confirmVerification(second, proof))).toBe('token_invalid')
    const third = await verificationToken(person.email)
    clock.advance(24 * hour - 1)
    expect(await outcomeOf(users.confirmVerification(third, proof))).toBe('done')
  })

  it('proves nothing about another address than the one it was sent to', async () => {
    const { users, signUp, verificationToken, changeToken } = test
    const person = await signUp()
    const token = await verificationToken(person.email)
    const to = `new-${person.email}`
    await users.confirmEmailChange(await changeToken(person, to))
    expect(await outcomeOf(users.confirmVerification(token, { password: person.password }))).toBe('token_invalid')
  })

  it('sends no link for an address that is verified, or nobody has', async () => {
    const { users, member, mailsTo } = test
    const { email } = await member()
    await users.requestVerification(email)
    await users.requestVerification(`nobody-${email}`)
    expect([...(await mailsTo(email)), ...(await mailsTo(`nobody-${email}`))]).toEqual([])
  })

  it('makes an account usable where addresses have to be verified', async () => {
    // Of two instances on one storage, either may send what waits.
    await test.settle()
    const strict = await openRecovery(storage, { auth: { requireVerified: true } })
    const { users, fresh, tokenTo, mailsTo, canLogIn } = strict
    const own = fresh()
    const registered = await users.register(own)
    expect(registered.status).toBe('verification_required')
    expect(await canLogIn(own.email, own.password)).toBe('email_not_verified')
    expect(await canLogIn(own.email, 'a wrong guess')).toBe('invalid_credentials')
    expect(await mailsTo(own.email)).toHaveLength(1)
    await users.confirmVerification(await tokenTo(own.email), { password: own.password })
    expect(await canLogIn(own.email, own.password)).toBe('done')
  })
})

describe('confirmVerification', () => {
  it('asks the hook before anything is used up, and tells it afterwards', async () => {
    const told: unknown[] = []
    let refuse = true
    const { users, signUp, verificationToken, settle } = await openRecovery(undefined, {
      hooks: {
        beforeVerification: (about) => (refuse ? { refuse: `Not ${about.purpose} now.` } : undefined),
        afterVerification: (about) => told.push(about),
      },
    })
    const { id, email, password } = await signUp()
    const token = await verificationToken(email)
    await expect(users.confirmVerification(token, { password })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'Not verify now.',
    })
    expect(told).toEqual([])
    refuse = false
    await users.confirmVerification(token, { password })
    await settle()
    expect(told).toEqual([{ collection: 'users', principalId: id, email, purpose: 'verify' }])
  })

  it('looks the session up where requests are trusted by their access token', async () => {
    const { auth, users, signUp, verificationToken } = await openRecovery(undefined, { mode: 'stateless' })
    const person = await signUp()
    const { accessToken = '' } = person.session
    const trusted = async () => {
      const result = await auth.sessions.verify({ accessToken })
      if (!result.authenticated) throw new Error(result.code)
      return { authentication: result.authentication }
    }
    const token = await verificationToken(person.email)
    await auth.sessions.revoke(person.id, person.session.session.id)
    expect(await outcomeOf(users.confirmVerification(token, await trusted()))).toBe('session_revoked')
  })

  it('is worth nothing once the account has moved on between proof and use', async () => {
    const change = { now: async (): Promise<void> => undefined }
    const { auth, users, signUp, verificationToken } = await openRecovery(undefined, {
      // The hook runs after the password was proved, and before the link is used.
      hooks: {
        beforeVerification: async () => {
          await change.now()
          return undefined
        },
      },
    })
    const { id, email, password } = await signUp()
    const token = await verificationToken(email)
    change.now = async () => users.setPassword(id, 'set by an administrator')
    expect(await outcomeOf(users.confirmVerification(token, { password }))).toBe('token_invalid')
    expect(await auth.users.find(id)).toMatchObject({ verified: false })
  })
})

describe('requestVerification', () => {
  it('does the same for every address, and sends three mails an hour at most', async () => {
    const { users, signUp, member, statements, settle, mailsTo } = await openRecovery(undefined)
    const { email } = await signUp()
    const verified = await member()
    const ask = async (address: string) => {
      await settle()
      const before = statements.length
      await users.requestVerification(address)
      return statements.slice(before).map(({ kind }) => kind)
    }
    const known = await ask(email)
    expect(await ask(verified.email)).toEqual(known)
    expect(await ask('nobody@example.com')).toEqual(known)
    for (let time = 0; time < 5; time += 1) await ask(email)
    expect(await mailsTo(email)).toHaveLength(3)
  })

  it('is refused where no mail can be sent', async () => {
    const { auth } = createTestCardea()
    await auth.migrate()
    await auth.ready()
    for (const work of [
      auth.users.requestVerification('a@example.com'),
      auth.users.requestPasswordReset('a@example.com'),
    ]) {
      expect(await outcomeOf(work)).toBe('method_disabled')
    }
  })
})
