import { hmacSha256 } from '@cardea/core/crypto'
import { sessions as sessionTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createBench, day, forge, refreshed, signIn, takeApart } from '../sessions.fixture.js'

const users = ['users'] as const

describe('revoke', () => {
  it('ends an own session, once, by one statement', async () => {
    const bench = await createBench()
    const { session, cookieToken } = await signIn(bench.sessions)
    const statements = await bench.countStatements(async () => {
      expect(await bench.sessions.revoke('anna', session.id)).toBe(true)
    })
    expect(statements).toBe(1)
    expect(await bench.sessions.revoke('anna', session.id)).toBe(false)
    expect(await bench.sessions.verifyCookie(cookieToken, users)).toMatchObject({ valid: false })
  })

  it('does not end a session of somebody else', async () => {
    const { sessions } = await createBench()
    const { session, cookieToken } = await signIn(sessions, 'ben')
    expect(await sessions.revoke('anna', session.id)).toBe(false)
    expect(await sessions.revoke('anna', 'all')).toBe(false)
    expect(await sessions.verifyCookie(cookieToken, users)).toMatchObject({ valid: true })
  })

  it('says once that a session was ended, to many at once', async () => {
    const { sessions } = await createBench()
    const { session } = await signIn(sessions)
    const results = await Promise.all(Array.from({ length: 20 }, () => sessions.revoke('anna', session.id)))
    expect(results.filter(Boolean)).toHaveLength(1)
  })
})

describe('revokeAll', () => {
  it('ends all sessions of one principal, or all but one', async () => {
    const { sessions, storage } = await createBench()
    const [first] = [
      await signIn(sessions),
      await signIn(sessions),
      await signIn(sessions),
      await signIn(sessions, 'ben'),
    ]
    expect(await sessions.revokeAll('anna', { except: first.session.id })).toBe(2)
    expect(await sessions.verifyCookie(first.cookieToken, users)).toMatchObject({ valid: true })
    expect(await sessions.revokeAll('anna')).toBe(1)
    expect(await sessions.revokeAll('anna')).toBe(0)
    expect(await storage.count(sessionTable)).toBe(1)
  })
})

describe('endByCookie', () => {
  it('ends the session of the cookie, once', async () => {
    const { sessions } = await createBench()
    const { cookieToken, accessToken, refreshToken, session } = await signIn(sessions)
    expect(await sessions.endByCookie(cookieToken, 'users')).toEqual({ sessionId: session.id, principalId: 'anna' })
    expect(await sessions.endByCookie(cookieToken, 'users')).toBeUndefined()
    expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject({ valid: false })
    expect(await sessions.refresh(refreshToken, 'users')).toMatchObject({ valid: false })
  })

  it('ends nothing for a token that is none', async () => {
    const { sessions, storage } = await createBench()
    await signIn(sessions)
    for (const token of ['', 'x'.repeat(43), 'short'])
      expect(await sessions.endByCookie(token, 'users')).toBeUndefined()
    expect(await storage.count(sessionTable)).toBe(1)
  })
})

describe('endByAccessToken', () => {
  it('ends the session of an expired token too', async () => {
    const { sessions, advance } = await createBench()
    const { accessToken, cookieToken, session } = await signIn(sessions)
    advance(2 * day)
    expect(await sessions.endByAccessToken(accessToken, 'users')).toEqual({
      sessionId: session.id,
      principalId: 'anna',
    })
    expect(await sessions.endByAccessToken(accessToken, 'users')).toBeUndefined()
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual({ valid: false, code: 'unauthenticated' })
  })

  it('ends nothing without a valid signature, nor for another principal', async () => {
    const { sessions, keyring, storage } = await createBench()
    const { accessToken } = await signIn(sessions)
    const { header, payload } = takeApart(accessToken)
    const { bytes } = keyring.current('access-token')
    const ofBen: Record<string, unknown> = { ...payload, sub: 'ben' }
    for (const token of [
      accessToken.slice(0, -3),
      forge(header, payload, new Uint8Array(32)),
      forge({ ...header, typ: 'JWT' }, payload, bytes),
      forge(header, { ...payload, iss: 'https://other.test' }, bytes),
      forge(header, ofBen, bytes),
      '',
    ]) {
      expect(await sessions.endByAccessToken(token, 'users')).toBeUndefined()
    }
    expect(await storage.count(sessionTable)).toBe(1)
  })
})

describe('endByCookie and endByAccessToken', () => {
  it('end nothing of another collection', async () => {
    const { sessions, advance, storage } = await createBench()
    const { cookieToken, accessToken } = await signIn(sessions)
    for (const later of [0, 2 * day]) {
      advance(later)
      expect(await sessions.endByCookie(cookieToken, 'customers')).toBeUndefined()
      expect(await sessions.endByAccessToken(accessToken, 'customers')).toBeUndefined()
    }
    expect(await storage.count(sessionTable)).toBe(1)
  })
})

describe('endByRefreshToken', () => {
  it('ends the session of a current and of an older token', async () => {
    const { sessions, events } = await createBench()
    const current = await signIn(sessions)
    expect(await sessions.endByRefreshToken(current.refreshToken, 'users')).toEqual({
      sessionId: current.session.id,
      principalId: 'anna',
    })
    expect(await sessions.endByRefreshToken(current.refreshToken, 'users')).toBeUndefined()
    const older = await signIn(sessions)
    await refreshed(sessions, await refreshed(sessions, older.refreshToken))
    expect(await sessions.endByRefreshToken(older.refreshToken, 'users')).toMatchObject({ sessionId: older.session.id })
    expect(events).toEqual([])
  })

  it('ends nothing for a forged token, another collection or a counter above the row’s', async () => {
    const { sessions, storage, keyring, row } = await createBench()
    const { refreshToken, session } = await signIn(sessions)
    const salt = (await row(session.id))?.refresh_salt ?? ''
    const above = `${session.id}.1.${hmacSha256(keyring.current('refresh-token').bytes, `${session.id}|1|${salt}`)}`
    expect(await sessions.endByRefreshToken(`${session.id}.0.${'A'.repeat(43)}`, 'users')).toBeUndefined()
    expect(await sessions.endByRefreshToken(refreshToken, 'customers')).toBeUndefined()
    expect(await sessions.endByRefreshToken(above, 'users')).toBeUndefined()
    expect(await sessions.endByRefreshToken('', 'users')).toBeUndefined()
    expect(await storage.count(sessionTable)).toBe(1)
  })
})
