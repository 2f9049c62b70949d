import { credentials, identifiers, principals, sessions } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { cheapHashing, createTestCardea, jane, secret } from '../testing.fixture.js'

async function open() {
  const test = createTestCardea()
  await test.auth.migrate()
  await test.auth.ready()
  return test
}

const countRows = async ({ storage }: Awaited<ReturnType<typeof open>>) =>
  await Promise.all([principals, identifiers, credentials, sessions].map((table) => storage.count(table)))

describe('register', () => {
  it('makes a user with the default role, signed in, and shows no hash', async () => {
    const { auth, events } = await open()
    const registered = await auth.users.register(jane, { ip: '203.0.113.5', userAgent: 'curl/8' })
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { user, session, accessToken, refreshToken, cookieToken } = registered.signIn
    expect(user).toMatchObject({
      email: jane.email,
      username: 'jdoe',
      verified: false,
      role: 'viewer',
      roles: ['viewer'],
    })
    expect(session).toMatchObject({
      principalId: user.id,
      ip: '203.0.113.5',
      userAgent: 'curl/8',
      amr: ['pwd'],
      aal: 1,
    })
    expect([accessToken, refreshToken, cookieToken]).toEqual([
      expect.any(String),
      expect.any(String),
      expect.any(String),
    ])
    expect(JSON.stringify(registered)).not.toContain('argon2')
    expect(events.map(({ type, principalId }) => [type, principalId])).toEqual([
      ['user.registered', user.id],
      ['sign_in.succeeded', user.id],
    ])
  })

  it('stores the password as Argon2id and no secret as it is', async () => {
    const test = await open()
    const registered = await test.auth.users.register(jane)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const tables = await Promise.all(
      [principals, identifiers, credentials, sessions].map((table) => test.storage.find(table, { limit: 'all' })),
    )
    const stored = JSON.stringify(tables)
    expect(stored).toContain('$argon2id$v=19$')
    const { accessToken, refreshToken, cookieToken } = registered.signIn
    for (const value of [jane.password, accessToken, cookieToken, refreshToken?.split('.')[2]]) {
      expect(stored).not.toContain(value)
    }
  })

  it.each([
    ['an address', { ...jane, username: 'other' }, 'email_taken'],
    ['an address in capitals', { ...jane, email: 'JANE@EXAMPLE.COM', username: 'other' }, 'email_taken'],
    ['a username', { ...jane, email: 'other@example.com' }, 'username_taken'],
    ['a username in capitals', { ...jane, email: 'other@example.com', username: 'JDoe' }, 'username_taken'],
  ])('refuses %s that somebody has, and leaves nothing behind', async (_name, input, code) => {
    const test = await open()
    await test.auth.users.register(jane)
    const before = await countRows(test)
    await expect(test.auth.users.register(input)).rejects.toMatchObject({ code })
    expect(await countRows(test)).toEqual(before)
  })

  it('names a unique field whose value somebody has, and never the value', async () => {
    const { defineCollection, text } = await import('@cardea/collections')
    const members = defineCollection('members', { type: 'auth', fields: { badge: text({ unique: true }) } })
    const auth = createCardea({
      storage: createMemoryStorage(),
      environment: 'test',
      secret,
      collections: [members],
      passwords: cheapHashing,
    })
    await auth.migrate()
    await auth.ready()
    const account = { email: 'a@example.com', password: 'a good password', badge: 'B-17' }
    await auth.collections.members.register(account)
    const second = auth.collections.members.register({ ...account, email: 'b@example.com' })
    await expect(second).rejects.toMatchObject({ code: 'conflict', issues: [{ path: 'badge', code: 'taken' }] })
    await expect(second).rejects.not.toThrow('B-17')
  })

  it('names a field to sign in by whose value somebody has, and never the value', async () => {
    const { auth } = createTestCardea()
    await auth.migrate()
    const customer = { password: 'a good password', phone: '+43 1 58858' }
    const { customers } = auth.collections
    await customers.register({ ...customer, email: 'a@example.com' })
    const error: unknown = await customers.register({ ...customer, email: 'b@example.com' }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'conflict', issues: [{ path: 'phone', code: 'taken' }] })
    expect(JSON.stringify([String(error), error])).not.toMatch(/58858|a@example/)
    const other = await customers.register({ ...customer, email: 'c@example.com', phone: '+43 1 1' })
    if (other.status !== 'signed_in') throw new Error('not signed in')
    await expect(customers.update(String(other.signIn.user.id), { phone: customer.phone })).rejects.toMatchObject({
      code: 'conflict',
      issues: [{ path: 'phone', code: 'taken' }],
    })
  })

  it('gives a contested address to exactly one of 50 at once', async () => {
    const test = await open()
    const attempts = Array.from({ length: 50 }, (_, index) =>
      test.auth.users.register({
        ...jane,
        email: index % 2 === 0 ? jane.email : 'Jane@Example.com',
        username: `u${index}`,
      }),
    )
    const results = await Promise.allSettled(attempts)
    const refused = results.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(49)
    expect(new Set(refused.map((result) => (result as PromiseRejectedResult).reason.code))).toEqual(
      new Set(['email_taken']),
    )
    expect(await countRows(test)).toEqual([1, 2, 1, 1])
  })

  it.each([
    ['verified', 'unknown_field'],
    ['id', 'unknown_field'],
    ['role', 'unknown_field'],
    ['roles', 'unknown_field'],
    ['status', 'unknown_field'],
    ['password_hash', 'unknown_field'],
    ['epoch', 'unknown_field'],
    ['created_at', 'unknown_field'],
    ['__proto__', 'unknown_field'],
  ])('does not take %s from the caller', async (field, code) => {
    const test = await open()
    // As JSON.parse makes it: an own member even for __proto__.
    const input: unknown = JSON.parse(`{"${field}":"x",${JSON.stringify(jane).slice(1)}`)
    await expect(test.auth.collection('users')?.register(input)).rejects.toMatchObject({ code })
    expect(await countRows(test)).toEqual([0, 0, 0, 0])
  })

  it('refuses a short or a huge password before hashing', async () => {
    const { auth } = await open()
    await expect(auth.users.register({ ...jane, password: 'seven77' })).rejects.toMatchObject({ code: 'weak_password' })
    await expect(auth.users.register({ ...jane, password: 'x'.repeat(1_025) })).rejects.toMatchObject({
      code: 'weak_password',
    })
  })

  it('is refused by a collection that is closed, and leaves users without the address verified waiting', async () => {
    const { defineCollection } = await import('@cardea/collections')
    const closed = defineCollection('vendors', { type: 'auth', auth: { registration: 'closed' } })
    const strict = defineCollection('students', { type: 'auth', auth: { requireVerified: true } })
    const storage = createMemoryStorage()
    const auth = createCardea({
      storage,
      secret,
      environment: 'test',
      collections: [closed, strict],
      passwords: cheapHashing,
    })
    await auth.migrate()
    await auth.ready()
    const account = { email: 'a@example.com', password: 'a good password' }
    await expect(auth.collections.vendors.register(account)).rejects.toMatchObject({ code: 'method_disabled' })
    const waiting = await auth.collections.students.register(account)
    expect(waiting).toMatchObject({ status: 'verification_required', user: { email: account.email, verified: false } })
    expect(await storage.count(sessions)).toBe(0)
    await expect(auth.collections.students.login(account)).rejects.toMatchObject({ code: 'email_not_verified' })
    await expect(auth.collections.students.login({ ...account, password: 'a bad password' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })
})

describe('the first admin', () => {
  const setupCode = (lines: readonly string[]) => /"setup_code": "([\w-]{24})"/.exec(lines.join('\n'))?.[1] ?? ''

  it('is made once by the set-up code, of several at once', async () => {
    const { auth, logger } = await open()
    const code = setupCode(logger.lines)
    const attempts = Array.from(
      { length: 10 },
      async (_, index) =>
        await auth
          .collection('users')
          ?.register({ ...jane, email: `a${index}@example.com`, username: `a${index}`, setup_code: code }),
    )
    const results = await Promise.allSettled(attempts)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await auth.permissions.hasAdmin()).toBe(true)
    const late = { ...jane, setup_code: code }
    await expect(auth.collection('users')?.register(late)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is made by the code of any root secret, so that a rotation does not matter', async () => {
    const { logger, storage } = await open()
    const rotated = createCardea({
      storage,
      secret: ['another secret for tests: 1a2b3c4d5e6f7a8b', secret],
      environment: 'test',
      passwords: cheapHashing,
    })
    await rotated.ready()
    await rotated.collection('users')?.register({ ...jane, setup_code: setupCode(logger.lines) })
    expect(await rotated.permissions.hasAdmin()).toBe(true)
  })

  it.each(['', 'guess', 'x'.repeat(24)])('is not made by the code "%s"', async (code) => {
    const { auth } = await open()
    const input = { ...jane, setup_code: code }
    await expect(auth.collection('users')?.register(input)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await auth.permissions.hasAdmin()).toBe(false)
  })

  it('is made once by createFirstAdmin, of several at once', async () => {
    const { auth } = await open()
    const attempts = Array.from({ length: 10 }, (_, index) =>
      auth.createFirstAdmin({ ...jane, email: `a${index}@example.com`, username: `a${index}` }),
    )
    const results = await Promise.allSettled(attempts)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
    expect(new Set(reasons)).toEqual(new Set(['conflict']))
  })
})
