import { describe, expect, it } from 'vitest'
import type { Framework } from '../framework.js'
import { connectTo, type RawAnswer } from '../raw-connection.js'
import { runner } from '../running.js'

const get = (target: string, ...headers: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')

/** Requests that no browser sends. None may get past a guard, be a fault, or end the server. */
export function malformed(framework: Framework): void {
  describe('malformed requests', () => {
    const start = runner(framework)
    const { ownRefusals = [], hidesSecondCredential = false } = framework

    async function asker() {
      const app = await start()
      const { headers, id } = await app.signUp()
      const bearer = `Authorization: ${headers['authorization']}`
      const ask = async (text: string): Promise<RawAnswer | undefined> => {
        const connection = await connectTo(app.port)
        connection.send(text)
        const answer = await connection.next()
        connection.close()
        return answer
      }
      const faults = () => app.logs.filter(({ level }) => level === 'error')
      return { app, ask, bearer, id, faults }
    }

    it('find no route of Cardea by another spelling', async () => {
      const { ask, bearer, faults } = await asker()
      expect((await ask(get('/api/v1/auth/me', bearer)))?.status).toBe(200)
      for (const target of [
        '/api/v1/auth/m%65',
        '/api/v1/auth/%zz',
        '/api/v1/auth/me%',
        '/api/v1/auth/me%00',
        '/api/v1/auth/me;x',
        '/api/v1//auth/me',
        '//api/v1/auth/me',
        '///localhost/api/v1/auth/me',
        '/API/v1/auth/me',
        `/${'x'.repeat(3_000)}`,
        `/api/v1/auth/me/${'x'.repeat(3_000)}`,
        'http:/api/v1/auth/me',
        'localhost/api/v1/auth/me',
      ]) {
        const answer = await ask(get(target, bearer))
        expect([400, 404, ...ownRefusals], target.slice(0, 40)).toContain(answer?.status)
      }
      expect(faults()).toEqual([])
    })

    it('are answered, whatever the target is', async () => {
      const { ask, bearer, faults } = await asker()
      for (const target of [
        '/%',
        '/me%',
        '/%E0%A4%A',
        '/posts/%E0%A4%A',
        '/posts/%',
        '/?%',
        '/?q=%ff&q[__proto__]=1',
      ]) {
        for (const method of ['GET', 'PATCH']) {
          const answer = await ask(get(target, bearer).replace('GET', method))
          expect([400, 401, 403, 404, ...ownRefusals], `${method} ${target}`).toContain(answer?.status)
          expect(answer?.body).not.toMatch(/node_modules|at \w+ \(/)
        }
      }
      const long = await ask(get(`/${'x'.repeat(40_000)}`))
      expect(long?.status).toBe(431)
      const options = await ask('OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      expect([200, 204, 400, 404, 405, ...ownRefusals]).toContain(options?.status)
      expect(faults()).toEqual([])
    })

    it('in absolute form mean the path that they name, whatever host they name', async () => {
      const { ask, bearer, faults } = await asker()
      for (const [target, sent, status] of [
        ['http://localhost/api/v1/auth/me', [bearer], 200],
        ['http://evil.example/api/v1/auth/me', [bearer], 200],
        ['http://evil.example/api/v1/auth/me', [], 401],
        ['http://localhost/me', [], 401],
        ['http://localhost/me', [bearer], 200],
      ] as const) {
        expect([status, ...ownRefusals], target).toContain((await ask(get(target, ...sent)))?.status)
      }
      for (const target of ['http://', 'http://[', 'http://localhost:x/me', 'ftp://localhost/me', 'http://localhost']) {
        expect([400, 401, 404, ...ownRefusals], target).toContain((await ask(get(target)))?.status)
      }
      expect(faults()).toEqual([])
    })

    it('with a host that cannot be, two hosts or none get nowhere they would not get with one', async () => {
      const { ask, bearer, faults } = await asker()
      const head = (path: string, hosts: readonly string[], ...more: string[]) =>
        [`GET ${path} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), 'Connection: close', ...more, '', ''].join(
          '\r\n',
        )
      for (const hosts of [
        [],
        ['a b'],
        ['localhost', 'evil.example'],
        ['evil.example/x?'],
        ['localhost:99999'],
        [''],
      ]) {
        for (const path of ['/me', '/api/v1/auth/me']) {
          expect([400, 401]).toContain((await ask(head(path, hosts)))?.status)
          expect([200, 400]).toContain((await ask(head(path, hosts, bearer)))?.status)
        }
      }
      expect(faults()).toEqual([])
    })

    it('with two credentials bring none', async () => {
      const { ask, bearer } = await asker()
      for (const path of ['/me', '/api/v1/auth/me', '/maybe']) {
        const first = await ask(get(path, bearer, 'Authorization: Bearer x'))
        expect(first?.status).toBe(hidesSecondCredential ? 200 : 401)
        expect((await ask(get(path, 'Authorization: Bearer x', bearer)))?.status).toBe(401)
      }
    })

    it('with headers that are none are refused before anybody sees them', async () => {
      const { ask, bearer, faults } = await asker()
      for (const line of ['X: a\r\n b', ' X: a', 'X : a', 'X', 'X: a\u0000b', 'X: a\rb', `X: ${'x'.repeat(40_000)}`]) {
        const answer = await ask(get('/me', bearer, line))
        expect([400, 431], JSON.stringify(line.slice(0, 20))).toContain(answer?.status)
      }
      const both = await ask(
        'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      )
      expect(both?.status).toBe(400)
      expect(faults()).toEqual([])
    })

    it('with other methods are refused', async () => {
      const { ask, bearer, faults } = await asker()
      for (const method of ['TRACE', 'PROPFIND', 'QUERY', 'get', 'CONNECT', 'FOO']) {
        for (const path of ['/api/v1/auth/me', '/content']) {
          const answer = await ask(get(path, bearer).replace('GET', method))
          // Node hands CONNECT to nobody, and ends the connection.
          if (method !== 'CONNECT')
            expect([400, 403, 404, 405, ...ownRefusals], `${method} ${path}`).toContain(answer?.status)
          else expect([undefined, 400, 403, 404, 405]).toContain(answer?.status)
        }
      }
      expect(faults()).toEqual([])
    })
  })
}
