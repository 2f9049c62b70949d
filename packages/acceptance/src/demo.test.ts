import { type AddressInfo, connect, createServer } from 'node:net'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { clientOf } from './client.js'
import { defineCustomers } from './define-customers.js'
import {
  demoOn,
  frameworks,
  startRefused as refuse,
  startDemo as start,
  startByNpm,
  temporaryFolder,
} from './demo-server.js'
import { patience } from './patience.js'

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

  it.each([
    ['PORT', { PORT: 'http' }],
    ['DATABASE_URL', { DATABASE_URL: 'oracle://db' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' }],
    ['BASE_URL', { BASE_URL: 'not a url' }],
    ['RATE_LIMITS', { RATE_LIMITS: 'sometimes' }],
    ['RATE_LIMITS', { NODE_ENV: 'production', BASE_URL: 'https://app.test', RATE_LIMITS: 'off' }],
    ['CARDEA_SECRET', { NODE_ENV: 'production', BASE_URL: 'https://app.test', CARDEA_SECRET: '' }],
    ['BASE_URL', { NODE_ENV: 'production', BASE_URL: '' }],
    ['ADMIN_PASSWORD', { ADMIN_PASSWORD: '' }],
    ['COOKIE_NAME', { COOKIE_NAME: 'a name with spaces' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'somewhere' }],
    [
      'secret',
      { NODE_ENV: 'production', BASE_URL: 'https://app.test', CARDEA_SECRET: 'x'.repeat(40), RATE_LIMITS: '' },
    ],
  ])('refuses a bad value and names %s', async (name, extra) => {
    const { code, output } = await startRefused({ DATABASE_URL: 'sqlite::memory:', ...extra })
    expect(code).toBe(1)
    expect(output).toContain(name)
    expect(output).not.toMatch(/^\s+at /m)
  })

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

  it('sets __Host- cookies under an https base URL', async () => {
    const demo = await startDemo({ DATABASE_URL: 'sqlite::memory:', BASE_URL: 'https://app.test', RATE_LIMITS: '' })
    const account = { email: 'a@example.com', password: 'a good password', username: 'a1', name: 'A' }
    const { headers } = await clientOf(demo.url).post('/api/v1/auth/register', account)
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-session=.*; Secure/)
    await demo.stop()
  })
})
