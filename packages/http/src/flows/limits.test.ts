import type { RateLimitBucket } from '@cardea/core/limits'
import { describe, expect, it } from 'vitest'
import { createApp, password } from '../app.fixture.js'

const body = { email: 'nobody@example.test', password }

describe('rate limits', () => {
  it('are on unless they are turned off, and say so when they refuse', async () => {
    const { send, time } = await createApp({}, {})
    for (let index = 0; index < 10; index += 1) {
      expect((await send('POST', '/api/v1/auth/login', { body })).status).toBe(401)
    }
    const got = await send('POST', '/api/v1/auth/login', { body })
    expect([got.status, got.code]).toEqual([429, 'rate_limited'])
    expect(got.headers.get('retry-after')).toBe('6')
    expect(got.headers.get('ratelimit-policy')).toBe('"sign-in";q=10;w=60')
    expect(got.headers.get('ratelimit')).toBe('"sign-in";r=0;t=6')
    time.now += 6_000
    expect((await send('POST', '/api/v1/auth/login', { body })).status).toBe(401)
  })

  it('let exactly ten of 200 sign-ins at once through', async () => {
    const { send } = await createApp({}, {})
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () => (await send('POST', '/api/v1/auth/login', { body })).status),
    )
    expect(answers.filter((status) => status === 401)).toHaveLength(10)
    expect(answers.filter((status) => status === 429)).toHaveLength(190)
  })

  it('have one bucket for a class, however a path is written and whatever collection it is for', async () => {
    const { send } = await createApp({}, {})
    const paths = [
      '/api/v1/auth/login',
      '/api/v1/auth/login/',
      '/api/v1/collections/customers/auth/login',
      '/api/v1/collections/vendors/auth/login/',
      '/api/v1/collections/users/auth/login',
      '/api/v1/collections/nobody/auth/login',
      '/api/v1/auth/./login',
      '/api/v1/auth/login?x=1',
    ]
    const statuses: number[] = []
    for (let index = 0; index < 16; index += 1) {
      statuses.push((await send('POST', paths[index % paths.length] ?? '', { body })).status)
    }
    expect(statuses.slice(10)).toEqual(statuses.slice(10).map(() => 429))
    for (const path of ['/api/v1//auth/login', '/api/v1/Auth/login', '/api/v1/auth/%6Cogin', '/api/v1/auth/login;x']) {
      expect((await send('POST', path, { body })).status).toBe(404)
    }
  })

  it('do not look at what a client writes about itself', async () => {
    const { send } = await createApp({}, {})
    const statuses: number[] = []
    for (let index = 0; index < 12; index += 1) {
      const headers = {
        'x-forwarded-for': `1.2.3.${index}`,
        forwarded: `for=1.2.3.${index}`,
        'x-real-ip': `1.2.3.${index}`,
        'cf-connecting-ip': `1.2.3.${index}`,
        'user-agent': `agent ${index}`,
      }
      const other = { email: `person${index}@example.test`, password }
      statuses.push((await send('POST', '/api/v1/auth/login', { body: other, headers })).status)
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
  })

  it('count by network', async () => {
    const { send } = await createApp({}, {})
    const login = async (ip: string | null) =>
      (await send('POST', '/api/v1/auth/login', { body, context: { ip } })).status
    for (let index = 0; index < 10; index += 1) await login('2001:db8::1')
    expect(await login('2001:DB8:0:0:ffff::9')).toBe(429)
    expect(await login('2001:db8:0:1::1')).toBe(401)
    for (let index = 0; index < 10; index += 1) await login('198.51.100.7')
    expect(await login('::ffff:198.51.100.7')).toBe(429)
    for (let index = 0; index < 10; index += 1) await login(null)
    expect(await login('not an address')).toBe(429)
  })

  it('believe proxies that are trusted', async () => {
    const { send } = await createApp({}, { trustProxy: 1 })
    const login = async (forwarded: string) =>
      (await send('POST', '/api/v1/auth/login', { body, headers: { 'x-forwarded-for': forwarded } })).status
    for (let index = 0; index < 10; index += 1) await login(`6.6.6.${index}, 203.0.113.5`)
    expect(await login('6.6.6.6, 203.0.113.5')).toBe(429)
    expect(await login('203.0.113.6')).toBe(401)
  })

  it('leave liveness alone', async () => {
    const { send } = await createApp({}, { rateLimits: { multiplier: 0.1 } })
    for (let index = 0; index < 100; index += 1) expect((await send('GET', '/health')).status).toBe(200)
  })

  it('are not spent by other sites', async () => {
    const { send } = await createApp({}, {})
    const headers = { origin: 'https://evil.test' }
    for (let index = 0; index < 50; index += 1) await send('POST', '/api/v1/auth/login', { body, headers })
    expect((await send('POST', '/api/v1/auth/login', { body })).status).toBe(401)
  })

  it('are counted wherever the app wants', async () => {
    const keys: string[] = []
    const rateLimitStore = {
      take: (buckets: readonly RateLimitBucket[]) => {
        keys.push(...buckets.map(({ key }) => key))
        return Promise.resolve([{ allowed: false, remaining: 0, retryAfterMilliseconds: 90_500 }])
      },
      giveBack: () => undefined,
    }
    const { send } = await createApp({}, { rateLimitStore })
    const got = await send('POST', '/api/v1/auth/register', { body })
    expect([got.status, got.headers.get('retry-after')]).toEqual([429, '91'])
    expect(keys).toEqual(['register|192.0.2.1'])
  })
})

describe('options', () => {
  it.each([
    { allowedOrigins: ['app.test'] },
    { allowedOrigins: ['https://app.test/path'] },
    { allowedOrigins: ['*'] },
    { allowedOrigins: ['null'] },
    { allowedOrigins: ['capacitor://localhost/'] },
    { allowedOrigins: ['https://APP.test'] },
    { cors: { origins: ['https://spa.test/'] } },
    { trustProxy: -1 },
    { trustProxy: 1.5 },
    { trustProxy: ['localhost'] },
    { trustProxy: true },
    { rateLimits: 'none' },
    { rateLimits: { multiplier: 0 } },
    { rateLimitStore: {} },
    { maxBodyBytes: 10 },
    { unknown: true },
  ])('refuse %j at once', async (options) => {
    // What a program in plain JavaScript could pass.
    await expect(createApp({}, options as object)).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  it('say what trustProxy takes', async () => {
    // As an app in JavaScript may write it that knows it from Express.
    const options: object = { trustProxy: true }
    await expect(createApp({}, options)).rejects.toThrow(
      'trustProxy must be the number of proxies or a list of addresses',
    )
  })

  it('take the origins that browsers and native shells send', async () => {
    const allowedOrigins = ['https://www.app.test', 'http://localhost:8080', 'capacitor://localhost']
    const { send } = await createApp({}, { rateLimits: 'off', allowedOrigins })
    for (const origin of allowedOrigins) {
      expect((await send('POST', '/api/v1/auth/login', { body, headers: { origin } })).status).toBe(401)
    }
  })

  it('are warned about when limits are off in production', async () => {
    const { createHandler } = await import('../index.js')
    const app = await createApp()
    const handlerOf = (environment: 'production' | 'development') =>
      createHandler({ ...app.auth, config: { ...app.auth.config, environment } }, { rateLimits: 'off' })
    handlerOf('development')
    expect(app.log).toEqual([])
    handlerOf('production')
    expect(app.log).toEqual([expect.objectContaining({ message: expect.stringContaining('Rate limits are off') })])
  })
})
