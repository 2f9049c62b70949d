import { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createInstance, type Framework, listen } from '../framework.js'
import { post, runner, statusOf, told } from '../running.js'

/** The app around it: where it is mounted, what stands in front of it, who else is in the process. */
export function surroundings(framework: Framework): void {
  describe('surroundings', () => {
    const start = runner(framework)

    it('may be another app that mounts this one below a prefix', async () => {
      const { ask, signUp } = await start({ basePath: '/inner/api/v1', below: '/inner' })
      const { headers, id, email, password } = await signUp()
      expect(await (await ask('/inner/me', { headers })).json()).toEqual({ userId: id })
      expect(await told(ask('/inner/me'))).toEqual([401, 'unauthenticated'])
      expect(await (await ask('/inner/api/v1/auth/me', { headers })).json()).toMatchObject({ id })
      expect(await statusOf(ask('/inner/api/v1/auth/login', post({ email, password })))).toBe(200)
      expect((await ask('/api/v1/auth/me', { headers })).status).toBe(404)
      expect((await ask('/me', { headers })).status).toBe(404)
    })

    it('do not move the routes: the whole path counts', async () => {
      const { ask, signUp } = await start({ below: '/inner' })
      const { headers } = await signUp()
      expect((await ask('/inner/api/v1/auth/me', { headers })).status).toBe(404)
    })

    const addressOf = async (options: Parameters<typeof start>[0], forwarded: string): Promise<unknown> => {
      const { ask, signUp } = await start(options)
      const { email, password } = await signUp()
      const login = await ask('/api/v1/auth/login', post({ email, password }, { 'x-forwarded-for': forwarded }))
      const { access_token: token, session_id: id } = (await login.json()) as Record<string, string>
      const listed = await ask('/api/v1/sessions', { headers: { authorization: `Bearer ${token}` } })
      const sessions = (await listed.json()) as readonly { readonly session_id: string; readonly ip_address: unknown }[]
      return sessions.find((session) => session.session_id === id)?.ip_address
    }

    it('are believed of clients’ addresses only as trustProxy says, whatever the framework believes', async () => {
      const forwarded = '198.51.100.1, 203.0.113.9'
      expect(await addressOf({}, forwarded)).toBe('127.0.0.1')
      expect(await addressOf({ frameworkTrustsProxies: true }, forwarded)).toBe('127.0.0.1')
      expect(await addressOf({ adapter: { trustProxy: 1 } }, forwarded)).toBe('203.0.113.9')
      expect(await addressOf({ adapter: { trustProxy: ['127.0.0.0/8'] } }, forwarded)).toBe('203.0.113.9')
      expect(await addressOf({ adapter: { trustProxy: ['10.0.0.0/8'] } }, forwarded)).toBe('127.0.0.1')
    })

    it('may be two instances in one app or two apps in one process, which share nothing', async () => {
      const [first, second] = [await createInstance('/one'), await createInstance('/two')]
      const both = await listen(framework.withTwo(first.auth, second.auth))
      const [apart, other] = [await start(), await start()]
      const get = async (url: string, headers: Readonly<Record<string, string>>) => await told(fetch(url, { headers }))
      const getStatus = async (url: string, headers: Readonly<Record<string, string>>) => (await get(url, headers))[0]
      const [a, b] = [
        await first.signInAs({ email: 'a@example.test' }),
        await second.signInAs({ email: 'b@example.test' }),
      ]
      const id = String(a.user['id'])
      expect(await get(`${both.url}/first`, a.headers)).toEqual([200, id])
      expect(await get(`${both.url}/second`, a.headers)).toEqual([401, 'unauthenticated'])
      expect(await getStatus(`${both.url}/first`, b.headers)).toBe(401)
      expect(await getStatus(`${both.url}/one/auth/me`, a.headers)).toBe(200)
      expect(await getStatus(`${both.url}/two/auth/me`, b.headers)).toBe(200)
      expect(await getStatus(`${both.url}/two/auth/me`, { cookie: a.cookie })).toBe(401)
      const { headers } = await apart.signUp()
      expect(await getStatus(`${apart.url}/me`, headers)).toBe(200)
      expect(await getStatus(`${other.url}/me`, headers)).toBe(401)
      await both.close()
    })

    it('stay as they are: listeners, globals, prototypes', async () => {
      const before = look()
      const app = await start()
      const { ask } = app
      const { headers, email, password } = await app.signUp('author')
      await (await ask('/api/v1/auth/login', post({ email, password }))).text()
      for (const path of ['/me', '/nowhere', '/throws/sync', '/stream', '/api/v1/sessions', '/unguarded']) {
        await (await ask(path, { headers })).text()
      }
      await app.close()
      expect(look()).toEqual(before)
    })
  })
}

/** What belongs to everybody in the process. */
function look() {
  const shapeOf = (object: object): readonly (readonly [string, unknown])[] =>
    Reflect.ownKeys(object).map((key) => {
      const { value, ...others } = Object.getOwnPropertyDescriptor(object, key) ?? {}
      return [String(key), { ...others, value: typeof value === 'function' ? value : typeof value }]
    })
  const prototypes = [Object, Array, Function, Promise, String, Error, Map, Request, Response, Headers, ReadableStream]
  return {
    globals: shapeOf(globalThis),
    prototypes: [...prototypes, IncomingMessage, ServerResponse].map(({ prototype }) => shapeOf(prototype)),
    listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
    environment: { ...process.env },
    directory: process.cwd(),
  }
}
