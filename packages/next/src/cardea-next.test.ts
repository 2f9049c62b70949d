import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestCardea } from '@cardea/testing'
import { CardeaError, defineCollection, definePermissions, defineRoles } from 'cardea'
import { NextRequest } from 'next/server.js'
import { describe, expect, it } from 'vitest'
import { type Asked, cardeaNext, type NextOptions, statusOf } from './index.js'

const permissions = definePermissions({ content: ['read', 'update'] })
const roles = defineRoles(permissions, { viewer: { permissions: ['content:read'] } })
const origin = 'http://localhost:3000'

/** An instance, its adapter, and requests as Next hands them to handlers. */
async function setUp(options: NextOptions = {}, basePath = '/api/v1') {
  const kit = await createTestCardea({
    baseUrl: origin,
    basePath,
    permissions,
    roles,
    defaultRole: 'viewer',
    collections: [defineCollection('customers', { type: 'auth' })],
    mail: false,
  })
  const request = (path: string, init: ConstructorParameters<typeof NextRequest>[1] = {}) =>
    new NextRequest(`${origin}${path}`, init)
  return { ...kit, request, cardea: cardeaNext(kit.auth, { rateLimits: 'off', ...options }) }
}

async function told(answer: Response | Promise<Response>): Promise<[number, unknown]> {
  const response = await answer
  if (response.headers.get('content-type') !== 'application/problem+json')
    return [response.status, await response.text()]
  return [response.status, ((await response.json()) as { code?: unknown }).code]
}

/** What Next throws to be told of something, as `redirect('/x')` does. */
const thrownByNext = (digest: string): Error => Object.assign(new Error(digest), { digest })

describe('cardeaNext', () => {
  it('loads nothing of Next before Next runs: its modules would miss what Next sets as it starts', () => {
    const sources = readdirSync(import.meta.dirname).filter((name) => !name.includes('.test'))
    const texts = sources.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    expect(texts.filter((text) => text.includes("'next/")).length).toBeGreaterThan(1)
    const imports = texts.flatMap((text) => [...text.matchAll(/^(import|export) (.*?)from '(.*?)'$/gms)])
    expect(imports.filter(([, , what = '', from = '']) => /^next\b/.test(from) && !what.startsWith('type '))).toEqual(
      [],
    )
  })

  it.each([{ refusals: 'ignore' }, { trustProxy: 'all' }, { nextBasepath: '/x' }])('refuses %j', async (wrong) => {
    // As an app in JavaScript may write it.
    await expect(setUp(wrong as NextOptions)).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  describe('mount', () => {
    it('serves by the whole path, with what Next has taken off it', async () => {
      const { cardea, request, signInAs } = await setUp({ nextBasePath: '/shop' }, '/shop/api/v1')
      const { headers } = await signInAs()
      expect((await cardea.mount.GET(request('/api/v1/auth/me', { headers }))).status).toBe(200)
      expect(await told(cardea.mount.GET(request('/shop/api/v1/auth/me', { headers })))).toEqual([404, 'not_found'])
      for (const path of ['/api/v1/sessions?colour=1', '/api/v1/sessions/?colour=1']) {
        expect(await told(cardea.mount.GET(request(path, { headers })))).toEqual([422, 'unknown_field'])
      }
    })

    it('does what the method of the request is, whatever it is exported as', async () => {
      const { cardea, request } = await setUp()
      expect(new Set(Object.values(cardea.mount)).size).toBe(1)
      expect((await cardea.mount.POST(request('/health', { method: 'HEAD' }))).status).toBe(200)
      expect(await told(cardea.mount.GET(request('/api/v1/auth/login', { method: 'PUT' })))).toEqual([
        405,
        'method_not_allowed',
      ])
    })
  })

  describe('clientAddress', () => {
    const addressFor = async (options: NextOptions, headers: Record<string, string>): Promise<unknown> => {
      const { cardea, events, request, signInAs } = await setUp(options)
      const signedIn = await signInAs()
      await cardea.requirePermission('content:update')(() => new Response())(
        request('/posts', { headers: { ...signedIn.headers, ...headers } }),
        {},
      )
      return events.find(({ type }) => type === 'access.denied')?.ip
    }

    it('is unknown, whatever a client forwards, unless the app knows better or says whom to believe', async () => {
      const forged = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9', 'x-real-ip': '198.51.100.1' }
      const clientAddress: NextOptions['clientAddress'] = (headers) => headers.get('x-socket-address')
      const socket = { ...forged, 'x-socket-address': '192.0.2.7' }
      expect(await addressFor({}, forged)).toBeNull()
      expect(await addressFor({ clientAddress }, socket)).toBe('192.0.2.7')
      expect(await addressFor({ clientAddress, trustProxy: ['192.0.2.0/24'] }, socket)).toBe('203.0.113.9')
      expect(await addressFor({ clientAddress, trustProxy: ['10.0.0.0/8'] }, socket)).toBe('192.0.2.7')
      // Without the socket's, networks of proxies cannot be told from anybody's; how many there are can be counted.
      expect(await addressFor({ trustProxy: ['192.0.2.0/24'] }, forged)).toBeNull()
      expect(await addressFor({ trustProxy: 1 }, forged)).toBe('203.0.113.9')
    })
  })

  describe('guards', () => {
    it('hand parameters to loaders, and what is loaded to handlers', async () => {
      const { cardea, request, signInAs } = await setUp()
      const { headers } = await signInAs()
      type Context = Asked<{ readonly params: Promise<{ readonly id: string }> }>
      const resource = async ({ params, request: asked }: Context) => ({
        path: asked.nextUrl.pathname,
        ...(await params),
      })
      const GET = cardea.requirePermission('content:read', { resource })(async (asked, { params }) =>
        Response.json([cardea.getResource(asked), await params]),
      )
      const params = Promise.resolve({ id: '7' })
      const answer = await GET(request('/posts/7', { headers }), { params })
      expect(await answer.json()).toEqual([{ path: '/posts/7', id: '7' }, { id: '7' }])
      const open = cardea.requireAuth()((asked) => Response.json(cardea.getResource(asked) ?? 'nothing'))
      expect(await (await open(request('/', { headers }), {})).json()).toBe('nothing')
    })

    it('take the credentials and collections that they are told', async () => {
      const { auth, cardea, request, signInAs } = await setUp()
      const { user } = await signInAs()
      const { key } = await auth.apiKeys.create({ principalId: String(user['id']) })
      const asked = request('/', { headers: { authorization: `Bearer ${key}` } })
      const inside = () => new Response('in')
      expect(await told(cardea.requireAuth()(inside)(asked, {}))).toEqual([200, 'in'])
      expect(await told(cardea.requireAuth({ credentials: 'session' })(inside)(asked, {}))).toEqual([403, 'forbidden'])
      const customer = await signInAs({ email: 'c@example.test' }, { collection: 'customers' })
      const theirs = request('/', { headers: customer.headers })
      expect((await cardea.requireAuth()(inside)(theirs, {})).status).toBe(401)
      const GET = cardea.requireAuth({ collections: ['customers'] })(
        (found) => new Response(cardea.getAuth(found).collection),
      )
      expect(await told(GET(theirs, {}))).toEqual([200, 'customers'])
    })

    it('leave to Next what is Next’s', async () => {
      const seen: unknown[] = []
      const onError = (error: unknown) => {
        seen.push(error)
        return new Response('seen', { status: 599 })
      }
      for (const digest of ['NEXT_REDIRECT;replace;/x;307;', 'NEXT_HTTP_ERROR_FALLBACK;404', 'DYNAMIC_SERVER_USAGE']) {
        for (const options of [{}, { onError }]) {
          const { cardea, request } = await setUp(options)
          const thrown = thrownByNext(digest)
          const GET = cardea.withErrors(() => {
            throw thrown
          })
          await expect(GET(request('/'), {})).rejects.toBe(thrown)
        }
      }
      expect(seen).toEqual([])
      const { cardea, request } = await setUp({ onError })
      const failure = thrownByNext('1234567')
      const GET = cardea.withErrors(() => {
        throw failure
      })
      expect(await told(GET(request('/'), {}))).toEqual([599, 'seen'])
      expect(seen).toEqual([failure])
    })

    it('hand on what clientAddress throws, and let onError hand all to Next', async () => {
      const failure = new Error('no address')
      const { cardea, request } = await setUp({
        clientAddress: () => {
          throw failure
        },
        onError: (error) => {
          throw error
        },
      })
      await expect(cardea.requireAuth()(() => new Response())(request('/'), {})).rejects.toBe(failure)
      const conflict = new CardeaError('conflict', 'Taken.')
      const GET = cardea.withErrors(() => {
        throw conflict
      })
      await expect(GET(request('/'), {})).rejects.toBe(conflict)
    })
  })

  describe('mistakes of an app', () => {
    it('are told by the name of what was called', async () => {
      await expect(setUp({ trustproxy: 1 } as NextOptions)).rejects.toThrow(
        'cardeaNext: trustproxy is not a known field',
      )
    })

    it('are told of a guard that was not called', async () => {
      const { cardea, request } = await setUp()
      // As an app in JavaScript may write it.
      const GET = cardea.requireAuth as (asked: unknown, context: object) => unknown
      expect(() => GET(request('/'), { params: Promise.resolve({}) })).toThrow('requireAuth: has to be called')
    })

    it('are told of a handler without a guard, and of no other', async () => {
      const { auth, cardea, logs, request, signInAs } = await setUp()
      const { cookie } = await signInAs()
      const whoami = (asked: NextRequest) => new Response(cardea.getAuth(asked).collection)
      const maybe = cardea.optionalAuth()(whoami)
      expect(await told(maybe(request('/'), {}))).toEqual([401, 'unauthenticated'])
      const nested = cardea.requireAuth()(cardea.optionalAuth({ collections: ['customers'] })(whoami))
      expect(await told(nested(request('/', { headers: { cookie } }), {}))).toEqual([200, 'users'])
      const warnings = () => logs.filter(({ level }) => level === 'warn')
      expect(warnings()).toEqual([])
      const unguarded = cardea.withErrors(whoami)
      for (const _ of [1, 2]) expect((await unguarded(request('/', { headers: { cookie } }), {})).status).toBe(401)
      await auth.close()
      expect(warnings()).toEqual([
        expect.objectContaining({ message: expect.stringContaining('no guard has looked at') }),
      ])
    })

    it('are not told at start of permissions that nothing needs, since routes load later', async () => {
      const { auth, cardea, logs, settle } = await setUp()
      const warnings = () => logs.filter(({ level }) => level === 'warn').map(({ message }) => message)
      cardea.requirePermission('content:read')
      await auth.ready()
      await settle()
      expect(warnings()).toEqual([])
      expect((await auth.permissions.report()).unneeded).toContain('content:update')
      // As an app in JavaScript may write it.
      cardea.requirePermission('content:updte' as 'content:update')
      await settle()
      expect(warnings()).toEqual([expect.stringContaining("content:updte (requirePermission('content:updte'))")])
    })

    it('are told where nobody says what to make of proxies', async () => {
      const forwarded = { headers: { 'x-forwarded-for': '203.0.113.9' } }
      for (const [options, times] of [
        [{}, 1],
        [{ clientAddress: () => null }, 0],
        [{ trustProxy: 1 }, 0],
      ] as const) {
        const { auth, cardea, logs, request } = await setUp(options)
        for (const _ of [1, 2]) await cardea.mount.GET(request('/health', forwarded))
        await auth.close()
        expect(logs.filter(({ message }) => message.includes('trustProxy'))).toHaveLength(times)
      }
    })
  })

  it('gives the status of what Cardea refuses, for answers of the app’s own', async () => {
    const onError = (error: unknown) => new Response('own', { status: statusOf(error) ?? 599 })
    const { cardea, request } = await setUp({ refusals: 'throw', onError })
    expect(await told(cardea.requireAuth()(() => new Response())(request('/'), {}))).toEqual([401, 'own'])
    const broken = cardea.withErrors(() => {
      throw new Error('broken')
    })
    expect(await told(broken(request('/'), {}))).toEqual([599, 'own'])
  })

  it('keeps what two instances have found apart', async () => {
    const [first, second] = [await setUp(), await setUp()]
    const { headers } = await first.signInAs()
    const GET = first.cardea.requireAuth()((asked) =>
      Response.json([first.cardea.findAuth(asked) !== undefined, second.cardea.findAuth(asked) !== undefined]),
    )
    expect(await (await GET(first.request('/', { headers }), {})).json()).toEqual([true, false])
  })
})
