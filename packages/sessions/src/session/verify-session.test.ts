import { eq } from '@cardea/core'
import { authz, principals, sessions as sessionTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import {
  bumpEpoch,
  createBench,
  day,
  hour,
  minute,
  proofOf,
  second,
  setStatus,
  signIn,
  type TestBench,
} from '../sessions.fixture.js'

const users = ['users'] as const
const revoked = { valid: false, code: 'session_revoked' }
const expired = { valid: false, code: 'token_expired' }
const unauthenticated = { valid: false, code: 'unauthenticated' }
const invalid = { valid: false, code: 'token_invalid' }

describe('verifyCookie', () => {
  it('finds principal, session and versions by one statement', async () => {
    const bench = await createBench()
    const { cookieToken, session } = await signIn(bench.sessions)
    await bench.storage.update(authz, { where: eq('id', 'authz'), set: { policy_version: 7, config_version: 8 } })
    await bench.storage.update(principals, { where: eq('id', 'anna'), set: { authz_version: 9 } })
    const statements = await bench.countStatements(async () => {
      expect(await bench.sessions.verifyCookie(cookieToken, users)).toEqual({
        valid: true,
        credential: 'cookie',
        principal: { id: 'anna', collection: 'users' },
        session,
        versions: { epoch: 0, authz: 9, policy: 7, config: 8 },
      })
    })
    expect(statements).toBe(1)
  })

  it.each([
    ['', 0],
    ['short', 0],
    ['x'.repeat(1_048_576), 0],
    [`${'x'.repeat(42)}=`, 0],
    [`${'x'.repeat(43)}\n`, 0],
    ['x'.repeat(43), 1],
  ])('does not know %.50j', async (token, statements) => {
    const bench = await createBench()
    await signIn(bench.sessions)
    const made = await bench.countStatements(async () => {
      expect(await bench.sessions.verifyCookie(token, users)).toEqual(unauthenticated)
    })
    expect(made).toBe(statements)
  })

  it.each([0, true, null, undefined, ['x'], {}])('does not know %j', async (token) => {
    const { sessions } = await createBench()
    await sessions.start(proofOf('anna'), {}, { cookie: false, tokens: true })
    // What a caller without types might pass.
    expect(await sessions.verifyCookie(token as string, users)).toEqual(unauthenticated)
  })

  it('does not take the stored hash for the token', async () => {
    const { sessions, row } = await createBench()
    const { session } = await signIn(sessions)
    const hash = (await row(session.id))?.token_hash ?? ''
    expect(await sessions.verifyCookie(hash, users)).toEqual(unauthenticated)
  })

  it('takes only principals of the given collections', async () => {
    const { sessions } = await createBench()
    const { cookieToken } = await signIn(sessions, 'carl')
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(unauthenticated)
    expect(await sessions.verifyCookie(cookieToken, [])).toEqual(unauthenticated)
    expect(await sessions.verifyCookie(cookieToken, ['users', 'customers'])).toMatchObject({ valid: true })
  })

  it('refuses the cookie after its own limit, though the session lives', async () => {
    const { sessions, advance } = await createBench()
    const { cookieToken, accessToken } = await signIn(sessions)
    advance(day - 1)
    expect(await sessions.verifyCookie(cookieToken, users)).toMatchObject({ valid: true })
    advance(1)
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(expired)
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(expired)
  })

  it('ends an idle session, and keeps a used one alive until its absolute limit', async () => {
    const lifetimes = { cookieSeconds: 10_000, idleSeconds: 600, absoluteSeconds: 3_600 }
    const { sessions, advance, settle } = await createBench({ lifetimes })
    const idle = await signIn(sessions)
    const used = await signIn(sessions)
    advance(599 * second)
    expect(await sessions.verifyCookie(used.cookieToken, users)).toMatchObject({ valid: true })
    await settle()
    advance(1 * second)
    expect(await sessions.verifyCookie(idle.cookieToken, users)).toEqual(expired)
    for (let at = 600; at < 3_500; at += 500) {
      expect(await sessions.verifyCookie(used.cookieToken, users)).toMatchObject({ valid: true })
      await settle()
      advance(500 * second)
    }
    // At 3,600 seconds.
    expect(await sessions.verifyCookie(used.cookieToken, users)).toEqual(expired)
  })

  it('notes the use of a session at most once a minute, behind the answer', async () => {
    const bench = await createBench()
    const { cookieToken, session } = await signIn(bench.sessions)
    const use = () => bench.sessions.verifyCookie(cookieToken, users)
    bench.advance(minute - 1)
    await use()
    expect(bench.backgroundCount()).toBe(0)
    bench.advance(1)
    await Promise.all(Array.from({ length: 20 }, use))
    expect(bench.backgroundCount()).toBe(1)
    await bench.settle()
    expect(await bench.row(session.id)).toMatchObject({
      last_used_at: bench.time.now,
      idle_expires_at: bench.time.now + 7 * day,
    })
    await use()
    bench.advance(minute - 1)
    await use()
    expect(bench.backgroundCount()).toBe(1)
    bench.advance(1)
    await use()
    expect(bench.backgroundCount()).toBe(2)
  })

  it('notes use again after the database failed to take a note', async () => {
    const bench = await createBench()
    const { cookieToken, session } = await signIn(bench.sessions)
    let fails = true
    const flaky = bench.node({
      storage: {
        ...bench.storage,
        update: async (table, query) => {
          if (fails) throw new Error('gone')
          return await bench.storage.update(table, query)
        },
      },
    })
    bench.advance(minute)
    expect(await flaky.verifyCookie(cookieToken, users)).toMatchObject({ valid: true })
    await bench.settle()
    fails = false
    expect(await flaky.verifyCookie(cookieToken, users)).toMatchObject({ valid: true })
    await bench.settle()
    expect((await bench.row(session.id))?.last_used_at).toBe(bench.time.now)
  })

  it('does not turn time back by a late note of use', async () => {
    const bench = await createBench({ lifetimes: { idleSeconds: 600 } })
    const { cookieToken, session } = await signIn(bench.sessions)
    const held: (() => void)[] = []
    const slow = bench.node({
      storage: {
        ...bench.storage,
        update: async (table, query) => {
          await new Promise<void>((resolve) => held.push(resolve))
          return await bench.storage.update(table, query)
        },
      },
    })
    bench.advance(2 * minute)
    await slow.verifyCookie(cookieToken, users)
    bench.advance(2 * minute)
    await bench.sessions.verifyCookie(cookieToken, users)
    while ((await bench.row(session.id))?.last_used_at !== bench.time.now) await Promise.resolve()
    const before = await bench.row(session.id)
    for (const go of held) go()
    await bench.settle()
    expect(await bench.row(session.id)).toEqual(before)
  })

  it.each([
    ['the epoch of the principal moved', bumpEpoch],
    ['the principal was disabled', (storage: TestBench['storage']) => setStatus(storage, 'disabled')],
    ['the principal has an unknown status', (storage: TestBench['storage']) => setStatus(storage, '')],
  ])('refuses every credential at once when %s', async (_what, change) => {
    const { sessions, storage } = await createBench()
    const { cookieToken, accessToken, refreshToken } = await signIn(sessions)
    expect(await sessions.verifyCookie(cookieToken, users)).toMatchObject({ valid: true })
    expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject({ valid: true })
    await change(storage)
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(revoked)
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(revoked)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(revoked)
  })

  it('does not revive a session when a disabled principal is enabled', async () => {
    const { sessions, storage } = await createBench()
    const { cookieToken } = await signIn(sessions)
    await storage.update(principals, { where: eq('id', 'anna'), set: { status: 'disabled' }, increment: { epoch: 1 } })
    await storage.update(principals, { where: eq('id', 'anna'), set: { status: 'active' }, increment: { epoch: 1 } })
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(revoked)
  })

  it('refuses everything of a principal that was deleted, also when one comes back with its id', async () => {
    const { sessions, storage } = await createBench()
    const { cookieToken, accessToken, refreshToken } = await signIn(sessions)
    await storage.delete(principals, eq('id', 'anna'))
    await storage.insert(principals, {
      id: 'anna',
      collection: 'users',
      record_key: 'anna',
      status: 'active',
      created_at: 0,
    })
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(unauthenticated)
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(revoked)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(invalid)
  })

  it('says unavailable, not unauthenticated, when the database fails', async () => {
    const bench = await createBench()
    const { cookieToken, accessToken } = await signIn(bench.sessions)
    const broken = bench.node({
      storage: {
        ...bench.storage,
        findOne: async () => {
          throw new Error('no connection')
        },
      },
    })
    await expect(broken.verifyCookie(cookieToken, users)).rejects.toThrow('no connection')
    await expect(broken.verifyAccessToken(accessToken, users)).rejects.toThrow('no connection')
  })
})

describe('verifyAccessToken', () => {
  it('finds principal, session and versions by one statement, in strict mode', async () => {
    const bench = await createBench()
    const { accessToken, session } = await signIn(bench.sessions)
    for (const _round of ['signature computed', 'signature remembered']) {
      const statements = await bench.countStatements(async () => {
        expect(await bench.sessions.verifyAccessToken(accessToken, users)).toEqual({
          valid: true,
          credential: 'access_token',
          principal: { id: 'anna', collection: 'users' },
          session,
          versions: { epoch: 0, authz: 0, policy: 0, config: 0 },
        })
      })
      expect(statements).toBe(1)
    }
  })

  it('makes no statement in stateless mode, and knows what the token says', async () => {
    const bench = await createBench({ mode: 'stateless' })
    const { accessToken, session } = await signIn(bench.sessions, 'anna', { amr: ['pwd', 'otp'], aal: 2 })
    const issuedAt = bench.time.now
    bench.advance(hour)
    const statements = await bench.countStatements(async () => {
      expect(await bench.sessions.verifyAccessToken(accessToken, users)).toEqual({
        valid: true,
        credential: 'access_token',
        principal: { id: 'anna', collection: 'users' },
        session: {
          id: session.id,
          principalId: 'anna',
          createdAt: issuedAt,
          lastUsedAt: issuedAt,
          expiresAt: issuedAt + day,
          ip: null,
          userAgent: null,
          actorId: null,
          amr: ['pwd', 'otp'],
          aal: 2,
          authTime: 0,
        },
        versions: undefined,
      })
      expect(await bench.sessions.verifyAccessToken(accessToken, ['customers'])).toEqual(invalid)
    })
    expect(statements).toBe(0)
    bench.advance(day)
    expect(await bench.sessions.verifyAccessToken(accessToken, users)).toEqual(expired)
  })

  it('still looks cookies up in stateless mode', async () => {
    const bench = await createBench({ mode: 'stateless' })
    const { cookieToken } = await signIn(bench.sessions)
    await bumpEpoch(bench.storage)
    expect(await bench.sessions.verifyCookie(cookieToken, users)).toEqual(revoked)
  })

  it('refuses the token at the very next request after the session was ended', async () => {
    const { sessions } = await createBench()
    const { accessToken, session } = await signIn(sessions)
    expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject({ valid: true })
    await sessions.revoke('anna', session.id)
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(revoked)
  })

  it('believes the row rather than the token', async () => {
    const { sessions, storage } = await createBench()
    const { accessToken, session } = await signIn(sessions)
    await storage.update(sessionTable, { where: eq('id', session.id), set: { aal: 2, amr: ['pwd', 'otp'] } })
    expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject({
      session: { aal: 2, amr: ['pwd', 'otp'] },
    })
    await storage.update(sessionTable, { where: eq('id', session.id), set: { principal_id: 'ben' } })
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(invalid)
    await storage.update(sessionTable, { where: eq('id', session.id), set: { principal_id: 'anna' } })
    await storage.update(principals, { where: eq('id', 'anna'), set: { collection: 'customers' } })
    expect(await sessions.verifyAccessToken(accessToken, ['users', 'customers'])).toEqual(invalid)
  })

  it('takes only principals of the given collections', async () => {
    const { sessions } = await createBench()
    const { accessToken } = await signIn(sessions, 'carl')
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(invalid)
    expect(await sessions.verifyAccessToken(accessToken, [])).toEqual(invalid)
    expect(await sessions.verifyAccessToken(accessToken, ['customers', 'users'])).toMatchObject({ valid: true })
  })

  it('keeps an idle session from going on by its access token', async () => {
    const { sessions, advance } = await createBench({ lifetimes: { idleSeconds: 600 } })
    const { accessToken } = await signIn(sessions)
    advance(600 * second)
    expect(await sessions.verifyAccessToken(accessToken, users)).toEqual(expired)
  })

  it.each(['idle_expires_at', 'absolute_expires_at', 'cookie_expires_at'] as const)(
    'treats a %s that is no instant as past',
    async (column) => {
      const bench = await createBench()
      const { cookieToken } = await signIn(bench.sessions)
      for (const broken of [Number.NaN, null, '9999999999999', Number.POSITIVE_INFINITY]) {
        const sessions = bench.node({
          storage: {
            ...bench.storage,
            findOne: async (table, query, params) => {
              const row = await bench.storage.findOne(table, query, params)
              return row === undefined ? undefined : { ...row, [column]: broken }
            },
          },
        })
        expect(await sessions.verifyCookie(cookieToken, users)).toEqual(expired)
      }
    },
  )
})
