import { eq } from '@cardea/core'
import { credentials, outbox, principals, type Storage } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRecovery, outcomeOf, stores } from './recovery/recovery.fixture.js'

const auth = { registrationAnswer: 'uniform' } as const

describe.each(stores)('a registration that tells nobody who has an account, on $name', ({ open }) => {
  let store: Awaited<ReturnType<typeof open>>
  let test: Awaited<ReturnType<typeof openRecovery>>
  let storage: Storage
  const told: unknown[] = []

  beforeAll(async () => {
    store = await open()
    storage = store.storage
    test = await openRecovery(storage, { auth, hooks: { afterRegister: (about) => told.push(about) } })
  })
  afterAll(async () => {
    await test?.auth.close()
    await store?.close()
  })

  it('makes the account apart from the answer, tells the hook, and sends the link', async () => {
    const { users, fresh, settle, tokenTo, canLogIn, events } = test
    const own = fresh()
    expect(await users.register(own, { ip: '192.0.2.5', userAgent: 'test' })).toEqual({ status: 'accepted' })
    await settle()
    // Neither the account's maker nor anybody else can see from outside that it is there.
    expect(await canLogIn(own.email, own.password)).toBe('invalid_credentials')
    const user = await users.findByEmail(own.email)
    if (user === undefined) throw new Error('no account')
    expect(user).toMatchObject({ email: own.email, username: own.username, verified: false, role: 'viewer' })
    expect(events).toContainEqual(expect.objectContaining({ type: 'user.registered', principalId: user.id }))
    expect(told).toEqual([
      {
        collection: 'users',
        email: own.email,
        values: { username: own.username, name: own.name },
        request: { ip: '192.0.2.5', userAgent: 'test' },
        principalId: user.id,
      },
    ])
    await users.confirmVerification(await tokenTo(own.email), { password: own.password })
    expect(await users.find(user.id)).toMatchObject({ verified: true })
    expect(await canLogIn(own.email, own.password)).toBe('done')
  })

  it('tells the owner of an address that is taken, and changes nothing', async () => {
    const { users, member, fresh, mailsTo, canLogIn } = test
    const owner = await member()
    const before = told.length
    const count = await storage.count(principals)
    const stranger = { ...fresh(), email: owner.email.toUpperCase() }
    expect(await users.register(stranger)).toEqual({ status: 'accepted' })
    const mails = await mailsTo(owner.email)
    expect(mails.map(({ subject }) => subject)).toEqual(['You have an account at shop.example'])
    expect(await storage.count(principals)).toBe(count)
    expect(await canLogIn(owner.email, stranger.password)).toBe('done')
    expect(told).toHaveLength(before)
  })

  it('makes one account, however often the job is worked on', async () => {
    await test.settle()
    let failures = 2
    const again = await openRecovery(storage, {
      auth,
      hooks: {
        // A job whose mail fails is worked on again.
        beforeMail: () => {
          failures -= 1
          if (failures >= 0) throw new Error('not now')
          return undefined
        },
      },
    })
    const { users, fresh, settle, clock, mailsTo, events } = again
    const own = fresh()
    const count = await storage.count(principals)
    await users.register(own)
    for (let time = 0; time < 3; time += 1) {
      await settle()
      clock.advance(60_000)
      await again.auth.jobs.run()
    }
    expect((await mailsTo(own.email)).map(({ subject }) => subject)).toEqual(['Confirm your address for shop.example'])
    expect(await storage.count(principals)).toBe(count + 1)
    expect(events.filter(({ type }) => type === 'user.registered')).toHaveLength(1)
    expect(await storage.count(outbox, eq('recipient', own.email))).toBe(0)
  })

  it('says at once what is no secret', async () => {
    const { users, member, fresh } = test
    const { username } = await member()
    expect(await outcomeOf(users.register({ ...fresh(), username }))).toBe('username_taken')
    expect(await outcomeOf(users.register({ ...fresh(), password: 'short' }))).toBe('weak_password')
    expect(await outcomeOf(users.register({ ...fresh(), email: 'nobody' }))).toBe('invalid_request')
  })

  it('gives an address to one of two that wait for it', async () => {
    const { users, fresh, settle } = test
    const [first, second] = [fresh(), fresh()]
    const count = await storage.count(principals)
    await Promise.all([users.register(first), users.register({ ...second, email: first.email })])
    await settle()
    expect(await storage.count(principals)).toBe(count + 1)
    expect(await storage.count(credentials)).toBe(count + 1)
  })
})

describe('register', () => {
  it('does the same for a new and for a taken address, before it answers', async () => {
    const { users, member, fresh, statements, settle } = await openRecovery(undefined, { auth })
    const { email } = await member()
    const register = async (input: ReturnType<typeof fresh>) => {
      await settle()
      const before = statements.length
      const answer = await users.register(input)
      return { answer, made: statements.slice(before).map(({ kind }) => kind) }
    }
    const known = await register({ ...fresh(), email })
    expect(await register(fresh())).toEqual(known)
    expect(known.made.length).toBeGreaterThan(0)
  })

  it('keeps neither password nor hash in the open while it waits', async () => {
    const { users, fresh, storage } = await openRecovery(undefined, { auth })
    const own = fresh()
    await users.register(own)
    const waiting = JSON.stringify(await storage.find(outbox, { limit: 'all' }))
    expect(waiting).toContain(own.email)
    for (const secret of [own.password, own.name, 'argon2']) expect(waiting).not.toContain(secret)
  })
})
