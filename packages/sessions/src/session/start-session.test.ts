import { eq } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { principals, sessions as sessionTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { bumpEpoch, createBench, day, proofOf, signIn, takeApart } from '../sessions.fixture.js'

const everything = { cookie: true, tokens: true } as const

describe('start', () => {
  it('writes the session by one insert', async () => {
    const bench = await createBench()
    expect(await bench.countStatements(() => signIn(bench.sessions))).toBe(1)
  })

  it('shows the session and hands out its credentials', async () => {
    const { sessions, time } = await createBench()
    const started = await sessions.start(
      proofOf('anna', { amr: ['pwd', 'otp'], aal: 2, authTime: 5 }),
      { ip: '192.0.2.1', userAgent: 'Browser/1.0' },
      everything,
    )
    expect(started.session).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      principalId: 'anna',
      createdAt: time.now,
      lastUsedAt: time.now,
      expiresAt: time.now + 7 * day,
      ip: '192.0.2.1',
      userAgent: 'Browser/1.0',
      actorId: null,
      amr: ['pwd', 'otp'],
      aal: 2,
      authTime: 5,
    })
    expect(started).toMatchObject({
      expiresInSeconds: 86_400,
      expiresAt: time.now + day,
      cookieMaxAgeSeconds: 86_400,
    })
  })

  it('hands out what was asked for and nothing else', async () => {
    const { sessions, row } = await createBench()
    const cookieOnly = await sessions.start(proofOf('anna'), {}, { cookie: true, tokens: false })
    expect(Object.keys(cookieOnly)).toContain('cookieToken')
    expect(Object.keys(cookieOnly)).not.toContain('accessToken')
    expect(Object.keys(cookieOnly)).not.toContain('refreshToken')
    const refreshOnly = await sessions.start(proofOf('anna'), {}, { cookie: true, tokens: 'refresh' })
    expect(refreshOnly.accessToken).toBeUndefined()
    expect(await sessions.refresh(refreshOnly.refreshToken ?? '', 'users')).toMatchObject({
      valid: true,
      rotated: true,
    })

    const tokensOnly = await sessions.start(proofOf('anna'), {}, { cookie: false, tokens: true })
    expect(Object.keys(tokensOnly)).not.toContain('cookieToken')
    expect((await row(tokensOnly.session.id))?.token_hash).toBeNull()
  })

  it('makes a cookie token of 256 random bits and keeps only its hash', async () => {
    const { sessions, storage, row } = await createBench()
    const first = await signIn(sessions)
    const second = await signIn(sessions)
    expect(first.cookieToken).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(first.cookieToken).not.toBe(second.cookieToken)
    expect((await row(first.session.id))?.token_hash).toBe(sha256(first.cookieToken))
    const everythingStored = JSON.stringify(await storage.find(sessionTable, { limit: 'all' }))
    for (const { cookieToken, accessToken, refreshToken } of [first, second]) {
      const [, , mac = ''] = refreshToken.split('.')
      const [, , signature = ''] = accessToken.split('.')
      for (const secret of [cookieToken, mac, signature]) {
        expect(everythingStored).not.toContain(secret)
        expect(everythingStored).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
      }
    }
  })

  it('says in the access token who it is for, and no role', async () => {
    const { sessions, time, keyring } = await createBench()
    const { accessToken, session } = await signIn(sessions, 'anna', { amr: ['pwd'], aal: 1 })
    const { header, payload } = takeApart(accessToken)
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: keyring.current('access-token').id })
    expect(payload).toEqual({
      iss: 'https://app.test',
      aud: 'app:users',
      sub: 'anna',
      sid: session.id,
      col: 'users',
      iat: time.now / 1_000,
      exp: time.now / 1_000 + 86_400,
      jti: expect.any(String),
      amr: ['pwd'],
      aal: 1,
    })
  })

  it('lets nothing outlive the session', async () => {
    const { sessions, time } = await createBench({ lifetimes: { absoluteSeconds: 3_600 } })
    const started = await signIn(sessions)
    expect(started).toMatchObject({ expiresInSeconds: 3_600, cookieMaxAgeSeconds: 3_600 })
    expect(started.session.expiresAt).toBe(time.now + 3_600_000)
    expect(takeApart(started.accessToken).payload['exp']).toBe(time.now / 1_000 + 3_600)
  })

  it('bears a session dead when the epoch moved between proof and start', async () => {
    const { sessions, storage } = await createBench()
    const proof = proofOf('anna')
    await bumpEpoch(storage)
    const { cookieToken = '', accessToken = '', refreshToken = '' } = await sessions.start(proof, {}, everything)
    const revoked = { valid: false, code: 'session_revoked' }
    expect(await sessions.verifyCookie(cookieToken, ['users'])).toEqual(revoked)
    expect(await sessions.verifyAccessToken(accessToken, ['users'])).toEqual(revoked)
    expect(await sessions.refresh(refreshToken, 'users')).toEqual(revoked)
    expect(await sessions.list('anna')).toEqual([])
  })

  it('refuses a principal that is gone', async () => {
    const { sessions, storage } = await createBench()
    await storage.delete(principals, eq('id', 'anna'))
    await expect(sessions.start(proofOf('anna'), {}, everything)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('begins inside a transaction, and is gone with it', async () => {
    const { sessions, storage } = await createBench()
    const rollback = new Error('rolled back')
    const attempt = storage.transaction(async (transaction) => {
      await sessions.withOperations(transaction).start(proofOf('anna'), {}, everything)
      throw rollback
    })
    await expect(attempt).rejects.toBe(rollback)
    expect(await storage.count(sessionTable)).toBe(0)
  })

  it.each([
    ['nothing', undefined, null],
    ['an empty text', '', null],
    ['more than 512 characters', 'x'.repeat(100_000), 'x'.repeat(512)],
    ['a pair that would be cut in two', `${'x'.repeat(511)}😀`, `${'x'.repeat(511)}\ufffd`],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['line feeds and NUL', 'a\r\nb\u0000c\u0085d', 'a  b c d'],
    ['text beyond ASCII', 'Bröwser 😀', 'Bröwser 😀'],
  ])('makes a user agent fit to be kept: %s', async (_what, userAgent, kept) => {
    const { sessions } = await createBench()
    const client = userAgent === undefined ? {} : { userAgent }
    expect((await sessions.start(proofOf('anna'), client, everything)).session.userAgent).toBe(kept)
  })

  it.each([
    ['2001:db8:ffff:ffff:ffff:ffff:255.255.255.255', '2001:db8:ffff:ffff:ffff:ffff:255.255.255.255'],
    [null, null],
    ['', null],
    ['x'.repeat(46), null],
    ['192.0.2.1\nforged', null],
  ])('makes an address fit to be kept: %j', async (ip, kept) => {
    const { sessions } = await createBench()
    expect((await sessions.start(proofOf('anna'), { ip }, everything)).session.ip).toBe(kept)
  })
})
