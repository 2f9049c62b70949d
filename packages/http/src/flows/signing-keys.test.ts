import { describe, expect, it } from 'vitest'
import { createApp } from '../app.fixture.js'

const path = '/.well-known/jwks.json'
const pairs = { sessions: { accessTokens: { algorithm: 'ES256' } } } as const

describe('GET /.well-known/jwks.json', () => {
  it('has the public keys, for anybody to keep for a while, at the root and below the base path', async () => {
    const app = await createApp(pairs)
    await app.auth.keys.rotate()
    for (const at of [path, `/api/v1${path}`]) {
      const got = await app.send('GET', at, { cookie: '__Host-session=whatever' })
      expect(got.status).toBe(200)
      expect(got.headers.get('content-type')).toBe('application/jwk-set+json')
      expect(got.headers.get('cache-control')).toBe('public, max-age=300')
      expect(got.headers.get('vary')).toBeNull()
      const keys = got.body['keys'] as Record<string, unknown>[]
      expect(keys.map(({ alg, use, kty }) => [alg, use, kty])).toEqual([
        ['ES256', 'sig', 'EC'],
        ['ES256', 'sig', 'EC'],
      ])
      for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    }
    expect((await app.send('HEAD', path)).status).toBe(200)
    expect((await app.send('POST', path)).status).toBe(405)
  })

  it('is not there while the secret signs, so that an app may have one of its own', async () => {
    const app = await createApp()
    expect(app.handler.matches(path)).toBe(false)
    const got = await app.send('GET', path)
    expect([got.status, got.code]).toEqual([404, 'not_found'])
    expect(got.headers.get('cache-control')).toBe('no-store')
  })

  it('answers 503 to whoever signs in, and nobody else, when the secret that opens the key is gone', async () => {
    const app = await createApp(pairs)
    const { access, email, cookie } = await app.signUp()
    const other = await createApp({
      ...pairs,
      storage: app.storage,
      secret: 'another secret of the tests, long enough too',
    })
    const signingIn = await other.send('POST', '/api/v1/auth/login', {
      body: { email, password: 'correct horse battery' },
    })
    expect([signingIn.status, signingIn.code]).toEqual([503, 'unavailable'])
    expect(signingIn.headers.get('retry-after')).not.toBeNull()
    for (const sent of [{ bearer: access }, { cookie }]) {
      expect((await other.send('GET', '/api/v1/auth/me', sent)).status).toBe(200)
    }
    expect((await other.send('GET', path)).status).toBe(200)
    const messages = other.log.map(({ message }) => message).join('\n')
    expect(messages).toContain('cannot be opened with any of the secrets')
    // It was no wrong password: nobody is nearer to being locked out.
    await other.auth.keys.rotate({ now: true })
    const again = await other.send('POST', '/api/v1/auth/login', { body: { email, password: 'correct horse battery' } })
    expect(again.status).toBe(200)
  })
})
