import { type AddressInfo, connect, createServer } from 'node:net'
import { firstWhereQuick, isQuick } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { connectTo } from './adapters/raw-connection.js'
import { clientOf } from './client.js'
import { defineCustomers } from './define-customers.js'
import {
  adminCredentials,
  demoOn,
  frameworks,
  startRefused as refuse,
  startDemo as start,
  startByNpm,
  temporaryFolder,
} from './demo-server.js'
import { patience } from './patience.js'

/** What a server is told, and the variable that it has to name. Each starts a process, so there are few where there is little time. */
const refusedValues: readonly (readonly [name: string, extra: Readonly<Record<string, string>>])[] = [
  ['PORT', { PORT: 'http' }],
  ['DATABASE_URL', { DATABASE_URL: 'oracle://db' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' }],
  ['BASE_URL', { BASE_URL: 'not a url' }],
  ['RATE_LIMITS', { RATE_LIMITS: 'sometimes' }],
  ['RATE_LIMITS', { NODE_ENV: 'production', BASE_URL: 'https://app.test', RATE_LIMITS: 'off' }],
  ['CARDEA_SECRET', { NODE_ENV: 'production', BASE_URL: 'https://app.test', CARDEA_SECRET: '' }],
  ['BASE_URL', { NODE_ENV: 'production', BASE_URL: '' }],
  ['DATABASE_URL', { DATABASE_URL: 'sqlite:/dev/null/app.db' }],
  ['ADMIN_PASSWORD', { ADMIN_PASSWORD: '' }],
  ['ADMIN_PASSWORD must be at least 8 characters', { ADMIN_PASSWORD: 'short' }],
  ['ADMIN_EMAIL must be an e-mail address', { ADMIN_EMAIL: 'admin' }],
  ['COOKIE_NAME', { COOKIE_NAME: 'a name with spaces' }],
  ['TRUST_PROXY', { TRUST_PROXY: 'somewhere' }],
  ['secret', { NODE_ENV: 'production', BASE_URL: 'https://app.test', CARDEA_SECRET: 'x'.repeat(40), RATE_LIMITS: '' }],
]

describe.each(firstWhereQuick(frameworks))('the demo server on %s', (framework) => {
  type Variables = Readonly<Record<string, string>>
  const startDemo = async (extra: Variables, folder?: string) => await start(extra, folder, demoOn(framework))
  const startRefused = async (extra: Variables) => await refuse(extra, undefined, demoOn(framework))

  it('starts on nothing but defaults, prints how to go on, and finds its data again', async () => {
    const folder = temporaryFolder()
    const bare = { ADMIN_EMAIL: '', ADMIN_PASSWORD: '', CARDEA_SECRET: '', RATE_LIMITS: '' }
    const first = await startDemo(bare, folder)
    const printed = first.output()
    const password = /Admin: admin@example\.com, password (\S+)/.exec(printed)?.[1]
    expect(password).toHaveLength(16)
    expect(printed.match(/^ {2}curl /gm)).toHaveLength(3)
    expect((await clientOf(first.url).get('/health')).status).toBe(200)
    expect((await clientOf(first.url).get('/health/ready')).status).toBe(200)
    const credentials = { email: 'admin@example.com', password }
    const signedIn = await clientOf(first.url).post('/api/v1/auth/login', credentials)
    expect(signedIn.status).toBe(200)
    expect(await first.stop()).toBe(0)

    const second = await startDemo(bare, folder)
    expect(second.output()).toContain(`password ${password}`)
    const { cookie } = signedIn
    expect((await clientOf(second.url).get('/api/v1/auth/me', { cookie })).status).toBe(200)
    expect(await second.stop()).toBe(0)
  })

  it('starts twice at once in one folder, with one secret and one admin', async () => {
    const folder = temporaryFolder()
    const bare = { ADMIN_EMAIL: '', ADMIN_PASSWORD: '', CARDEA_SECRET: '' }
    const nodes = await Promise.all([1, 2, 3].map(() => startDemo(bare, folder)))
    const passwords = new Set(nodes.map((node) => /password (\S+)/.exec(node.output())?.[1]))
    expect(passwords.size).toBe(1)
    const [password] = passwords
    const [first, second] = nodes.map(({ url }) => clientOf(url))
    const signedIn = await first?.post('/api/v1/auth/login', { email: 'admin@example.com', password })
    expect((await second?.get('/posts', { bearer: signedIn?.body['access_token'] }))?.status).toBe(200)
    expect(await Promise.all(nodes.map((node) => node.stop()))).toEqual([0, 0, 0])
  })

  it('is ended by a SIGTERM to npm, as process managers send it', async () => {
    const started = startByNpm({ DATABASE_URL: `sqlite:${temporaryFolder()}/app.db` }, framework)
    await expect.poll(started.output, patience).toMatch(/^listening on /m)
    const url = /^listening on (\S+)$/m.exec(started.output())?.[1] ?? ''
    expect((await clientOf(url).get('/health')).status).toBe(200)
    await started.stop()
    await expect(clientOf(url).get('/health')).rejects.toThrow('fetch failed')
  })

  it('names a port that is taken', async () => {
    const other = createServer().listen(0)
    // Listening on TCP, so the address is one of a socket.
    const { port } = other.address() as AddressInfo
    const { code, output } = await startRefused({ PORT: String(port), DATABASE_URL: 'sqlite::memory:' })
    other.close()
    expect(code).toBe(1)
    expect(output).toContain(`PORT ${port} is in use`)
  })

  it.each(refusedValues.filter((_, index) => !isQuick() || index % 4 === 0))(
    'refuses a bad value and names %s',
    async (name, extra) => {
      const { code, output } = await startRefused({ DATABASE_URL: 'sqlite::memory:', ...extra })
      expect(code).toBe(1)
      expect(output).toContain(name)
      expect(output).not.toMatch(/^\s+at /m)
    },
  )

  it('ends in time on SIGTERM, whatever its clients do, and finishes what it has begun', async () => {
    const demo = await startDemo({ DATABASE_URL: 'sqlite::memory:' })
    const client = clientOf(demo.url)
    await defineCustomers(client)
    const stalled = connect(Number(new URL(demo.url).port), 'localhost')
    stalled.on('error', () => undefined)
    stalled.write('POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{')
    let sent = 0
    let answered = 0
    const busy = Array.from({ length: 4 }, async (_, index) => {
      for (let count = 0; count < 1_000; count += 1) {
        sent += 1
        const own = { email: `c${index}x${count}@example.com`, password: 'a good password' }
        const answer = await client.post('/api/v1/collections/customers/auth/register', own).catch(() => undefined)
        if (answer === undefined) break
        answered += 1
        expect(answer.status).toBe(201)
      }
    })
    await expect.poll(() => answered, patience).toBeGreaterThan(8)
    expect(await demo.stop()).toBe(0)
    await Promise.all(busy)
    // At most the next request of each client, sent when the server was gone, was not answered.
    expect(sent - answered).toBeLessThanOrEqual(4)
    stalled.destroy()
  })

  it('makes the admin though somebody has registered as admin before, but never takes the account of another', async () => {
    const folder = temporaryFolder()
    const app = { NODE_ENV: 'production', BASE_URL: 'https://app.test', DATABASE_URL: `sqlite:${folder}/app.db` }
    const open = { ...app, RATE_LIMITS: 'x10', ADMIN_EMAIL: '', ADMIN_PASSWORD: '' }
    const first = await startDemo(open, folder)
    const early = { email: 'early@example.com', password: 'a good password', username: 'admin' }
    expect((await clientOf(first.url).post('/api/v1/auth/register', early)).status).toBe(201)
    await first.stop()

    const { email, password } = early
    const refused = await startRefused({ ...open, ADMIN_EMAIL: email, ADMIN_PASSWORD: password })
    expect(refused).toEqual({ code: 1, output: 'ADMIN_EMAIL: this e-mail address is taken\n' })
    const { RATE_LIMITS } = open
    const second = await startDemo({ ...app, RATE_LIMITS }, folder)
    const signedIn = await clientOf(second.url).post('/api/v1/auth/login', adminCredentials)
    expect(signedIn.body['user']).toMatchObject({ role: 'admin', username: null })
    await second.stop()
  })

  it('answers what old and thorough clients send: no Host, a whole address as target, an offer of HTTP/2', async () => {
    const demo = await startDemo({ DATABASE_URL: 'sqlite::memory:' })
    const { port } = new URL(demo.url)
    const host = `Host: localhost:${port}\r\n`
    const statusOf = async (request: string): Promise<number | undefined> => {
      const connection = await connectTo(Number(port))
      connection.send(request)
      const answer = await connection.next()
      connection.close()
      return answer?.status
    }
    // As HAProxy and ab ask for it.
    expect(await statusOf('GET /health HTTP/1.0\r\n\r\n')).toBe(200)
    // RFC 9112, 3.2.2: servers accept the form that is meant for proxies.
    expect(await statusOf(`GET http://localhost:${port}/health HTTP/1.1\r\n${host}\r\n`)).toBe(200)
    expect(await statusOf(`GET http://localhost:${port}/posts?a=b HTTP/1.1\r\n${host}\r\n`)).toBe(401)
    // As the client of Java and `curl --http2` begin; RFC 9110, 7.8: a server may ignore it.
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'
    expect(await statusOf(`GET /health HTTP/1.1\r\n${host}\r\n`)).toBe(200)
    expect(await statusOf(`GET /health HTTP/1.1\r\n${host}${upgrade}\r\n`)).toBe(200)
    await demo.stop()
  })

  it("answers in one shape at the app's own routes, too, with and without a slash at the end", async () => {
    const demo = await startDemo({ DATABASE_URL: 'sqlite::memory:' })
    const client = clientOf(demo.url)
    const signedIn = await client.post('/api/v1/auth/login', adminCredentials)
    const bearer = signedIn.body['access_token']
    for (const path of ['/posts', '/posts/', '/api/v1/media', '/api/v1/media/']) {
      expect((await client.get(path, { bearer })).status, path).toBe(200)
    }
    for (const path of ['/posts', '/api/v1/media', '/dev/mailbox']) {
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const response = await fetch(`${demo.url}${path}`, { method })
        expect(response.headers.get('content-type'), `${method} ${path}`).toBe('application/problem+json')
        expect(await response.json()).toMatchObject({ status: 404, code: 'not_found' })
      }
    }
    await demo.stop()
  })

  it('sets __Host- cookies under an https base URL', async () => {
    const demo = await startDemo({ DATABASE_URL: 'sqlite::memory:', BASE_URL: 'https://app.test', RATE_LIMITS: '' })
    const account = { email: 'a@example.com', password: 'a good password', username: 'a1', name: 'A' }
    const { headers } = await clientOf(demo.url).post('/api/v1/auth/register', account)
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-session=.*; Secure/)
    await demo.stop()
  })
})
