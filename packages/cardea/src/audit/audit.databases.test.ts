import { CardeaError } from '@cardea/core'
import { audit } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditQuery } from '../api/audit.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea, jane } from '../testing.fixture.js'

const awkward = 'Mozilla \u{1F600}\r\nlevel=error\u001b[31m\u0000\u2028\u202e\ud800'
const request = { ip: '::ffff:192.0.2.7', userAgent: awkward, requestId: 'request-1' }

describe.each(databases)('auth.audit on $name', ({ open }) => {
  let database: TestDatabase
  let test: ReturnType<typeof createTestCardea>

  beforeEach(async () => {
    database = await open()
    test = createTestCardea({ storage: database.nodes[0], audit: true })
    await test.auth.migrate()
    await test.auth.ready()
  })

  afterEach(async () => {
    await test.settle()
    await test.auth.close()
    await database.close()
  })

  const types = async (query?: AuditQuery) => (await test.auth.audit.list(query)).map(({ type }) => type)
  const register = async (email: string = jane.email) => {
    const registered = await test.auth.users.register({ email, password: jane.password })
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    return registered.signIn
  }

  it('keeps what succeeds and what fails with the request it came with, by the time that has ended', async () => {
    const { auth } = test
    const { user, session } = await auth.inRequest(request, () => register())
    expect(await types()).toEqual(['sign_in.succeeded', 'user.registered'])
    const wrong = auth.inRequest(request, () => auth.users.login({ email: jane.email, password: 'not the password' }))
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_credentials' })
    const [failed, signedIn] = await auth.audit.list({ principalId: user.id })
    expect(failed).toEqual({
      id: expect.any(String),
      type: 'sign_in.failed',
      outcome: 'failure',
      at: test.clock.now(),
      collection: 'users',
      principalId: user.id,
      actorId: null,
      sessionId: null,
      keyId: null,
      ip: '192.0.2.7',
      userAgent: 'Mozilla \u{1F600}\u{FFFD}\u{FFFD}level=error\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}',
      requestId: 'request-1',
      count: 1,
      details: { reason: 'mismatch' },
    })
    expect(signedIn).toMatchObject({
      type: 'sign_in.succeeded',
      outcome: 'success',
      sessionId: session.id,
      details: {},
    })
  })

  it('says who asked, in which session, where it is about somebody else', async () => {
    const { auth } = test
    const admin = await register('admin@example.com')
    const other = await register()
    const by = { principalId: admin.user.id, session: { id: admin.session.id } }
    await auth.inRequest({ by }, () => auth.users.disable(other.user.id))
    await auth.inRequest({ by }, () => auth.users.update(admin.user.id, { name: 'Admin' }))
    await auth.inRequest({ by }, () => auth.sessions.revokeAll(admin.user.id))
    await auth.audit.flush()
    expect(await auth.audit.list({ limit: 3 })).toMatchObject([
      { type: 'session.revoked', principalId: admin.user.id, actorId: null, sessionId: null },
      { type: 'user.updated', actorId: null, sessionId: admin.session.id, details: { fields: ['name'] } },
      { type: 'principal.disabled', principalId: other.user.id, actorId: admin.user.id, sessionId: admin.session.id },
    ])
    expect(await types({ actorId: admin.user.id })).toEqual(['principal.disabled'])
  })

  it('finds by each filter, and all that is given at once', async () => {
    const { auth, clock } = test
    const first = await auth.inRequest(request, () => register())
    clock.advance(1_000)
    const at = clock.now()
    const second = await auth.inRequest({ ip: '198.51.100.1' }, () => register('second@example.com'))
    await expect(auth.users.login({ email: jane.email, password: 'wrong' })).rejects.toThrow('not right')
    await auth.audit.flush()
    expect(await types({ type: 'sign_in.failed' })).toEqual(['sign_in.failed'])
    expect(await types({ outcome: 'failure' })).toEqual(['sign_in.failed'])
    expect(await types({ sessionId: second.session.id })).toEqual(['sign_in.succeeded'])
    expect(await types({ ip: '::ffff:192.0.2.7' })).toEqual(['sign_in.succeeded', 'user.registered'])
    expect(await types({ to: at })).toEqual(['sign_in.succeeded', 'user.registered'])
    expect(await types({ from: at, principalId: first.user.id })).toEqual(['sign_in.failed'])
    expect(await types({ from: at, principalId: first.user.id, outcome: 'success' })).toEqual([])
    expect(await auth.audit.count({ outcome: 'success' })).toBe(4)
    expect(await types({ first: 'oldest', limit: 1 })).toEqual(['user.registered'])
    expect(await types({ limit: 1, offset: 4 })).toEqual(['user.registered'])
  })

  it('goes on behind an entry, also among those of one instant', async () => {
    for (let number = 0; number < 4; number += 1) await register(`number${number}@example.com`)
    await test.auth.audit.flush()
    const all = await test.auth.audit.list()
    expect(all).toHaveLength(8)
    const seen: string[] = []
    let after: AuditQuery['after']
    for (;;) {
      const part = await test.auth.audit.list({ limit: 3, ...(after === undefined ? {} : { after }) })
      seen.push(...part.map(({ id }) => id))
      after = part.at(-1)
      if (part.length < 3) break
    }
    expect(seen).toEqual(all.map(({ id }) => id))
  })

  it('goes with a transaction of the app, which alone tells of it', async () => {
    const { auth, events } = test
    const { user } = await register()
    await auth.audit.flush()
    const before = await types()
    events.length = 0
    const rolledBack = database.app.transaction().execute(async (transaction) => {
      await auth.with(transaction).users.update(user.id, { name: 'Nobody' })
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect(await types()).toEqual(before)
    await database.app.transaction().execute(async (transaction) => {
      const inTransaction = auth.with(transaction)
      const { users, permissions } = inTransaction
      await auth.inRequest(request, () => users.update(user.id, { name: 'Jane' }))
      await inTransaction.collection('users')?.update(user.id, { name: 'Janet' })
      await permissions.assign(user.id, 'editor')
    })
    // Nobody has called `committed`.
    expect(events).toEqual([])
    const kept = await auth.audit.list({ limit: 3 })
    expect(kept.map(({ type, ip }) => [type, ip])).toEqual([
      ['role.assigned', null],
      ['user.updated', null],
      ['user.updated', '192.0.2.7'],
    ])
  })

  it('leaves room for the failures that count, whatever anybody floods it with from many networks', async () => {
    const { auth, clock } = test
    const { user } = await register()
    for (let count = 0; count < 1_000; count += 1) {
      const about = { at: clock.now(), collection: null, principalId: null }
      auth.report({ type: 'request.forged', ...about }, { ip: `2001:db8:0:${(count % 100).toString(16)}::1` })
      auth.report({ type: 'request.limited', limit: 'health', ...about }, { ip: `192.0.${count % 100}.1` })
      const denied = { ...about, type: 'access.denied', principalId: user.id, permission: 'audit:read' } as const
      auth.report(denied, { ip: `2001:db8:1:${(count % 100).toString(16)}::1` })
    }
    for (const ip of ['198.51.100.1', '198.51.100.2']) {
      const guess = auth.inRequest({ ip }, () => auth.users.login({ email: jane.email, password: 'wrong' }))
      await expect(guess).rejects.toMatchObject({ code: 'invalid_credentials' })
    }
    await test.settle()
    const failed = await auth.audit.list({ type: 'sign_in.failed', principalId: user.id })
    expect(failed.map(({ ip }) => ip)).toEqual(['198.51.100.2', '198.51.100.1'])
  })

  it('gathers floods of failures, and says how many they were', async () => {
    const { auth, clock } = test
    const guess = (ip: string) =>
      auth.report({ type: 'request.forged', at: clock.now(), collection: null, principalId: null }, { ip })
    for (let count = 0; count < 1_000; count += 1) guess('192.0.2.1')
    for (let count = 0; count < 3; count += 1) guess('192.0.2.2')
    await test.settle()
    const counts = async () =>
      (await auth.audit.list({ type: 'request.forged', limit: 1_000 })).map(({ count }) => count)
    const soon = await counts()
    // 20 alone, then 20, 40, 80, 160, 320 together; three of another network.
    expect(soon.length).toBe(28)
    clock.advance(60_000)
    guess('192.0.2.1')
    await test.settle()
    const all = await counts()
    expect(all).toHaveLength(30)
    expect(all.reduce((sum, count) => sum + count)).toBe(1_004)
  })

  it('forgets what is older than it is to be kept, in portions', async () => {
    const { auth, clock } = test
    for (let minute = 0; minute < 8; minute += 1) {
      for (let network = 0; network < 150; network += 1) {
        auth.report(
          { type: 'request.forged', at: clock.now(), collection: null, principalId: null },
          { ip: `10.0.${minute}.${network}` },
        )
      }
      clock.advance(60_000)
    }
    await auth.audit.flush()
    expect(await auth.audit.count()).toBe(1_200)
    clock.advance(90 * 86_400_000)
    await register()
    await auth.audit.flush()
    await auth.jobs.run()
    expect(await types()).toEqual(['sign_in.succeeded', 'user.registered'])
  })
})

describe('createCardea with audit', () => {
  it('keeps nothing where it is off, and leaves kinds out', async () => {
    for (const [audit, expected] of [
      [false, []],
      [{ except: ['user.registered'] }, ['sign_in.succeeded']],
    ] as const) {
      const { auth, events, settle } = createTestCardea({ audit })
      await auth.migrate()
      await auth.ready()
      await auth.users.register(jane)
      await settle()
      expect((await auth.audit.list()).map(({ type }) => type)).toEqual(expected)
      expect(events).toHaveLength(2)
    }
  })

  it('answers a request once its events are written, and has mails wait for that', async () => {
    const memory = createMemoryStorage()
    const gate = Promise.withResolvers<void>()
    const worked = Promise.withResolvers<void>()
    const done: string[] = []
    const insert: typeof memory.insert = async (table, rows, options) => {
      if (table.name === audit.name) await gate.promise
      return await memory.insert(table, rows, options)
    }
    const storage = new Proxy(memory, {
      get: (target, key): unknown => {
        if (key === 'insert') return insert
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const { auth, settle } = createTestCardea({ storage, audit: true, send: async () => void done.push('sent') })
    await auth.migrate()
    await auth.ready()
    const request = auth.inRequest({}, async () => {
      await auth.users.register(jane)
      await auth.users.requestPasswordReset(jane.email)
      done.push('worked')
      worked.resolve()
    })
    const answered = request.then(() => done.push('answered'))
    await worked.promise
    // More turns than an answer takes that waits for nothing.
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(done).toEqual(['worked'])
    gate.resolve()
    await answered
    await settle()
    expect(done).toEqual(['worked', 'answered', 'sent'])
  })

  it('writes what waits once storage is back, each event once, and at the end', async () => {
    const memory = createMemoryStorage()
    /** Whether an insert is done and its answer lost, or not even done. */
    let failure: 'none' | 'before' | 'after' = 'none'
    const insert: typeof memory.insert = async (table, rows, options) => {
      if (table.name !== audit.name || failure === 'none') return await memory.insert(table, rows, options)
      if (failure === 'after') await memory.insert(table, rows, options)
      throw new CardeaError('unavailable', 'away')
    }
    const storage = new Proxy(memory, {
      get: (target, key): unknown => {
        if (key === 'insert') return insert
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const { auth, logger, settle } = createTestCardea({ storage, audit: true })
    await auth.migrate()
    await auth.ready()
    failure = 'before'
    await auth.inRequest({}, () => auth.users.register(jane))
    await settle()
    expect(await auth.audit.list()).toEqual([])
    failure = 'after'
    await auth.inRequest({}, () => auth.users.register({ ...jane, email: 'x@example.com', username: 'x' }))
    await settle()
    expect(logger.lines.filter((line) => line.startsWith('error Events wait for storage.')).length).toBeGreaterThan(1)
    failure = 'none'
    await auth.close()
    expect((await memory.find(audit, { limit: 'all' })).map(({ type }) => type).sort()).toEqual([
      'sign_in.succeeded',
      'sign_in.succeeded',
      'user.registered',
      'user.registered',
    ])
  })
})
