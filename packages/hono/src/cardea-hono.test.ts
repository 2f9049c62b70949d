import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createTestCardea } from '@cardea/testing'
import { serve } from '@hono/node-server'
import { CardeaError, defineCollection, definePermissions, defineRoles } from 'cardea'
import { Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterEach, describe, expect, it } from 'vitest'
import { cardeaHono, type HonoOptions, statusOf } from './index.js'

const password = 'correct horse battery'
const permissions = definePermissions({ content: ['read', 'create', 'update', 'delete'] })
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  editor: { permissions: ['content:read', 'content:update'] },
})

async function setUp(options: HonoOptions = { rateLimits: 'off' }) {
  const { auth, logs, signInAs } = await createTestCardea({
    baseUrl: 'http://localhost:3000',
    permissions,
    roles,
    defaultRole: 'viewer',
    collections: [defineCollection('customers', { type: 'auth' })],
    mail: false,
  })
  const cardea = cardeaHono(auth, options)
  const { findAuth, getAuth, guardResource, mount, notFound, onError, optionalAuth, requireAuth, requirePermission } =
    cardea

  const app = new Hono()
  app.use(mount)
  app.onError(onError)
  app.notFound(notFound)
  app.get('/', (c) => c.text('public'))
  app.get('/api/v1/media', requirePermission('content:read'), (c) => c.json({ user: getAuth(c).userId }))
  app.get('/me', requireAuth(), (c) => {
    const { authentication, collection, sessionId, subject, userId } = getAuth(c)
    return c.json({
      collection,
      sessionId,
      userId,
      same: authentication.principalId === userId,
      read: subject.can('content:read'),
    })
  })
  app.get('/customers-only', requireAuth({ collections: ['customers'] }), (c) => c.text(getAuth(c).collection))
  app.get('/maybe', optionalAuth(), (c) => c.text(findAuth(c)?.userId ?? 'nobody'))
  app.get('/unguarded', (c) => c.text(getAuth(c).userId))
  app.on(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'REPORT'], '/posts', guardResource('content'), (c) => c.text('done'))
  app.patch('/posts/:id', requireAuth(), (c) => {
    getAuth(c).subject.authorize('content:update')
    return c.text('updated')
  })
  app.get('/conflict', () => {
    throw new CardeaError('conflict', 'Taken.')
  })
  app.get('/broken', () => {
    throw new Error('hunter2')
  })
  app.get('/teapot', () => {
    throw new HTTPException(418, { message: 'short and stout' })
  })

  const post = (body: unknown, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const signUp = async (collection = 'users', email = 'a@example.test') => {
    const { cookie, headers, user } = await signInAs({ email }, { collection })
    return { bearer: headers, cookie, id: String(user['id']) }
  }
  /** What was logged of faults. */
  const errors = () => logs.filter(({ level }) => level === 'error').map(({ fields }) => fields)
  return { app, auth, cardea, errors, logs, post, signUp }
}

async function codeOf(response: Response): Promise<[number, unknown]> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return [response.status, ((await response.json()) as { code?: unknown }).code]
}

describe('mount', () => {
  it('serves Cardea’s routes and leaves the others to the app', async () => {
    const { app, signUp } = await setUp()
    const { bearer, id } = await signUp()
    expect(await (await app.request('/')).text()).toBe('public')
    expect((await app.request('/health')).status).toBe(200)
    expect(await (await app.request('/api/v1/auth/me', { headers: bearer })).json()).toMatchObject({ id })
    expect(await (await app.request('/api/v1/media', { headers: bearer })).json()).toEqual({ user: id })
    expect(await codeOf(await app.request('/api/v1/auth/login', { method: 'PUT' }))).toEqual([
      405,
      'method_not_allowed',
    ])
  })

  it.each(['/nowhere', '/api/v1/auth//me', '/api/v1/auth/%6De', '/api/v1/auth/me;x', '/api/v1/auth/M%45'])(
    'finds nothing at %s',
    async (path) => {
      const { app, signUp } = await setUp()
      const { bearer } = await signUp()
      expect(await codeOf(await app.request(path, { headers: bearer }))).toEqual([404, 'not_found'])
    },
  )

  it('serves a body that a middleware has looked at', async () => {
    const { cardea, post } = await setUp()
    const app = new Hono()
    const seen: string[] = []
    app.use(async (c, next) => {
      seen.push(await c.req.text())
      await next()
    })
    app.use(cardea.mount)
    const response = await app.request('/api/v1/auth/register', post({ email: 'b@example.test', password }))
    expect([response.status, seen.length]).toEqual([201, 1])
    const twice = await app.request('/api/v1/auth/login', {
      ...post({}),
      body: `{"email":"b@example.test","password":"x","password":"${password}"}`,
    })
    expect(await codeOf(twice)).toEqual([400, 'invalid_request'])
  })
})

describe('mount, used in a wrong way', () => {
  it('says that it is handed over without parentheses', async () => {
    const { cardea } = await setUp()
    // As an app in JavaScript may write it.
    const mount = cardea.mount as unknown as () => MiddlewareHandler
    expect(() => new Hono().use(mount())).toThrow('mount: is handed over without parentheses: app.use(mount)')
  })

  it('says in the log that a middleware has read the body past Hono', async () => {
    const { cardea, logs, post } = await setUp()
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.raw.text()
      await next()
    })
    app.use(cardea.mount)
    const response = await app.request('/api/v1/auth/register', post({ email: 'b@example.test', password }))
    expect(await codeOf(response)).toEqual([500, 'internal_error'])
    expect(inspect(logs.at(-1), { depth: 5 })).toMatch(/read before Cardea was asked, by a middleware: .*clone/)
  })
})

describe('a request of a page', () => {
  // What an app may have put in front: something that reads the body, in whatever form it comes.
  const readers = ['nothing', 'text', 'json', 'form', 'bytes'] as const

  it.each(readers)('is asked where it comes from and what it brings, with %s in front', async (reader) => {
    const { cardea, post } = await setUp()
    const app = new Hono()
    app.use(async (c, next) => {
      try {
        if (reader === 'text') await c.req.text()
        if (reader === 'json') await c.req.json()
        if (reader === 'form') await c.req.parseBody()
        if (reader === 'bytes') await c.req.arrayBuffer()
      } catch {
        // Somebody else's trouble.
      }
      await next()
    })
    app.use(cardea.mount)
    const body = JSON.stringify({ email: `${reader}@example.test`, password })
    const send = async (headers: Record<string, string>) =>
      await app.request('/api/v1/auth/register', { method: 'POST', body, headers })
    const json = 'application/json'
    for (const [headers, status, code] of [
      [{ 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
      [{ 'content-type': 'application/x-www-form-urlencoded; x=json' }, 415, 'unsupported_media_type'],
      [{ 'content-type': json, origin: 'https://evil.test' }, 403, 'csrf_rejected'],
      [{ 'content-type': json, 'sec-fetch-site': 'cross-site' }, 403, 'csrf_rejected'],
      [{ 'content-type': json, cookie: 'session=x' }, 403, 'csrf_rejected'],
    ] as const) {
      const response = await send(headers)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await codeOf(response)).toEqual([status, code])
    }
    const response = await send({ 'content-type': 'APPLICATION/JSON; charset=utf-8', origin: 'http://localhost:3000' })
    expect(response.status).toBe(201)
    expect([response.headers.get('cache-control'), response.headers.get('vary')]).toEqual([
      'no-store',
      'Cookie, Authorization',
    ])
    expect(response.headers.getSetCookie()[0]).toMatch(/^session=[\w-]{43}; /)
    const login = await app.request('/api/v1/auth/login', post({ email: `${reader}@example.test`, password }))
    expect(login.status).toBe(200)
  })
})

describe('API keys', () => {
  it('are let in with what they may, and have no session', async () => {
    const { app, auth, cardea, signUp } = await setUp()
    const { id } = await signUp()
    await auth.permissions.assign(id, 'admin')
    const { key } = await auth.apiKeys.create({ principalId: id, scopes: ['content:update'] })
    const headers = { authorization: `Bearer ${key}` }
    const me = await (await app.request('/me', { headers })).json()
    expect(me).toEqual({ collection: 'users', userId: id, same: true, read: false })
    expect(await codeOf(await app.request('/api/v1/media', { headers }))).toEqual([403, 'forbidden'])
    const guarded = new Hono()
    guarded.get('/person', cardea.requireAuth({ credentials: 'session' }), (c) => c.text('in'))
    expect(await codeOf(await guarded.request('/person', { headers }))).toEqual([403, 'forbidden'])
  })
})

describe('guards', () => {
  it('say who came', async () => {
    const { app, signUp } = await setUp()
    const { bearer, cookie, id } = await signUp()
    for (const headers of [bearer, { cookie }]) {
      expect(await (await app.request('/me', { headers })).json()).toMatchObject({
        collection: 'users',
        userId: id,
        same: true,
        read: true,
      })
    }
    expect(await (await app.request('/maybe', { headers: bearer })).text()).toBe(id)
    expect(await (await app.request('/maybe')).text()).toBe('nobody')
  })

  it('refuse with a problem, also in an app without an error handler', async () => {
    const { app, cardea, signUp } = await setUp()
    const { bearer, cookie } = await signUp()
    const bare = new Hono()
    bare.get('/me', cardea.requireAuth(), (c) => c.text('in'))
    bare.post('/posts', cardea.requirePermission('content:create'), (c) => c.text('in'))
    for (const each of [app, bare]) {
      expect(await codeOf(await each.request('/me'))).toEqual([401, 'unauthenticated'])
      expect(await codeOf(await each.request('/me', { headers: { authorization: 'Bearer x' } }))).toEqual([
        401,
        'token_invalid',
      ])
      expect(await codeOf(await each.request('/posts', { method: 'POST', headers: bearer }))).toEqual([
        403,
        'forbidden',
      ])
      expect(await codeOf(await each.request('/posts', { method: 'POST', headers: { cookie } }))).toEqual([
        403,
        'csrf_rejected',
      ])
    }
  })

  it('keep the next handler from running', async () => {
    const { cardea } = await setUp()
    let reached = 0
    const app = new Hono()
    app.use(cardea.requireAuth())
    app.use(async (_c, next) => {
      reached += 1
      await next()
    })
    app.get('/x', (c) => {
      reached += 1
      return c.text('in')
    })
    expect((await app.request('/x')).status).toBe(401)
    expect(reached).toBe(0)
  })

  it.each([
    ['GET', 200],
    ['PUT', 200],
    ['PATCH', 200],
    ['POST', 403],
    ['DELETE', 403],
    ['REPORT', 403],
  ])('map %s to what it does: %i for an editor', async (method, status) => {
    const { app, auth, signUp } = await setUp()
    const { bearer, id } = await signUp()
    await auth.permissions.assign(id, 'editor')
    expect((await app.request('/posts', { method, headers: bearer })).status).toBe(status)
  })

  it('act on the very next request', async () => {
    const { app, auth, signUp } = await setUp()
    const { bearer, id } = await signUp()
    const patch = async () => (await app.request('/posts/1', { method: 'PATCH', headers: bearer })).status
    expect(await patch()).toBe(403)
    await auth.permissions.assign(id, 'editor')
    expect(await patch()).toBe(200)
    await auth.users.disable(id)
    expect(await patch()).toBe(401)
  })

  it('take the collections they are told', async () => {
    const { app, signUp } = await setUp()
    const user = await signUp()
    const customer = await signUp('customers', 'c@example.test')
    expect(await (await app.request('/customers-only', { headers: customer.bearer })).text()).toBe('customers')
    expect((await app.request('/customers-only', { headers: user.bearer })).status).toBe(401)
    expect((await app.request('/me', { headers: customer.bearer })).status).toBe(401)
  })

  it('fail closed where none was used, and between two instances', async () => {
    const { app, signUp } = await setUp()
    const { bearer } = await signUp()
    expect(await codeOf(await app.request('/unguarded', { headers: bearer }))).toEqual([401, 'unauthenticated'])
    const [first, second] = [await setUp(), await setUp()]
    const mixed = new Hono()
    mixed.onError(first.cardea.onError)
    mixed.get('/x', first.cardea.requireAuth(), (c) => c.text(second.cardea.getAuth(c).userId))
    const account = await first.signUp()
    expect((await mixed.request('/x', { headers: account.bearer })).status).toBe(401)
  })
})

describe('onError', () => {
  it('tells expected errors from faults', async () => {
    const { app, errors } = await setUp()
    expect(await codeOf(await app.request('/conflict'))).toEqual([409, 'conflict'])
    expect(errors()).toEqual([])
    const broken = await app.request('/broken')
    expect(broken.status).toBe(500)
    expect(await broken.text()).not.toContain('hunter2')
    expect(errors()).toEqual([expect.objectContaining({ status: 500, request_id: broken.headers.get('x-request-id') })])
    const teapot = await app.request('/teapot')
    expect([teapot.status, await teapot.text()]).toEqual([418, 'short and stout'])
  })
})

describe('mistakes of an app', () => {
  it('are told by the name of what was called', async () => {
    await expect(setUp({ trustproxy: 1 } as HonoOptions)).rejects.toThrow('cardeaHono: trustproxy is not a known field')
  })

  it('are told of a guard that was not called', async () => {
    const { cardea } = await setUp()
    const app = new Hono()
    // As an app in JavaScript may write it.
    app.get('/x', cardea.requireAuth as unknown as MiddlewareHandler, (c) => c.text('in'))
    app.onError((error, c) => c.text(error.message, (statusOf(error) ?? 599) as 500))
    const answer = await app.request('/x')
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringContaining('requireAuth: has to be called'),
    ])
  })

  it('are told of a handler without a guard, and of no other', async () => {
    const { app, auth, cardea, logs, signUp } = await setUp()
    const { cookie } = await signUp()
    const { getAuth, optionalAuth, requireAuth } = cardea
    app.get('/asks', optionalAuth(), (c) => c.text(getAuth(c).userId))
    app.get('/nested', requireAuth(), optionalAuth({ collections: ['customers'] }), (c) =>
      c.text(getAuth(c).collection),
    )
    expect(await codeOf(await app.request('/asks'))).toEqual([401, 'unauthenticated'])
    expect(await (await app.request('/nested', { headers: { cookie } })).text()).toBe('users')
    const warnings = () => logs.filter(({ level }) => level === 'warn')
    expect(warnings()).toEqual([])
    for (const _ of [1, 2]) expect((await app.request('/unguarded', { headers: { cookie } })).status).toBe(401)
    await auth.close()
    expect(warnings()).toEqual([
      expect.objectContaining({ message: expect.stringContaining('no guard has looked at') }),
    ])
  })

  it.each([
    ['nothing', {}, 1],
    ['addresses that the app finds', { clientAddress: () => '192.0.2.7' }, 0],
  ])('are told where a proxy comes before an app that knows of %s', async (_what, options, times) => {
    const { app, auth, logs } = await setUp({ rateLimits: 'off', ...options })
    for (const _ of [1, 2]) await app.request('/health', { headers: { forwarded: 'for=203.0.113.9' } })
    await auth.close()
    expect(logs.filter(({ message }) => message.includes('trustProxy'))).toHaveLength(times)
  })
})

describe('types', () => {
  it('know the catalogue', async () => {
    const { cardea } = await setUp()
    cardea.requirePermission('users:read')
    cardea.guardResource('sessions')
    // @ts-expect-error No such permission.
    cardea.requirePermission('content:publish')
    // @ts-expect-error No such resource.
    cardea.guardResource('contents')
    expect(cardea).toBeDefined()
  })
})

describe('on Node', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  async function listen(options: HonoOptions) {
    const kit = await setUp(options)
    const port = await new Promise<number>((resolve) => {
      const server = serve(
        { fetch: kit.app.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false },
        (info: AddressInfo) => resolve(info.port),
      )
      closing.push(() => server.close())
    })
    return { ...kit, url: `http://127.0.0.1:${port}` }
  }

  it('knows the address of the socket', async () => {
    const { url, post } = await listen({})
    const made = await fetch(`${url}/api/v1/auth/register`, post({ email: 'a@example.test', password }))
    const { access_token: token } = (await made.json()) as { access_token: string }
    const listed = await fetch(`${url}/api/v1/sessions`, { headers: { authorization: `Bearer ${token}` } })
    expect(await listed.json()).toEqual([expect.objectContaining({ ip_address: '127.0.0.1' })])
  })

  it('keeps where an API key was used last, in routes of the app', async () => {
    const { url, auth, signUp } = await listen({})
    const { id } = await signUp()
    const { apiKey, key } = await auth.apiKeys.create({ principalId: id })
    expect((await fetch(`${url}/me`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
    await expect.poll(async () => (await auth.apiKeys.find(apiKey.id))?.lastUsedIp).toBe('127.0.0.1')
  })

  it('takes the address from the app where it says how', async () => {
    const { url, post } = await listen({ clientAddress: (c) => c.req.header('x-test-address') })
    const login = async (address: string) =>
      (
        await fetch(
          `${url}/api/v1/auth/login`,
          post({ email: 'a@example.test', password }, { 'x-test-address': address }),
        )
      ).status
    for (let index = 0; index < 10; index += 1) expect(await login('192.0.2.1')).toBe(401)
    expect(await login('192.0.2.1')).toBe(429)
    expect(await login('192.0.2.2')).toBe(401)
  })

  it('refuses a body that is too large and goes on', async () => {
    const { url, post } = await listen({ rateLimits: 'off' })
    const large = await fetch(
      `${url}/api/v1/auth/login`,
      post({ email: 'a@example.test', password: 'x'.repeat(300_000) }),
    )
    expect(await codeOf(large)).toEqual([413, 'payload_too_large'])
    const head = await fetch(`${url}/health`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const empty = await fetch(`${url}/api/v1/auth/logout`, { method: 'POST' })
    expect(empty.status).toBe(200)
  })
})
