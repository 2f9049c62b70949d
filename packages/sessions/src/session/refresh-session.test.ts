import { and, eq } from '@cardea/core'
import { createKeyring, hmacSha256 } from '@cardea/core/crypto'
import { authz, principals, sessions as sessionTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import {
  createBench,
  day,
  otherSecret,
  refreshed,
  rootSecret,
  second,
  signIn,
  type TestBench,
  takeApart,
} from '../sessions.fixture.js'

const users = ['users'] as const
const invalid = { valid: false, code: 'token_invalid' }
const reused = { valid: false, code: 'token_reused' }
const expired = { valid: false, code: 'token_expired' }

/** A refresh token of any counter with a MAC that verifies. */
async function genuine(bench: TestBench, sessionId: string, counter: number): Promise<string> {
  const salt = (await bench.row(sessionId))?.refresh_salt ?? ''
  const { bytes } = bench.keyring.current('refresh-token')
  return `${sessionId}.${counter}.${hmacSha256(bytes, `${sessionId}|${counter}|${salt}`)}`
}

describe('refresh', () => {
  it('gives a successor and a new access token, by two statements', async () => {
    const bench = await createBench()
    const { refreshToken, session, accessToken } = await signIn(bench.sessions)
    bench.advance(day / 2)
    await bench.storage.update(authz, { where: eq('id', 'authz'), set: { policy_version: 7, config_version: 8 } })
    await bench.storage.update(principals, { where: eq('id', 'anna'), set: { authz_version: 9 } })
    const statements = await bench.countStatements(async () => {
      const result = await bench.sessions.refresh(refreshToken, 'users')
      expect(result).toEqual({
        valid: true,
        principal: { id: 'anna', collection: 'users' },
        versions: { authz: 9, policy: 7, config: 8 },
        session: { ...session, lastUsedAt: bench.time.now, expiresAt: bench.time.now + 7 * day },
        accessToken: expect.any(String),
        refreshToken: expect.stringMatching(new RegExp(`^${session.id}\\.1\\.[A-Za-z0-9_-]{43}$`)),
        expiresAt: bench.time.now + day,
        expiresInSeconds: 86_400,
        rotated: true,
        cookieExtended: false,
        cookieMaxAgeSeconds: 43_200,
      })
      if (!result.valid) return
      expect(result.refreshToken).not.toBe(refreshToken)
      const claims = takeApart(result.accessToken).payload
      expect(claims).toMatchObject({ sid: session.id, sub: 'anna', col: 'users', amr: ['pwd'], aal: 1 })
      expect(claims['jti']).not.toBe(takeApart(accessToken).payload['jti'])
    })
    expect(statements).toBe(2)
    expect(await bench.row(session.id)).toMatchObject({
      refresh_counter: 1,
      rotated_at: bench.time.databaseNow,
      last_used_at: bench.time.now,
      idle_expires_at: bench.time.now + 7 * day,
    })
  })

  it('uses nothing up when what the answer needs cannot be read, however long that lasts', async () => {
    const bench = await createBench()
    const { refreshToken, session } = await signIn(bench.sessions)
    const broken = { prepare: () => Promise.reject(new Error('away')) }
    await expect(bench.sessions.refresh(refreshToken, 'users', broken)).rejects.toThrow('away')
    expect((await bench.row(session.id))?.refresh_counter).toBe(0)
    bench.advance(11 * second)
    const found: unknown[] = []
    const request = { prepare: async (of: unknown) => void found.push(of) }
    expect(await bench.sessions.refresh(refreshToken, 'users', request)).toMatchObject({ valid: true, rotated: true })
    expect(found).toEqual([
      { principal: { id: 'anna', collection: 'users' }, versions: { authz: 0, policy: 0, config: 0 } },
    ])
    // Nor is anything read for a token that is refused.
    expect(await bench.sessions.refresh(`${refreshToken}x`, 'users', request)).toEqual(invalid)
    expect(found).toHaveLength(1)
  })

  it('goes on from successor to successor', async () => {
    const { sessions, advance } = await createBench()
    let { refreshToken } = await signIn(sessions)
    for (let round = 1; round <= 5; round += 1) {
      advance(day)
      refreshToken = await refreshed(sessions, refreshToken)
      expect(refreshToken.split('.')[1]).toBe(String(round))
    }
  })

  it('gives the same successor again within the grace, by two statements, and does not fork', async () => {
    const bench = await createBench()
    const { refreshToken, session } = await signIn(bench.sessions)
    const successor = await refreshed(bench.sessions, refreshToken)
    bench.advance(10 * second)
    const statements = await bench.countStatements(async () => {
      expect(await bench.sessions.refresh(refreshToken, 'users')).toMatchObject({
        valid: true,
        rotated: false,
        refreshToken: successor,
      })
    })
    expect(statements).toBe(2)
    expect((await bench.row(session.id))?.refresh_counter).toBe(1)
    expect(await refreshed(bench.sessions, successor)).toBeTypeOf('string')
    expect(bench.events).toEqual([])
  })

  it('does not let the grace be drawn out', async () => {
    const { sessions, advance } = await createBench()
    const { refreshToken } = await signIn(sessions)
    await refreshed(sessions, refreshToken)
    advance(6 * second)
    await refreshed(sessions, refreshToken)
    advance(6 * second)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(reused)
  })

  it('ends the session when the previous token comes after the grace', async () => {
    const { sessions, advance, row, events, time } = await createBench()
    const { refreshToken, session, cookieToken, accessToken } = await signIn(sessions)
    const successor = await refreshed(sessions, refreshToken)
    advance(10 * second + 1)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(reused)
    expect(await row(session.id)).toBeUndefined()
    expect(events).toEqual([
      {
        type: 'refresh_token_reused',
        at: time.now,
        principalId: 'anna',
        collection: 'users',
        sessionId: session.id,
      },
    ])
    expect(await sessions.refresh(successor, 'users')).toEqual(invalid)
    expect(await sessions.verifyCookie(cookieToken, users)).toMatchObject({ valid: false })
    expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject({ valid: false })
  })

  it('ends the session when an older token comes, even within the grace', async () => {
    const { sessions, events } = await createBench()
    const { refreshToken: first } = await signIn(sessions)
    const second_ = await refreshed(sessions, first)
    const third = await refreshed(sessions, second_)
    expect(await sessions.refresh(first, 'users')).toEqual(reused)
    expect(await sessions.refresh(third, 'users')).toEqual(invalid)
    expect(events).toHaveLength(1)
  })

  it('ends no other session of the principal', async () => {
    const { sessions, advance } = await createBench()
    const { refreshToken } = await signIn(sessions)
    const other = await signIn(sessions)
    await refreshed(sessions, refreshToken)
    advance(11 * second)
    await sessions.refresh(refreshToken, 'users')
    expect(await sessions.verifyCookie(other.cookieToken, users)).toMatchObject({ valid: true })
  })

  it('reports one event for many reuses at once', async () => {
    const { sessions, advance, events } = await createBench()
    const { refreshToken } = await signIn(sessions)
    await refreshed(sessions, refreshToken)
    advance(11 * second)
    const results = await Promise.all(Array.from({ length: 20 }, () => sessions.refresh(refreshToken, 'users')))
    for (const result of results) expect(result.valid).toBe(false)
    expect(events).toHaveLength(1)
  })

  it('does not fail when the listener of events does', async () => {
    const bench = await createBench()
    const sessions = bench.node({
      onEvent: () => {
        throw new Error('listener')
      },
    })
    const { refreshToken } = await signIn(sessions)
    await refreshed(sessions, refreshToken)
    bench.advance(11 * second)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(reused)
    await bench.settle()
  })

  it('measures the grace by the clock of the database, whatever the nodes believe', async () => {
    for (const skew of [-300 * second, 300 * second]) {
      const bench = await createBench()
      const { refreshToken } = await signIn(bench.sessions)
      // The node that rotates and the one that is asked again disagree with the database and with one another.
      bench.time.now += skew
      await refreshed(bench.sessions, refreshToken)
      bench.time.now -= 2 * skew
      bench.time.databaseNow += 10 * second
      expect(await bench.sessions.refresh(refreshToken, 'users')).toMatchObject({ valid: true, rotated: false })
      bench.time.databaseNow += 1
      expect(await bench.sessions.refresh(refreshToken, 'users')).toEqual(reused)
    }
  })

  it('keeps one chain when 50 refresh the same token at once, on two nodes, a hundred times', async () => {
    const bench = await createBench()
    const nodes = [bench.sessions, bench.node({})]
    const { refreshToken, session } = await signIn(bench.sessions)
    let current = refreshToken
    for (let round = 1; round <= 100; round += 1) {
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => (nodes[index % 2] ?? bench.sessions).refresh(current, 'users')),
      )
      const successors = new Set(results.map((result) => (result.valid ? result.refreshToken : result.code)))
      expect(successors.size).toBe(1)
      expect(results.filter((result) => result.valid && result.rotated)).toHaveLength(1)
      current = [...successors][0] ?? ''
      expect((await bench.row(session.id))?.refresh_counter).toBe(round)
    }
    expect(bench.events).toEqual([])
  })

  it('gives no second chance when there is no grace', async () => {
    const { sessions, advance } = await createBench({ lifetimes: { refreshGraceSeconds: 0 } })
    const { refreshToken } = await signIn(sessions)
    await refreshed(sessions, refreshToken)
    advance(1)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(reused)
  })

  it('takes nothing for genuine that it did not make, and ends nothing for it', async () => {
    const bench = await createBench()
    const { sessions, keyring } = bench
    const { refreshToken: first, session } = await signIn(sessions)
    const other = await signIn(sessions)
    const current = await refreshed(sessions, await refreshed(sessions, first))
    const [id, , mac = ''] = current.split('.')
    const salt = (await bench.row(session.id))?.refresh_salt ?? ''
    const macOf = (key: Uint8Array, text: string) => hmacSha256(key, text)
    const { bytes } = keyring.current('refresh-token')
    for (const token of [
      `${id}.2.${'A'.repeat(43)}`,
      `${id}.0.${mac}`,
      `${id}.1.${mac}`,
      `${id}.3.${mac}`,
      `${other.session.id}.2.${mac}`,
      `${other.session.id}.0.${mac}`,
      `${id}.0.${macOf(keyring.current('access-token').bytes, `${id}|0|${salt}`)}`,
      `${id}.0.${macOf(bytes, `${id}|0|`)}`,
      `${id}.0.${macOf(createKeyring([otherSecret]).current('refresh-token').bytes, `${id}|0|${salt}`)}`,
    ]) {
      expect(await sessions.refresh(token, 'users')).toEqual(invalid)
    }
    expect(bench.events).toEqual([])
    expect(await sessions.refresh(current, 'users')).toMatchObject({ valid: true, rotated: true })
  })

  it('ends nothing for a counter above the row’s, as after a restored backup', async () => {
    const bench = await createBench()
    const { refreshToken, session } = await signIn(bench.sessions)
    for (const counter of [1, 2, 999_999_999_999_999]) {
      expect(await bench.sessions.refresh(await genuine(bench, session.id, counter), 'users')).toEqual(invalid)
    }
    expect(await genuine(bench, session.id, 0)).toBe(refreshToken)
    expect(await bench.sessions.refresh(refreshToken, 'users')).toMatchObject({ valid: true })
  })

  it('is bound to the collection, and ends nothing when tried at another', async () => {
    const bench = await createBench()
    const { refreshToken } = await signIn(bench.sessions)
    const successor = await refreshed(bench.sessions, refreshToken)
    bench.advance(11 * second)
    // An old one of the wrong collection too: whoever sends it cannot end the session from there.
    expect(await bench.sessions.refresh(refreshToken, 'customers')).toEqual(invalid)
    expect(await bench.sessions.refresh(successor, 'customers')).toEqual(invalid)
    expect(await bench.sessions.refresh(successor, 'users')).toMatchObject({ valid: true })
    const carl = await signIn(bench.sessions, 'carl')
    expect(await bench.sessions.refresh(carl.refreshToken, 'users')).toEqual(invalid)
    expect(await bench.sessions.refresh(carl.refreshToken, 'customers')).toMatchObject({ valid: true })
  })

  it.each([
    '',
    '..',
    'a.b.c',
    `x.-1.${'A'.repeat(43)}`,
    `x.01.${'A'.repeat(43)}`,
    `x.1e3.${'A'.repeat(43)}`,
    `x.1.5.${'A'.repeat(43)}`,
    `x. 1.${'A'.repeat(43)}`,
    `x.1.${'A'.repeat(42)}`,
    `x.1.${'A'.repeat(43)}\n`,
    `__proto__x${'y'.repeat(40)}.1.${'A'.repeat(43)}`,
    `x.${'9'.repeat(16)}.${'A'.repeat(43)}`,
    'x'.repeat(1_048_576),
  ])('makes no statement for %.40j', async (token) => {
    const bench = await createBench()
    const statements = await bench.countStatements(async () => {
      expect(await bench.sessions.refresh(token, 'users')).toEqual(invalid)
    })
    expect(statements).toBe(0)
  })

  it.each([0, true, null, undefined, ['x'], {}])('does not take %j', async (token) => {
    const { sessions } = await createBench()
    // What a caller without types might pass.
    expect(await sessions.refresh(token as string, 'users')).toEqual(invalid)
  })

  it('does not go beyond the idle limit, nor ever beyond the absolute one', async () => {
    const { sessions, advance, row } = await createBench({ lifetimes: { idleSeconds: 600, absoluteSeconds: 1_000 } })
    const idle = await signIn(sessions)
    const used = await signIn(sessions)
    advance(599 * second)
    const successor = await refreshed(sessions, used.refreshToken)
    expect((await row(used.session.id))?.idle_expires_at).toBe(used.session.createdAt + 1_000 * second)
    advance(1 * second)
    expect(await sessions.refresh(idle.refreshToken, 'users')).toEqual(expired)
    advance(399 * second)
    const last = await sessions.refresh(successor, 'users')
    expect(last).toMatchObject({ valid: true, expiresInSeconds: 1, expiresAt: used.session.createdAt + 1_000 * second })
    advance(1 * second)
    expect(await sessions.refresh(last.valid ? last.refreshToken : '', 'users')).toEqual(expired)
  })

  it('lets a cookie that comes along live on, and makes none', async () => {
    const bench = await createBench()
    const { sessions, advance, time, row } = bench
    const { refreshToken, cookieToken, session } = await signIn(sessions)
    advance(day - second)
    const extended = await sessions.refresh(refreshToken, 'users', { cookieToken })
    expect(extended).toMatchObject({ valid: true, cookieExtended: true, cookieMaxAgeSeconds: 86_400 })
    expect(Object.keys(extended)).not.toContain('cookieToken')
    expect((await row(session.id))?.cookie_expires_at).toBe(time.now + day)
    advance(day - second)
    expect(await sessions.verifyCookie(cookieToken, users)).toMatchObject({ valid: true })
  })

  it('does not let a cookie outlive the session', async () => {
    const { sessions, advance, row } = await createBench({ lifetimes: { absoluteSeconds: 90_000 } })
    const { refreshToken, cookieToken, session } = await signIn(sessions)
    advance(80_000 * second)
    expect(await sessions.refresh(refreshToken, 'users', { cookieToken })).toMatchObject({
      cookieExtended: true,
      cookieMaxAgeSeconds: 10_000,
    })
    expect((await row(session.id))?.cookie_expires_at).toBe(session.createdAt + 90_000 * second)
  })

  it('does not revive a cookie that has expired, nor take another session’s or a wrong one', async () => {
    const { sessions, advance, row } = await createBench()
    const { refreshToken, cookieToken, session } = await signIn(sessions)
    const other = await signIn(sessions)
    const before = (await row(session.id))?.cookie_expires_at
    let current = refreshToken
    for (const wrong of [other.cookieToken, 'x'.repeat(43), '', 'short', refreshToken]) {
      const result = await sessions.refresh(current, 'users', { cookieToken: wrong })
      expect(result).toMatchObject({ valid: true, cookieExtended: false })
      current = result.valid ? result.refreshToken : ''
    }
    advance(day)
    expect(await sessions.refresh(current, 'users', { cookieToken })).toMatchObject({
      valid: true,
      cookieExtended: false,
      cookieMaxAgeSeconds: 0,
    })
    expect((await row(session.id))?.cookie_expires_at).toBe(before)
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(expired)
  })

  it('does not extend a cookie that is replaced at the same time', async () => {
    const bench = await createBench()
    const { refreshToken, cookieToken, session } = await signIn(bench.sessions)
    let replaced: string | undefined
    const racing = bench.node({
      storage: {
        ...bench.storage,
        update: async (table, query) => {
          replaced ??= (await bench.sessions.rotateCookie(session.id))?.cookieToken
          return await bench.storage.update(table, query)
        },
      },
    })
    const result = await racing.refresh(refreshToken, 'users', { cookieToken })
    expect(result).toMatchObject({ valid: true, rotated: true, cookieExtended: false })
    expect(await bench.sessions.verifyCookie(replaced ?? '', users)).toMatchObject({ valid: true })
  })

  it('does not take a change of the cookie for a reuse', async () => {
    const bench = await createBench()
    const { refreshToken, cookieToken, session } = await signIn(bench.sessions)
    const successor = await refreshed(bench.sessions, refreshToken)
    let replaced = false
    const racing = bench.node({
      storage: {
        ...bench.storage,
        update: async (table, query) => {
          if (!replaced) await bench.sessions.rotateCookie(session.id)
          replaced = true
          return await bench.storage.update(table, query)
        },
      },
    })
    expect(await racing.refresh(refreshToken, 'users', { cookieToken })).toMatchObject({
      valid: true,
      rotated: false,
      cookieExtended: false,
      refreshToken: successor,
    })
    expect(bench.events).toEqual([])
  })

  it('judges again when the session was ended or carried over between read and change', async () => {
    for (const [change, expected] of [
      [{ epoch: 5 }, { valid: false, code: 'session_revoked' }],
      [{ refresh_counter: 2 }, reused],
      [{ idle_expires_at: 0 }, expired],
      [{ absolute_expires_at: 0 }, expired],
    ] as const) {
      const bench = await createBench()
      const { refreshToken, session } = await signIn(bench.sessions)
      let done = false
      const racing = bench.node({
        storage: {
          ...bench.storage,
          update: async (table, query) => {
            if (!done) await bench.storage.update(sessionTable, { where: eq('id', session.id), set: change })
            done = true
            return await bench.storage.update(table, query)
          },
        },
      })
      expect(await racing.refresh(refreshToken, 'users')).toEqual(expected)
    }
  })

  it('gives up, saying unavailable, when the row never stands still', async () => {
    const bench = await createBench()
    const { refreshToken } = await signIn(bench.sessions)
    const restless = bench.node({ storage: { ...bench.storage, update: async () => 0 } })
    await expect(restless.refresh(refreshToken, 'users')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('survives a lost reply: the same end whether the change was seen or not', async () => {
    const bench = await createBench()
    const { refreshToken } = await signIn(bench.sessions)
    const cut = bench.node({
      storage: {
        ...bench.storage,
        update: async (table, query) => {
          await bench.storage.update(table, query)
          throw new Error('connection lost after commit')
        },
      },
    })
    await expect(cut.refresh(refreshToken, 'users')).rejects.toThrow('connection lost')
    const retried = await bench.sessions.refresh(refreshToken, 'users')
    expect(retried).toMatchObject({ valid: true, rotated: false })
    expect(await bench.sessions.refresh(retried.valid ? retried.refreshToken : '', 'users')).toMatchObject({
      valid: true,
      rotated: true,
    })
  })

  it('outlives the rotation of the root secret', async () => {
    const bench = await createBench()
    const { refreshToken } = await signIn(bench.sessions)
    const moved = bench.node({ keyring: createKeyring([otherSecret, rootSecret]) })
    const removed = bench.node({ keyring: createKeyring([otherSecret]) })
    expect(await removed.refresh(refreshToken, 'users')).toEqual(invalid)
    const successor = await refreshed(moved, refreshToken)
    expect(await removed.refresh(successor, 'users')).toMatchObject({ valid: true })
    expect(bench.events).toEqual([])
  })

  it('refuses a principal that is disabled or gone', async () => {
    const { sessions, storage } = await createBench()
    const { refreshToken } = await signIn(sessions)
    await storage.update(principals, { where: eq('id', 'anna'), set: { status: 'disabled' } })
    expect(await sessions.refresh(refreshToken, 'users')).toEqual({ valid: false, code: 'session_revoked' })
    await storage.delete(principals, and(eq('id', 'anna')))
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(invalid)
  })
})
