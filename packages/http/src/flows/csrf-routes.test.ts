import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'

const contracts: RouteContract[] = Object.values(routeContracts)
// What other sites post on purpose reads no cookie: oauth.test.ts looks at it.
const unsafe = contracts.filter(({ method, foreignForm }) => method !== 'GET' && foreignForm !== true)
const pathOf = ({ mount, path }: RouteContract) =>
  `${mount === 'auth' ? authPath('users') : '/api/v1'}${path.replace('{id}', '01a2014d-b475-7215-8438-031c3b71c287').replace('{name}', 'customers')}`

const foreign: Record<string, string>[] = [
  { origin: 'https://evil.test' },
  { origin: 'null' },
  { referer: 'https://evil.test/x' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' },
]
const own: Record<string, string>[] = [
  { origin: 'https://app.test' },
  { referer: 'https://app.test/profile' },
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
]

describe.each(unsafe.map((contract) => [contract.method, pathOf(contract)] as const))('%s %s', (method, path) => {
  it('refuses other sites, with a cookie and without, and writes nothing', async () => {
    const app = await createApp()
    const { cookie } = await app.signUp()
    const before = await app.rows()
    for (const headers of foreign) {
      for (const sent of [{}, { cookie }]) {
        const got = await app.send(method, path, { ...sent, headers, body: { email: 'a@example.test', password } })
        expect([got.status, got.code], JSON.stringify(headers)).toEqual([403, 'csrf_rejected'])
        expect(got.headers.getSetCookie()).toEqual([])
        // Mostly it is the base URL that is not the one in the browser. Nothing of the request is told.
        expect(got.body['detail']).toMatch(/neither `baseUrl` nor .* `allowedOrigins`/)
        expect(got.body['detail']).not.toMatch(/evil|https?:/)
      }
    }
    expect(await app.rows()).toBe(before)
  })

  it('lets the own site through', async () => {
    const app = await createApp()
    const { cookie } = await app.signUp()
    for (const headers of own) {
      expect((await app.send(method, path, { cookie, headers })).code).not.toBe('csrf_rejected')
    }
  })

  it('takes a cookie from no browser for a logout only', async () => {
    const app = await createApp()
    const { cookie } = await app.signUp()
    const got = await app.send(method, path, { cookie })
    if (path.endsWith('/logout')) expect(got.status).toBe(200)
    else expect([got.status, got.code]).toEqual([403, 'csrf_rejected'])
    // Also the cookie of another collection, and one that is malformed.
    for (const other of ['__Host-session_customers=x', '__Host-session=""', '__Host-session']) {
      const code = (await app.send(method, path, { cookie: other })).code
      if (!path.endsWith('/logout')) expect(code).toBe('csrf_rejected')
    }
  })

  it('asks nothing of a client that shows a bearer token, or no cookie', async () => {
    const app = await createApp()
    const { access, cookie } = await app.signUp()
    for (const sent of [
      {},
      { cookie: 'theme=dark' },
      { bearer: access },
      { bearer: access, cookie },
      { bearer: access, cookie, headers: { origin: 'https://evil.test' } },
    ]) {
      expect((await app.send(method, path, sent)).code).not.toBe('csrf_rejected')
    }
  })
})

describe('allowed origins', () => {
  it('let other front ends in', async () => {
    const app = await createApp({}, { rateLimits: 'off', allowedOrigins: ['https://www.app.test'] })
    const { cookie } = await app.signUp()
    const patch = async (origin: string) =>
      await app.send('PATCH', '/api/v1/auth/me', {
        cookie,
        headers: { origin, 'sec-fetch-site': 'same-site' },
        body: { name: 'x' },
      })
    expect((await patch('https://www.app.test')).status).toBe(200)
    expect((await patch('https://app.test')).status).toBe(200)
    expect((await patch('https://other.app.test')).status).toBe(403)
  })
})

describe('safe methods', () => {
  it.each(contracts.filter(({ method }) => method === 'GET').map(pathOf))(
    'GET and HEAD %s change nothing',
    async (path) => {
      const app = await createApp()
      const { access } = await app.signUp()
      const before = await app.rows()
      const headers = { origin: 'https://evil.test', 'x-http-method-override': 'DELETE', 'x-method-override': 'POST' }
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        await app.send(method, path, { bearer: access, headers })
      }
      expect(await app.rows()).toBe(before)
    },
  )

  it('do not become others by a header', async () => {
    const app = await createApp()
    const { access, sessionId } = await app.signUp()
    const headers = { 'x-http-method-override': 'DELETE' }
    const got = await app.send('GET', `/api/v1/auth/sessions/${sessionId}?_method=DELETE`, { bearer: access, headers })
    expect(got.status).toBe(405)
    expect((await app.send('GET', '/api/v1/auth/me', { bearer: access })).status).toBe(200)
  })
})
