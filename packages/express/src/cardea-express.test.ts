import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createTestCardea } from '@cardea/testing'
import { CardeaError, defineCollection, definePermissions, defineRoles, type NoRows } from 'cardea'
import express, { type Express, type Request } from 'express'
import express4 from 'express4'
import { afterEach, describe, expect, it } from 'vitest'
import { type CardeaExpress, cardeaExpress, type ExpressOptions, statusOf } from './index.js'

const password = 'correct horse battery'
const permissions = definePermissions({ content: ['read', 'update'] })
const roles = defineRoles(permissions, { viewer: { permissions: ['content:read'] } })

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Setup = (
  app: Express,
  cardea: CardeaExpress<
    'content:read' | 'content:update' | 'users:read' | 'sessions:read',
    NoRows,
    'users' | 'customers'
  >,
  create: typeof express,
) => void

/** An app on a version of Express, and requests to it. */
async function serve(create: typeof express, setup: Setup, options: ExpressOptions = { rateLimits: 'off' }) {
  const kit = await createTestCardea({
    baseUrl: 'http://localhost:3000',
    permissions,
    roles,
    defaultRole: 'viewer',
    collections: [defineCollection('customers', { type: 'auth' })],
    mail: false,
  })
  const app = create()
  setup(app, cardeaExpress(kit.auth, options), create)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  // Listening on TCP, so the address is one of a socket.
  const { port } = server.address() as AddressInfo
  const ask = async (path: string, init?: RequestInit) => await fetch(`http://127.0.0.1:${port}${path}`, init)
  return { ...kit, ask }
}

const post = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

async function told(answer: Response | Promise<Response>): Promise<[number, unknown]> {
  const response = await answer
  if (response.headers.get('content-type') !== 'application/problem+json')
    return [response.status, await response.text()]
  return [response.status, ((await response.json()) as { code?: unknown }).code]
}

const register = '/api/v1/auth/register'
// What these tests use of both is the same, whatever their types say.
const versions = [
  ['5', express],
  ['4', express4 as unknown as typeof express],
] as const

describe.each(versions)('on Express %s', (_version, create) => {
  describe('mount', () => {
    it('is given a body by whatever has read it', async () => {
      const { ask } = await serve(create, (app, { mount }) => {
        app.use(create.json({ limit: 1_000, strict: false }), mount)
      })
      expect((await ask(register, post({ email: 'a@example.test', password }))).status).toBe(201)
      for (const body of ['null', '[]', '1']) expect((await ask(register, post(body))).status).toBe(422)
    })

    it('says that it is handed over without parentheses', async () => {
      const called = serve(create, (app, cardea) => {
        // As an app in JavaScript may write it.
        const mount = cardea.mount as unknown as () => typeof cardea.mount
        app.use(mount())
      })
      await expect(called).rejects.toThrow('mount: is handed over without parentheses: app.use(mount)')
    })

    it('says in the log that a body was read and not kept', async () => {
      const { ask, logs } = await serve(create, (app, { mount }) => {
        app.use((request, _response, next) => {
          request.resume().on('end', next)
        }, mount)
      })
      expect(await told(ask(register, post({ email: 'a@example.test', password })))).toEqual([500, 'internal_error'])
      expect(inspect(logs.at(-1), { depth: 5 })).toContain('read before Cardea was asked')
      expect((await ask('/health')).status).toBe(200)
    })

    it('stays silent where somebody else has answered by then', async () => {
      const { ask, logs } = await serve(create, (app, { mount, requireAuth }) => {
        app.use((_request, response, next) => {
          next()
          response.send('too late')
        })
        app.use(mount)
        app.get('/me', requireAuth())
      })
      for (const path of ['/health', '/me', '/api/v1/auth/me']) expect(await told(ask(path))).toEqual([200, 'too late'])
      expect(logs.filter(({ level }) => level === 'error')).toEqual([])
    })

    it('looks at the whole path, in whichever router it is', async () => {
      const { ask } = await serve(create, (app, { mount, notFound }) => {
        app.use('/api', create.Router().use(mount))
        app.use(notFound)
      })
      expect((await ask('/api/v1/auth/me')).status).toBe(401)
      expect((await ask('/health')).status).toBe(404)
    })
  })

  describe('guards', () => {
    it('hand on what loaders and handlers throw, and what clientAddress does', async () => {
      const { ask, signInAs } = await serve(
        create,
        (app, { getAuth, requireAuth, requirePermission }) => {
          const resource = async (request: Request): Promise<object> => {
            await Promise.resolve()
            throw new Error(String(request.params['id']))
          }
          app.get('/posts/:id', requirePermission('content:read', { resource }), (_request, response) => {
            response.send('in')
          })
          app.get('/me', requireAuth(), (request, response) => {
            getAuth(request).authorize('content:update')
            response.send('in')
          })
          app.use(((error: unknown, _request, response, _next) => {
            response.status(599).send(String(error))
          }) satisfies express.ErrorRequestHandler)
        },
        {
          rateLimits: 'off',
          clientAddress: (request) => {
            if (request.query['address'] !== undefined) throw new Error('no address')
            return '192.0.2.7'
          },
        },
      )
      const { headers } = await signInAs()
      expect(await told(ask('/posts/broken', { headers }))).toEqual([599, 'Error: broken'])
      expect(await told(ask('/me', { headers }))).toMatchObject([599, expect.stringContaining('CardeaError')])
      expect(await told(ask('/me?address=', { headers }))).toEqual([599, 'Error: no address'])
    })

    it.each([
      ['nothing', {}, 1],
      ['addresses that the app finds', { clientAddress: (request: Request) => request.ip }, 0],
      ['a proxy', { trustProxy: 1 }, 0],
    ])('warn once of requests through a proxy where an app knows of %s', async (_what, options, times) => {
      const { ask, auth, logs } = await serve(create, (app, { mount }) => app.use(mount), {
        rateLimits: 'off',
        ...options,
      })
      for (const _ of [1, 2]) await ask('/health', { headers: { 'x-forwarded-for': '203.0.113.9' } })
      await auth.close()
      expect(logs.filter(({ message }) => message.includes('trustProxy'))).toHaveLength(times)
    })

    it('tell where a request came from, as the app says', async () => {
      const { ask, events, signInAs } = await serve(
        create,
        (app, { requirePermission }) => {
          app.set('trust proxy', 1)
          app.get('/x', requirePermission('content:update'))
        },
        { rateLimits: 'off', clientAddress: (request) => request.ip },
      )
      const { headers } = await signInAs()
      await ask('/x', { headers: { ...headers, 'x-forwarded-for': '198.51.100.1, 203.0.113.9' } })
      expect(events.find(({ type }) => type === 'access.denied')).toMatchObject({ ip: '203.0.113.9' })
    })

    it('take API keys, unless they are to be sessions', async () => {
      const { ask, auth, signInAs } = await serve(create, (app, { getAuth, requireAuth }) => {
        app.get('/any', requireAuth(), (request, response) => {
          response.json({ userId: getAuth(request).userId, sessionId: getAuth(request).sessionId })
        })
        app.get('/person', requireAuth({ credentials: 'session' }), (_request, response) => void response.send('in'))
        app.get('/customers', requireAuth({ collections: ['customers'] }), (request, response) => {
          response.send(getAuth(request).collection)
        })
      })
      const { user } = await signInAs()
      const { key } = await auth.apiKeys.create({ principalId: String(user['id']) })
      const headers = { authorization: `Bearer ${key}` }
      expect(await (await ask('/any', { headers })).json()).toEqual({ userId: user['id'] })
      expect(await told(ask('/person', { headers }))).toEqual([403, 'forbidden'])
      expect((await ask('/customers', { headers })).status).toBe(401)
      const customer = await signInAs({ email: 'c@example.test' }, { collection: 'customers' })
      expect(await told(ask('/customers', { headers: customer.headers }))).toEqual([200, 'customers'])
      expect((await ask('/any', { headers: customer.headers })).status).toBe(401)
    })

    it('say that they have to be called, to the app’s own handlers of errors', async () => {
      const { ask } = await serve(create, (app, { requireAuth, requirePermission }) => {
        // As an app in JavaScript may write it.
        const uncalled = (guard: unknown) => guard as express.RequestHandler
        app.get('/auth', uncalled(requireAuth), (_request, response) => void response.send('in'))
        app.get('/permission', uncalled(requirePermission), (_request, response) => void response.send('in'))
        app.use(((error: unknown, _request, response, _next) => {
          response.status(statusOf(error) ?? 599).send(error instanceof Error ? error.message : 'none')
        }) satisfies express.ErrorRequestHandler)
      })
      expect(await told(ask('/auth'))).toEqual([500, expect.stringContaining('requireAuth: has to be called')])
      expect(await told(ask('/permission'))).toEqual([500, expect.stringContaining('requirePermission: has to be')])
    })

    it('tell the log of a handler that has none in front, and no more of one that has', async () => {
      const { ask, auth, logs, signInAs } = await serve(
        create,
        (app, { getAuth, onError, optionalAuth, requireAuth }) => {
          const whoami: express.RequestHandler = (request, response) => void response.send(getAuth(request).collection)
          app.get('/unguarded', whoami)
          app.get('/maybe', optionalAuth(), whoami)
          app.get('/nested', requireAuth(), optionalAuth({ collections: ['customers'] }), whoami)
          app.use(onError)
        },
      )
      const { headers } = await signInAs()
      const warnings = () => logs.filter(({ level }) => level === 'warn')
      expect(await told(ask('/maybe'))).toEqual([401, 'unauthenticated'])
      expect(
        await told(ask('/nested', { headers: { cookie: (await signInAs({ email: 'b@example.test' })).cookie } })),
      ).toEqual([200, 'users'])
      expect(warnings()).toEqual([])
      for (const _ of [1, 2]) expect(await told(ask('/unguarded', { headers }))).toEqual([401, 'unauthenticated'])
      await auth.close()
      expect(warnings()).toEqual([
        expect.objectContaining({ message: expect.stringContaining('no guard has looked at') }),
      ])
      expect(inspect(warnings(), { depth: 5 })).toContain('whoami')
    })

    it('keep what each has found: of several objects the last', async () => {
      const { ask, signInAs } = await serve(create, (app, { getResource, requireAuth, requirePermission }) => {
        const load = (name: string) => requirePermission('content:read', { resource: () => ({ name }) })
        app.get('/two', load('first'), load('second'), requireAuth(), (request, response) => {
          response.json(getResource(request))
        })
        app.get('/none', requireAuth(), (request, response) => void response.send(String(getResource(request))))
      })
      const { headers } = await signInAs()
      expect(await (await ask('/two', { headers })).json()).toEqual({ name: 'second' })
      expect(await told(ask('/none', { headers }))).toEqual([200, 'undefined'])
    })
  })

  describe('statusOf', () => {
    it('gives a handler of the app’s own the status that Cardea answers with', async () => {
      const { ask, signInAs } = await serve(
        create,
        (app, { requireAuth, requirePermission }) => {
          app.get('/me', requireAuth())
          app.get('/posts', requirePermission('content:update'))
          app.get('/broken', () => {
            throw new Error('broken')
          })
          app.use(((error: unknown, _request, response, _next) => {
            response.status(statusOf(error) ?? 599).send('own')
          }) satisfies express.ErrorRequestHandler)
        },
        { rateLimits: 'off', refusals: 'throw' },
      )
      const { headers } = await signInAs()
      expect(await told(ask('/me'))).toEqual([401, 'own'])
      expect(await told(ask('/posts', { headers }))).toEqual([403, 'own'])
      expect(await told(ask('/broken'))).toEqual([599, 'own'])
    })
  })

  describe('onError', () => {
    const setup: Setup = (app, { mount, onError }, { json }) => {
      app.set('env', 'test')
      app.use(json({ limit: 100 }), mount)
      app.get('/posts/:id', (_request, response) => void response.send('in'))
      app.get('/conflict', () => {
        throw new CardeaError('conflict', 'Taken.')
      })
      app.get('/teapot', () => {
        throw Object.assign(new Error('short and stout'), { status: 418 })
      })
      app.use(onError)
    }

    it('answers what parsers and Express refuse as problems that do not quote it', async () => {
      const { ask, logs } = await serve(create, setup)
      const json = { 'content-type': 'application/json' }
      const refused = [
        [register, post({ email: 'a@example.test', password: 'x'.repeat(200) }), 413, 'payload_too_large'],
        [register, post('{"email": hunter2'), 400, 'invalid_request'],
        [register, post('{}', { 'content-type': 'application/json; charset=klingon' }), 415, 'unsupported_media_type'],
        [register, post('{}', { ...json, 'content-encoding': 'klingon' }), 415, 'unsupported_media_type'],
        ['/posts/%E0%A4%A', {}, 400, 'invalid_request'],
      ] as const
      for (const [path, init, status, code] of refused) {
        const response = await ask(path, init)
        const text = await response.text()
        expect(response.headers.get('content-type')).toBe('application/problem+json')
        expect([response.status, JSON.parse(text)]).toMatchObject([status, { code }])
        expect(text).not.toContain('hunter2')
      }
      expect(logs.filter(({ level }) => level === 'error')).toEqual([])
      // The connection is good for more.
      expect((await ask('/health')).status).toBe(200)
    })

    it('leaves errors with a status of their own to Express', async () => {
      const { ask, logs } = await serve(create, setup)
      expect(await told(ask('/conflict'))).toEqual([409, 'conflict'])
      const [status, text] = await told(ask('/teapot'))
      expect(status).toBe(418)
      expect(text).toContain('short and stout')
      expect(logs.filter(({ level }) => level === 'error')).toEqual([])
    })
  })
})

describe('cardeaExpress', () => {
  it.each([
    [{ trustproxy: 1 }, 'cardeaExpress: trustproxy is not a known field'],
    [{ rateLimits: { multiplyer: 2 } }, 'cardeaExpress: rateLimits: multiplyer is not a known field'],
    [{ refusals: 'ignore' }, "cardeaExpress: refusals is 'answer' or 'throw'"],
  ])('refuses %j by its own name', async (options, message) => {
    const { auth } = await createTestCardea()
    // As an app in JavaScript may write it.
    expect(() => cardeaExpress(auth, options as ExpressOptions)).toThrow(message)
  })
})
