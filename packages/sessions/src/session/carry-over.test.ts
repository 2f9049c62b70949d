import { eq } from '@cardea/core'
import { principals } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { bumpEpoch, createBench, day, hour, signIn } from '../sessions.fixture.js'

const users = ['users'] as const
const revoked = { valid: false, code: 'session_revoked' }

describe('carryOver', () => {
  it('keeps the session that asked and ends all others, in one transaction', async () => {
    const { sessions, storage } = await createBench()
    const current = await signIn(sessions)
    const other = await signIn(sessions)
    await storage.transaction(async (transaction) => {
      await transaction.update(principals, { where: eq('id', 'anna'), increment: { epoch: 1 } })
      expect(await sessions.carryOver(transaction, current.session.id, 1)).toBe(true)
    })
    expect(await sessions.verifyCookie(current.cookieToken, users)).toMatchObject({ valid: true })
    expect(await sessions.verifyAccessToken(current.accessToken, users)).toMatchObject({ valid: true })
    expect(await sessions.refresh(current.refreshToken, 'users')).toMatchObject({ valid: true })
    expect(await sessions.verifyCookie(other.cookieToken, users)).toEqual(revoked)
    expect(await sessions.verifyAccessToken(other.accessToken, users)).toEqual(revoked)
    expect(await sessions.refresh(other.refreshToken, 'users')).toEqual(revoked)
  })

  it('does not bring back a session that an earlier bump has ended', async () => {
    const { sessions, storage } = await createBench()
    const { session, cookieToken } = await signIn(sessions)
    await bumpEpoch(storage)
    await bumpEpoch(storage)
    expect(await sessions.carryOver(storage, session.id, 2)).toBe(false)
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual(revoked)
    expect(await sessions.carryOver(storage, 'nobody', 2)).toBe(false)
  })
})

describe('rotateCookie', () => {
  it('gives a new token, and the old one dies', async () => {
    const { sessions, advance } = await createBench()
    const { session, cookieToken, accessToken } = await signIn(sessions)
    advance(hour)
    const rotated = await sessions.rotateCookie(session.id)
    expect(rotated).toEqual({ cookieToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), cookieMaxAgeSeconds: 86_400 })
    expect(await sessions.verifyCookie(cookieToken, users)).toEqual({ valid: false, code: 'unauthenticated' })
    expect(await sessions.verifyCookie(rotated?.cookieToken ?? '', users)).toMatchObject({ valid: true })
    expect(await sessions.verifyAccessToken(accessToken, users)).toMatchObject({ valid: true })
  })

  it('makes no cookie where there is none, or none any more', async () => {
    const { sessions, advance } = await createBench()
    const withoutCookie = await sessions.start(
      { principalId: 'anna', collection: 'users', epoch: 0, amr: ['pwd'], aal: 1, authTime: 0 },
      {},
      { cookie: false, tokens: true },
    )
    expect(await sessions.rotateCookie(withoutCookie.session.id)).toBeUndefined()
    expect(await sessions.rotateCookie('nobody')).toBeUndefined()
    const { session } = await signIn(sessions)
    advance(day)
    expect(await sessions.rotateCookie(session.id)).toBeUndefined()
  })

  it('gives one new token to many at once', async () => {
    const { sessions } = await createBench()
    const { session } = await signIn(sessions)
    const results = await Promise.all(Array.from({ length: 20 }, () => sessions.rotateCookie(session.id)))
    const tokens = results.flatMap((result) => (result === undefined ? [] : [result.cookieToken]))
    expect(tokens).toHaveLength(1)
    expect(await sessions.verifyCookie(tokens[0] ?? '', users)).toMatchObject({ valid: true })
  })
})
