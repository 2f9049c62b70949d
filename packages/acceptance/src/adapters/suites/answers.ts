import { describe, expect, it } from 'vitest'
import type { Framework } from '../framework.js'
import { origin } from '../framework.js'
import { connectTo } from '../raw-connection.js'
import { post, runner, statusOf, told } from '../running.js'

/** What comes back: headers of both, streams, and answers without a body. */
export function answers(framework: Framework): void {
  describe('answers', () => {
    const start = runner(framework)

    it('set several cookies, beside those of the app', async () => {
      const { ask, signUp } = await start()
      const { email, password } = await signUp()
      const response = await ask('/api/v1/auth/login', post({ email, password }))
      expect(response.status).toBe(200)
      const names = response.headers.getSetCookie().map((line) => line.split('=')[0])
      expect(names).toEqual(expect.arrayContaining(['theme', 'session']))
      expect(new Set(names).size).toBe(names.length)
      const session = response.headers.getSetCookie().find((line) => line.startsWith('session='))
      expect(session).toMatch(/^session=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/)
      expect(response.headers.get('vary')).toMatch(
        /Accept-Encoding.*Cookie, Authorization|Cookie, Authorization.*Accept-Encoding/,
      )
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-type')).toBe('application/json')
      const cookie = session?.split(';')[0] ?? ''
      expect(await statusOf(ask('/me', { headers: { cookie } }))).toBe(200)
      const out = await ask('/api/v1/auth/logout', { method: 'POST', headers: { cookie, origin } })
      expect(out.headers.getSetCookie().join()).toMatch(/session=; Max-Age=0/)
      expect(await statusOf(ask('/me', { headers: { cookie } }))).toBe(401)
    })

    it('of a guarded route are streamed', async () => {
      let release = (): void => undefined
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const { ask, signUp } = await start({ pause: () => released })
      const { headers } = await signUp()
      const reader = (await ask('/stream', { headers })).body?.pipeThrough(new TextDecoderStream()).getReader()
      expect((await reader?.read())?.value).toBe('one')
      release()
      expect((await reader?.read())?.value).toBe('two')
      expect((await reader?.read())?.done).toBe(true)
      expect(await told(ask('/stream'))).toEqual([401, 'unauthenticated'])
    })

    it('to HEAD are those to GET without a body', async () => {
      const { ask, port, signUp } = await start()
      const { headers } = await signUp()
      const routes = [
        ['/health', {}, 200],
        ['/api/v1/auth/me', headers, 200],
        ['/api/v1/auth/me', {}, 401],
        ['/me', headers, 200],
        ['/me', {}, 401],
        ['/content', headers, 200],
        ['/nowhere', {}, 404],
      ] as const
      for (const [path, sent, status] of routes) {
        const [head, get] = [await ask(path, { method: 'HEAD', headers: sent }), await ask(path, { headers: sent })]
        expect([path, head.status, await head.text()]).toEqual([path, status, ''])
        expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
        await get.text()
      }
      // Nothing of a body stands before the next answer.
      const connection = await connectTo(port)
      const me = 'HEAD /me HTTP/1.1\r\nHost: localhost\r\n\r\n'
      connection.send(`${me}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      expect((await connection.next(false))?.status).toBe(401)
      expect((await connection.next())?.status).toBe(200)
      connection.close()
    })

    it('to OPTIONS tell methods on Cardea’s paths, and pages of listed origins what they may', async () => {
      const pages = 'https://pages.example'
      const { ask } = await start({ adapter: { cors: { origins: [pages] } } })
      const plain = await ask('/api/v1/auth/login', { method: 'OPTIONS' })
      expect([plain.status, plain.headers.get('allow'), await plain.text()]).toEqual([204, 'POST, OPTIONS', ''])
      const headers = { origin: pages, 'access-control-request-method': 'POST' }
      const preflight = await ask('/api/v1/auth/login', { method: 'OPTIONS', headers })
      expect(preflight.headers.get('access-control-allow-origin')).toBe(pages)
      expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
      const foreign = await ask('/api/v1/auth/login', {
        method: 'OPTIONS',
        headers: { ...headers, origin: 'https://evil.example' },
      })
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
      // Guards refuse what they do not know, so that a page learns nothing without its app's own leave.
      expect(await statusOf(ask('/content', { method: 'OPTIONS' }))).toBe(401)
      expect((await ask('/public', { method: 'OPTIONS' })).status).toBeLessThan(500)
    })

    it('say what a method lacks', async () => {
      const { ask } = await start()
      const response = await ask('/api/v1/auth/login', { method: 'PUT' })
      expect(response.headers.get('allow')).toBe('POST, OPTIONS')
      expect(await told(response)).toEqual([405, 'method_not_allowed'])
      expect(await told(ask('/nowhere'))).toEqual([404, 'not_found'])
    })
  })
}
