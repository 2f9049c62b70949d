import { CardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { authPath, createApp, createInstance, password, requestOf } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'
import { createHandler } from '../index.js'

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('methods', () => {
  it.each([
    ['PUT', '/api/v1/auth/me', 'GET, PATCH, HEAD, OPTIONS'],
    ['GET', '/api/v1/auth/login', 'POST, OPTIONS'],
    ['HEAD', '/api/v1/auth/logout', 'POST, OPTIONS'],
    ['PATCH', '/api/v1/sessions', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/v1/sessions/01a2014d-b475-7215-8438-031c3b71c287', 'DELETE, OPTIONS'],
    ['GET', '/api/v1/sessions?q=01a2014d-b475-7215-8438-031c3b71c287', 'DELETE, OPTIONS'],
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['QUERY', '/api/v1/auth/me', 'GET, PATCH, HEAD, OPTIONS'],
  ])('%s %s is not allowed, and says what is', async (method, path, allow) => {
    const { send } = await createApp()
    const got = await send(method, path)
    expect([got.status, got.headers.get('allow')]).toEqual([405, allow])
    if (method !== 'HEAD') expect(got.code).toBe('method_not_allowed')
  })

  it('OPTIONS says what is allowed, and nothing of other origins', async () => {
    const { send } = await createApp()
    const headers = { origin: 'https://evil.test', 'access-control-request-method': 'POST' }
    const got = await send('OPTIONS', '/api/v1/auth/login', { headers })
    expect([got.status, got.text, got.headers.get('allow')]).toEqual([204, '', 'POST, OPTIONS'])
    expect([...got.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('HEAD answers as GET does, without the body', async () => {
    const app = await createApp()
    const { access } = await app.signUp()
    const get = await app.send('GET', '/api/v1/auth/me', { bearer: access, headers: { 'x-request-id': 'request-1' } })
    const head = await app.send('HEAD', '/api/v1/auth/me', { bearer: access, headers: { 'x-request-id': 'request-1' } })
    expect([head.status, head.text]).toEqual([200, ''])
    expect([...head.headers]).toEqual([...get.headers])
    const refused = await app.send('HEAD', '/api/v1/auth/me')
    expect([refused.status, refused.text]).toEqual([401, ''])
  })
})

describe('response headers', () => {
  it('keep every answer out of caches', async () => {
    const app = await createApp()
    const { access, email } = await app.signUp()
    const answers = [
      await app.send('POST', '/api/v1/auth/login', { body: { email, password } }),
      await app.send('GET', '/api/v1/auth/me', { bearer: access }),
      await app.send('GET', '/api/v1/auth/me'),
      await app.send('POST', '/api/v1/auth/logout'),
      await app.send('GET', '/nowhere'),
      await app.send('GET', '/health'),
    ]
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('vary')).toContain('Cookie, Authorization')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
    expect(answers[0]?.headers.get('content-type')).toBe('application/json')
  })

  it('carry the caller’s request id where it is plain, and a new one otherwise', async () => {
    const { send } = await createApp()
    const idOf = async (id: string) => {
      const got = await send('GET', '/nowhere', { headers: { 'x-request-id': id } })
      expect(got.body['request_id']).toBe(got.headers.get('x-request-id'))
      return got.headers.get('x-request-id')
    }
    expect(await idOf('01a2014d-b475-7215-8438-031c3b71c287')).toBe('01a2014d-b475-7215-8438-031c3b71c287')
    for (const id of ['short', 'a'.repeat(65), 'has space', 'a,b,c,d,e', '{"forged":1}', '<script>x']) {
      expect(await idOf(id)).toMatch(uuidV7)
    }
  })

  it('set cookies for plain http without Secure and prefix', async () => {
    const app = await createApp({ baseUrl: 'http://localhost:3000' })
    const body = { email: 'a@example.test', password }
    const got = await app.send('POST', '/api/v1/auth/register', { body })
    expect(got.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^session=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
  })

  it('name the cookie as the options do', async () => {
    const app = await createApp({ sessions: { cookieName: 'sid', cookieSameSite: 'strict' } })
    const { cookie } = await app.signUp('customers')
    expect(cookie).toMatch(/^__Host-sid_customers=/)
    expect((await app.send('GET', `${authPath('customers')}/me`, { cookie })).status).toBe(200)
  })
})

describe('cors', () => {
  const http = { rateLimits: 'off', cors: { origins: ['https://spa.test'] } } as const

  it.each(Object.values(routeContracts).filter(({ mount }) => mount !== 'root'))(
    'names a listed origin alone on $method $path, and says what it depends on',
    async (contract: RouteContract) => {
      const app = await createApp({}, http)
      const { mount, method, path } = contract
      const place = `${mount === 'auth' ? authPath('users') : '/api/v1'}${path.replaceAll(/\{\w+\}/g, 'x')}`
      const origins = ['https://spa.test', 'https://app.test', 'https://evil.test', 'https://spa.test.', 'null', '*']
      for (const asked of [method, 'OPTIONS']) {
        for (const origin of [...origins, undefined]) {
          const headers = {
            ...(origin === undefined ? {} : { origin }),
            ...(asked === 'OPTIONS' ? { 'access-control-request-method': method } : {}),
          }
          const got = await app.send(asked, place, { headers })
          const listed = origin === 'https://spa.test'
          expect(got.headers.get('access-control-allow-origin'), `${asked} ${origin}`).toBe(listed ? origin : null)
          expect(got.headers.get('access-control-allow-credentials')).toBe(listed ? 'true' : null)
          expect(got.headers.get('access-control-allow-methods') === null).toBe(!listed || asked !== 'OPTIONS')
          expect(got.headers.get('vary')?.split(', ')).toContain('Origin')
        }
      }
    },
  )

  it('says nothing at all where no origins are listed', async () => {
    const app = await createApp()
    for (const method of ['GET', 'OPTIONS']) {
      const headers = { origin: 'https://app.test', 'access-control-request-method': 'GET' }
      const got = await app.send(method, '/api/v1/auth/me', { headers })
      expect([...got.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('lets listed origins call and read, and no others', async () => {
    const app = await createApp({}, http)
    const headersFor = async (origin: string) => {
      const got = await app.send('POST', '/api/v1/auth/login', {
        headers: { origin },
        body: { email: 'a@example.test', password },
      })
      return [got.status, got.headers.get('access-control-allow-origin'), got.headers.get('vary')]
    }
    expect(await headersFor('https://spa.test')).toEqual([401, 'https://spa.test', 'Cookie, Authorization, Origin'])
    for (const origin of ['https://evil.test', 'null', 'https://spa.test.evil.test', '*']) {
      expect(await headersFor(origin)).toEqual([403, null, 'Cookie, Authorization, Origin'])
    }
  })

  it('answers a preflight', async () => {
    const app = await createApp({}, http)
    const preflight = async (origin: string) =>
      await app.send('OPTIONS', '/api/v1/auth/me', { headers: { origin, 'access-control-request-method': 'PATCH' } })
    const got = await preflight('https://spa.test')
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'access-control-allow-origin': 'https://spa.test',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PATCH, HEAD, OPTIONS',
      'access-control-allow-headers': 'Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id',
    })
    const other = await preflight('https://evil.test')
    expect([...other.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('health', () => {
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

  it('is alive before it is ready, and ready when it is', async () => {
    const { storage } = await createApp()
    const unmigrated = (await import('@cardea/storage/memory')).createMemoryStorage()
    const broken = createInstance(unmigrated, () => 0, logger)
    const handler = createHandler(broken)
    const get = async (path: string) => await handler(requestOf('GET', path, {}))
    expect((await get('/health')).status).toBe(200)
    expect((await get('/api/v1/health')).status).toBe(200)
    const before = await get('/health/ready')
    expect([before.status, before.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await before.json()).toMatchObject({ code: 'unavailable' })
    const login = await handler(requestOf('POST', '/api/v1/auth/login', { body: { email: 'a@b.test', password } }))
    expect(login.status).toBe(503)
    await broken.migrate()
    expect((await get('/health/ready')).status).toBe(200)
    expect((await get('/api/v1/health/ready/')).status).toBe(200)
    expect(storage).not.toBe(unmigrated)
  })

  it('says how limits are counted, where their store says so', async () => {
    let status: 'ok' | 'degraded' = 'ok'
    const rateLimitStore = { take: () => [], giveBack: () => undefined, status: () => status }
    const counted = await createApp({}, { rateLimitStore })
    expect((await counted.send('GET', '/health/ready')).body).toEqual({ status: 'ok', rate_limits: 'ok' })
    status = 'degraded'
    const got = await counted.send('GET', '/health/ready')
    expect([got.status, got.body]).toEqual([200, { status: 'ok', rate_limits: 'degraded' }])
    const off = await createApp({}, { rateLimitStore, rateLimits: 'off' })
    expect((await off.send('GET', '/health/ready')).body).toEqual({ status: 'ok' })
    const usual = await createApp({}, {})
    expect((await usual.send('GET', '/health/ready')).body).toEqual({ status: 'ok' })
  })

  it('does not look at the database to be alive', async () => {
    const { createMemoryStorage } = await import('@cardea/storage/memory')
    let statements = 0
    const storage = createMemoryStorage({
      log: () => {
        statements += 1
      },
    })
    const handler = createHandler(createInstance(storage, () => 0, logger))
    expect((await handler(requestOf('GET', '/health', {}))).status).toBe(200)
    expect(statements).toBe(0)
  })
})

describe('faults', () => {
  it('of the server are 503 or 500, logged, and say nothing of their cause', async () => {
    const app = await createApp()
    const { access, email } = await app.signUp()
    const thrown: [unknown, number, string][] = [
      [new CardeaError('unavailable', 'cannot reach 10.0.0.7', { cause: new Error('hunter2') }), 503, 'unavailable'],
      [new Error('select * from cardea_sessions where hunter2'), 500, 'internal_error'],
      ['hunter2', 500, 'internal_error'],
      [undefined, 500, 'internal_error'],
    ]
    for (const [error, status, code] of thrown) {
      const broken = {
        ...app.auth,
        verify: () => {
          throw error
        },
      }
      const response = await createHandler(broken, app.http)(requestOf('GET', '/api/v1/auth/me', { bearer: access }))
      const text = await response.text()
      expect([response.status, JSON.parse(text).code]).toEqual([status, code])
      expect(text).not.toMatch(/hunter2|cardea_sessions|10\.0\.0\.7/)
      expect(app.log.at(-1)?.fields).toMatchObject({ request_id: response.headers.get('x-request-id'), status })
    }
    // A database that is down is not a wrong password.
    const away = (name: string) => {
      const api = app.auth.collection(name)
      return api === undefined
        ? undefined
        : { ...api, login: () => Promise.reject(new CardeaError('unavailable', 'The database cannot be reached.')) }
    }
    const down = { ...app.auth, collection: away, findCollection: (name: string) => Promise.resolve(away(name)) }
    const login = await createHandler(
      down,
      app.http,
    )(requestOf('POST', '/api/v1/auth/login', { body: { email, password } }))
    expect([login.status, login.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('leave no secret in the log', async () => {
    const app = await createApp()
    const account = await app.signUp()
    await app.send('POST', '/api/v1/auth/login', { body: `{"email":"${account.email}","password":"${password}"` })
    await app.send('POST', '/api/v1/auth/login', { body: { email: account.email, password: 'not the password' } })
    await app.send('GET', '/api/v1/auth/me', { bearer: `${account.access}x` })
    const log = JSON.stringify(app.log)
    for (const secret of [password, account.access, account.refresh, account.email]) expect(log).not.toContain(secret)
  })
})
