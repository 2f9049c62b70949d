import { createServer } from 'node:net'
import { sha256 } from '@cardea/core/crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patientClientOf, textOf } from '../client.js'
import { proofKinds, type TestDatabase } from '../databases.js'
import { type DemoServer, startDemo } from '../demo-server.js'
import { insist } from '../patience.js'
import { expectOneWinner, race } from '../races/race.js'
import { createBrowser } from './browser.js'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.js'

const racers = 50

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe.each(proofKinds)('two servers and a provider, on one $name database', (kind) => {
  let database: TestDatabase
  let provider: IdentityProvider
  let servers: readonly DemoServer[] = []
  let app: string

  beforeAll(async () => {
    database = await kind.create()
    const port = await freePort()
    app = `http://localhost:${port}`
    provider = await startIdentityProvider({ redirectUris: [`${app}/api/v1/auth/oauth/callback/company`] })
    const environment = {
      DATABASE_URL: database.url,
      BASE_URL: app,
      OAUTH_COMPANY_ISSUER: provider.issuer,
      OAUTH_COMPANY_CLIENT_ID: provider.client.clientId,
      OAUTH_COMPANY_CLIENT_SECRET: provider.client.clientSecret,
    }
    servers = [await startDemo({ ...environment, PORT: String(port) }), await startDemo(environment)]
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await provider?.stop()
    await database?.drop()
  })

  const atCallback = (url: URL): boolean => url.pathname.includes('/callback/')
  const begin = () => `${app}/api/v1/auth/oauth/login?provider=company`

  it('sign somebody in, from the environment alone', async () => {
    provider.signIn('anna', { email: 'anna@example.com', email_verified: true, name: 'Anna' })
    const browser = createBrowser(fetch)
    const { url, response } = await browser.visit(begin())
    expect([url.href, response?.status]).toEqual([`${app}/`, 200])
    const me = await fetch(`${app}/api/v1/auth/me`, { headers: { cookie: browser.cookies(app) } })
    expect(await me.json()).toMatchObject({ email: 'anna@example.com', verified: true, role: 'viewer', name: 'Anna' })
    const listed = await fetch(`${app}/api/v1/auth/oauth/providers`)
    expect(await listed.json()).toMatchObject([{ name: 'company', kind: 'oidc' }])
  })

  it(`make one session of ${racers} answers at once`, async () => {
    provider.signIn('racer', { email: 'racer@example.com', email_verified: true })
    const browser = createBrowser(fetch)
    const { url } = await browser.visit(begin(), atCallback)
    const headers = { cookie: browser.cookies(app) }
    const result = await race(
      racers,
      async (index) => {
        const server = servers[index % servers.length]?.url ?? app
        const { answer, refused } = await insist(() =>
          fetch(`${server}${url.pathname}${url.search}`, { headers, redirect: 'manual' }),
        )
        return { status: answer.status, refused, cookies: answer.headers.getSetCookie() }
      },
      ({ status }) => status === 302,
    )
    expectOneWinner(result)
    expect(new Set(result.lost.map(({ status }) => status))).toEqual(new Set([400]))
    const sessions = [...result.won, ...result.lost].flatMap(({ cookies }) =>
      cookies.filter((line) => line.startsWith('session=')),
    )
    expect(sessions).toHaveLength(result.won.length)
    for (const session of sessions) {
      const me = await fetch(`${app}/api/v1/auth/me`, { headers: { cookie: session.split(';')[0] ?? '' } })
      expect(me.status).toBe(200)
    }
  })

  it(`take a code of the exchange once, of ${racers} at once`, async () => {
    provider.signIn('exchanger', { email: 'exchanger@example.com', email_verified: true })
    const verifier = 'a-verifier-that-the-app-keeps-to-itself-0123456789'
    const asked = new URLSearchParams({ mode: 'token', code_challenge: sha256(verifier) })
    const { url } = await createBrowser(fetch).visit(
      `${begin()}&${asked}`,
      (at) => at.searchParams.has('code') && at.pathname === '/',
    )
    const body = { code: url.searchParams.get('code') ?? '', code_verifier: verifier }
    const nodes = servers.map((server) => patientClientOf(server.url))
    const result = await race(racers, (index) =>
      (nodes[index % nodes.length] ?? patientClientOf(app)).post('/api/v1/auth/oauth/exchange', body),
    )
    expectOneWinner(result)
    expect(result.lost.filter(({ body: { code } }) => textOf(code) !== 'token_invalid')).toEqual([])
    // Of one sign-in there is one session, whichever node asks.
    for (const { body: session } of result.won) {
      for (const node of nodes) {
        const listed = await node.get('/api/v1/auth/sessions', { bearer: session['access_token'] })
        expect([listed.status, Object.keys(listed.body)]).toEqual([200, ['0']])
      }
    }
  })

  it('say nothing of secrets, whatever happens', async () => {
    const output = servers.map((server) => server.output()).join('\n')
    expect(output).not.toContain(provider.client.clientSecret)
    expect(output).not.toMatch(/anna@example\.com|racer@example\.com|exchanger@example\.com|code=/)
  })
})
