import { describe, expect, it } from 'vitest'
import type { SessionLifetimes } from '../lifetimes.js'
import { createBench, day, hour, minute, signIn } from '../sessions.fixture.js'

describe('lifetimes of a collection', () => {
  it('are for its sessions alone, and in force when the next begins or is refreshed', async () => {
    let own: Partial<SessionLifetimes> = {}
    const lifetimesOf = (collection: string) => (collection === 'customers' ? own : {})
    const { sessions, row, time, advance } = await createBench({ lifetimesOf })
    const before = await signIn(sessions, 'carl')
    expect(before.expiresInSeconds).toBe(86_400)

    own = {
      accessSeconds: 900,
      cookieSeconds: 3_600,
      idleSeconds: 7_200,
      absoluteSeconds: 86_400,
      rememberSeconds: 600,
    }
    const after = await signIn(sessions, 'carl')
    expect([after.expiresInSeconds, after.cookieMaxAgeSeconds]).toEqual([900, 3_600])
    expect(await row(after.session.id)).toMatchObject({
      idle_expires_at: time.now + 2 * hour,
      absolute_expires_at: time.now + day,
    })
    const other = await signIn(sessions, 'anna')
    expect([other.expiresInSeconds, other.cookieMaxAgeSeconds]).toEqual([86_400, 86_400])

    advance(minute)
    const refreshed = await sessions.refresh(before.refreshToken, 'customers', { cookieToken: before.cookieToken })
    expect(refreshed).toMatchObject({ valid: true, expiresInSeconds: 900, cookieMaxAgeSeconds: 3_600 })
    // What was once said of the end of all does not move.
    expect(await row(before.session.id)).toMatchObject({
      idle_expires_at: time.now + 2 * hour,
      absolute_expires_at: time.now - minute + 30 * day,
    })
  })

  it('hold for a cookie that is replaced, and for the note of use', async () => {
    const { sessions, row, time, advance, settle } = await createBench({
      lifetimesOf: () => ({ cookieSeconds: 3_600, idleSeconds: 7_200 }),
    })
    const { session, accessToken } = await signIn(sessions, 'carl')
    advance(2 * minute)
    await sessions.verifyAccessToken(accessToken, ['customers'])
    await settle()
    expect(await row(session.id)).toMatchObject({ idle_expires_at: time.now + 2 * hour })
    expect(await sessions.rotateCookie(session.id)).toMatchObject({ cookieMaxAgeSeconds: 3_600 })
  })

  it('keep a key for as long as the longest token that it may have signed', async () => {
    const signing = { accessTokens: { algorithm: 'EdDSA' }, longestAccessSeconds: () => 2_592_000 } as const
    const { sessions, advance, time } = await createBench({
      ...signing,
      lifetimesOf: () => ({ accessSeconds: 2_592_000 }),
    })
    await sessions.keys.prepare()
    const { accessToken } = await signIn(sessions, 'carl')
    await sessions.keys.rotate({ now: true })
    const [first] = (await sessions.keys.list()).filter(({ retireAt }) => retireAt !== null)
    expect(first?.retireAt).toBeGreaterThanOrEqual(time.now + 30 * day)
    advance(6 * day)
    expect(await sessions.verifyAccessToken(accessToken, ['customers'])).toMatchObject({ valid: true })
  })
})
