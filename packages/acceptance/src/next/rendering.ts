import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createInstance, type Framework, listen, origin } from '../adapters/framework.js'
import { told } from '../adapters/running.js'

/** Names that have led Next past its middleware, when a client sent them (CVE-2025-29927). */
const forgeries = ['proxy', 'src/proxy', 'middleware', 'src/middleware', 'pages/_middleware'].map((name) =>
  Array.from({ length: 6 }, () => name).join(':'),
)

/** What Next has beside handlers of routes: pages that are rendered on the server, actions, and `proxy.ts`. */
export function describeRendering(next: Framework): void {
  describe('Cardea in what Next renders', () => {
    async function start(pause?: () => Promise<void>) {
      const statements: unknown[] = []
      const storage = createMemoryStorage({
        log: (event) => void statements.push(event),
        clock: () => Date.UTC(2026, 0),
      })
      const instance = await createInstance(undefined, storage)
      const app = await listen(next.listener(instance.auth, pause === undefined ? {} : { pause }))
      const { cookie, headers, user } = await instance.signInAs({ email: 'anna@example.test' })
      const id = String(user['id'])
      const ask = async (path: string, init?: RequestInit) =>
        await fetch(`${app.url}${path}`, { redirect: 'manual', ...init })
      const end = async () => await app.close()
      return { ...instance, port: app.port, ask, cookie, end, headers, id, statements }
    }

    it('tells pages who asks, with one look into the database for all of them, and sets no cookie', async () => {
      const { ask, auth, cookie, end, headers, id, signInAs, statements } = await start()
      for (const sent of [headers, { cookie }]) {
        await (await ask('/page', { headers: sent })).text()
        statements.length = 0
        const response = await ask('/page', { headers: sent })
        const text = await response.text()
        expect(text).toContain(`<title>${id}</title>`)
        expect(text.match(/<p>may not update<\/p>/g)).toHaveLength(2)
        expect(statements).toHaveLength(1)
        expect(response.headers.getSetCookie().join()).not.toContain('session')
        expect(response.headers.get('cache-control')).toContain('no-store')
      }
      // The very next request.
      await auth.permissions.assign(id, 'admin')
      expect(await (await ask('/page', { headers })).text()).toContain('<p>may update</p>')
      const other = await signInAs({ email: 'root@example.test' })
      await auth.permissions.assign(String(other.user['id']), 'admin')
      await auth.users.disable(id)
      const gone = await ask('/page', { headers: { cookie } })
      expect([gone.status, gone.headers.get('location')]).toEqual([307, '/sign-in'])
      expect((await ask('/page')).status).toBe(307)
      await end()
    })

    it('lets handlers redirect', async () => {
      const { ask, end, headers } = await start()
      const response = await ask('/redirecting', { headers })
      expect([response.status, response.headers.get('location')]).toEqual([307, '/page'])
      expect(await told(ask('/redirecting'))).toEqual([401, 'unauthenticated'])
      await end()
    })

    it('lets actions be done by who may, from pages of the app alone', async () => {
      let done = 0
      const kit = await start(async () => {
        done += 1
      })
      const { ask, auth, cookie, end, events, headers, id, port } = kit
      const page = await (await ask('/action', { headers })).text()
      const [, field = ''] = /name="(\$ACTION_ID_\w+)"/.exec(page) ?? []
      const act = async (sent: Readonly<Record<string, string>>): Promise<number> => {
        const form = new FormData()
        form.set(field, '')
        const before = done
        await (await ask('/action', { method: 'POST', body: form, headers: sent })).text()
        return done - before
      }
      const ours = { origin, 'x-forwarded-host': new URL(origin).host }
      expect(await act({ cookie, ...ours })).toBe(0)
      expect(events.filter(({ type }) => type === 'access.denied')).toMatchObject([
        { principalId: id, ip: '127.0.0.1' },
      ])
      await auth.permissions.assign(id, 'admin')
      expect(await act({ cookie, ...ours })).toBe(1)
      expect(await act({ ...headers, ...ours })).toBe(1)
      expect(await act(ours)).toBe(0)
      // Next refuses an Origin that is not the host; that it is does not do: a name may be made to lead here.
      expect(await act({ cookie, origin: 'https://evil.example' })).toBe(0)
      expect(await act({ cookie, origin: `http://127.0.0.1:${port}` })).toBe(0)
      expect(await act({ cookie, origin: 'null' })).toBe(0)
      expect(await act({ cookie })).toBe(0)
      await end()
    })

    it('is told where a request came from by what instrumentation.ts hands over, whatever a client has sent there', async () => {
      const { ask, end, events, headers } = await start()
      const forged = { ...headers, 'x-socket-address': '203.0.113.9', 'x-forwarded-for': '203.0.113.9' }
      expect((await ask('/posts/mine', { method: 'PATCH', headers: forged })).status).toBe(403)
      expect(events.find(({ type }) => type === 'access.denied')).toMatchObject({ ip: '127.0.0.1' })
      await end()
    })

    it('guards where the work is done, whatever a client says of proxy.ts', async () => {
      const { ask, cookie, end, id } = await start()
      expect((await ask('/early')).headers.get('location')).toContain('/sign-in')
      expect(await (await ask('/early', { headers: { cookie } })).text()).toBe(id)
      for (const forged of forgeries) {
        const headers = { 'x-middleware-subrequest': forged, 'x-middleware-next': '1', 'x-middleware-invoke': '' }
        expect((await ask('/me', { headers })).status).toBe(401)
        expect((await ask('/page', { headers })).status).toBe(307)
        expect([307, 401]).toContain((await ask('/early', { headers })).status)
        expect((await ask('/api/v1/auth/me', { headers })).status).toBe(401)
      }
      await end()
    })
  })
}
