import { describe, expect, it } from 'vitest'
import { type Framework, password } from '../framework.js'
import { connectTo } from '../raw-connection.js'
import { type Running, runner, statusOf } from '../running.js'

const login = '/api/v1/auth/login'

/** A request as text, with a body. */
const request = (path: string, headers: readonly string[], body: string): string =>
  [`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', ...headers, '', body].join('\r\n')

const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

const openConnections = async ({ server }: Running): Promise<number> =>
  await new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })

/** Connections that are used again, and those that break. */
export function connections(framework: Framework): void {
  describe('connections', () => {
    const start = runner(framework)

    it('go on after a body that was too large, and take none of it for a request', async () => {
      const { port } = await start({ adapter: { maxBodyBytes: 1_024 } })
      const smuggled = `GET /public HTTP/1.1\r\nHost: localhost\r\n\r\n`
      const body = smuggled.padEnd(200_000, 'x')
      const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      for (const sent of [
        request(login, [`Content-Length: ${body.length}`], body),
        request(login, ['Transfer-Encoding: chunked'], chunks),
      ]) {
        const connection = await connectTo(port)
        connection.send(sent)
        const refused = await connection.next()
        expect(refused?.status).toBe(413)
        connection.send(health)
        const answer = await connection.next()
        // A server may also close the connection, as it says then.
        if (answer === undefined) expect(refused?.head).toMatch(/^connection: close$/im)
        else expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}'])
        connection.close()
      }
    })

    it('go on after refusals that leave a body unread', async () => {
      const { port } = await start()
      const body = JSON.stringify({ email: 'a@example.test', password })
      for (const path of ['/api/v1/auth/me/change-password', '/echo', '/posts/mine', '/nowhere']) {
        const connection = await connectTo(port)
        connection.send(request(path, [`Content-Length: ${body.length}`], body) + health)
        expect([401, 404, 405]).toContain((await connection.next())?.status)
        expect((await connection.next())?.status).toBe(200)
        connection.close()
      }
    })

    it('take chunked bodies, in whatever parts they come', async () => {
      const { port, signUp } = await start()
      const { email, password: right } = await signUp()
      const connection = await connectTo(port)
      connection.send(request(login, ['Transfer-Encoding: chunked'], ''))
      for (const part of [`{"email":"${email}",`, `"password":`, `"${right}"}`]) {
        connection.send(
          `\r\n${part.length.toString(16)}\r\n${part}`.slice(connection.socket.bytesWritten === 0 ? 2 : 2),
        )
        connection.send('\r\n')
        await new Promise((resolve) => setImmediate(resolve))
      }
      connection.send('0\r\n\r\n')
      expect((await connection.next())?.status).toBe(200)
      connection.close()
    })

    it('are told to go on where they ask first', async () => {
      const { port, signUp } = await start()
      const { email, password: right } = await signUp()
      const body = JSON.stringify({ email, password: right })
      const connection = await connectTo(port)
      connection.send(request(login, [`Content-Length: ${body.length}`, 'Expect: 100-continue'], ''))
      expect((await connection.next())?.status).toBe(100)
      connection.send(body)
      expect((await connection.next())?.status).toBe(200)
      connection.send(health)
      expect((await connection.next())?.status).toBe(200)
      connection.close()
    })

    it('that break amid a body leave nothing behind', async () => {
      const app = await start()
      const connection = await connectTo(app.port)
      for (const path of [login, '/echo']) {
        const broken = await connectTo(app.port)
        broken.send(request(path, ['Content-Length: 100'], '{"email":'))
        await new Promise((resolve) => app.server.once('request', resolve))
        broken.close()
      }
      connection.close()
      await expect.poll(() => openConnections(app)).toBe(0)
      expect(await statusOf(app.ask('/health'))).toBe(200)
      expect(app.logs.filter(({ level }) => level === 'error')).toEqual([])
    })

    it('that break while a guard loads or an answer is streamed leave nothing behind', async () => {
      let release = (): void => undefined
      let waiting = 0
      const pause = async (): Promise<void> => {
        waiting += 1
        await new Promise<void>((resolve) => {
          release = resolve
        })
      }
      const app = await start({ pause })
      const { id, headers } = await app.signUp('author')
      const head = `Host: localhost\r\nAuthorization: ${headers['authorization']}\r\nX-Author: ${id}\r\n\r\n`
      for (const line of ['PATCH /posts/slow HTTP/1.1', 'GET /stream HTTP/1.1', 'GET /stream/broken HTTP/1.1']) {
        const before = waiting
        const connection = await connectTo(app.port)
        connection.send(`${line}\r\n${head}`)
        await expect.poll(() => waiting).toBe(before + 1)
        connection.close()
        await expect.poll(() => openConnections(app)).toBe(0)
        release()
      }
      await expect.poll(() => openConnections(app)).toBe(0)
      expect(await statusOf(app.ask('/health'))).toBe(200)
      expect(app.logs.filter(({ level }) => level === 'error')).toEqual([])
    })
  })
}
