import { createHandler } from '@cardea/http'
import { createMemoryStorage } from '@cardea/storage/memory'
import { createCardea } from 'cardea'
import { github, google, microsoftEntraId, type OAuthProvider, oauth2, oidc } from 'cardea/oauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.js'

const app = 'https://app.test'
const api = `${app}/api/v1`
const names = ['company', 'google', 'github', 'microsoft-entra-id', 'discord']
const redirectUris = names.map((name) => `${api}/auth/oauth/callback/${name}`)

/** What becomes of an answer of the provider on its way here. */
type Tamper = (response: Response, url: string) => Response | Promise<Response>

const json = (body: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(body), { ...init, headers: { 'content-type': 'application/json' } })

describe.each([
  ['with the address in the ID token', true],
  ['with the address at the user info endpoint', false],
] as const)('sign-in through a strict provider, %s', (_, claimsInIdToken) => {
  let provider: IdentityProvider

  beforeAll(async () => {
    provider = await startIdentityProvider({ redirectUris, claimsInIdToken })
  })
  afterAll(() => provider?.stop())

  /** The named ones, with their endpoints at the strict one. */
  const providerOf = (name: string): OAuthProvider => {
    const { issuer, client } = provider
    const scopes = ['openid', 'profile', 'email']
    const endpoints = {
      authorization: `${issuer}/auth`,
      token: `${issuer}/token`,
      jwks: `${issuer}/jwks`,
      issuer,
    }
    const userInfo = `${issuer}/me`
    if (name === 'google') return google({ ...client, endpoints })
    if (name === 'microsoft-entra-id') return microsoftEntraId({ ...client, tenant: 'common', endpoints })
    if (name === 'github') {
      return github({ ...client, scopes, endpoints: { ...endpoints, userInfo, addresses: `${issuer}/emails` } })
    }
    if (name === 'discord') return oauth2('discord', { ...client, scopes, endpoints: { ...endpoints, userInfo } })
    return oidc({ name, issuer, ...client })
  }

  async function setUp(name = 'company') {
    let tamper: Tamper = (response) => response
    let deadline: (() => AbortSignal) | undefined
    const log: string[] = []
    const write = (message: string, fields?: unknown) => log.push(`${message} ${JSON.stringify(fields)}`)
    const auth = createCardea({
      storage: createMemoryStorage(),
      baseUrl: app,
      environment: 'test',
      secret: 'a secret of the tests, long enough for them',
      logger: { info: () => undefined, warn: write, error: write },
      oauth: {
        providers: [providerOf(name)],
        redirects: ['/done'],
        fetch: async (url, init) => await tamper(await fetch(url, init), url),
        deadline: () => deadline?.() ?? AbortSignal.timeout(5_000),
      },
    })
    await auth.migrate()
    await auth.ready()
    const handler = createHandler(auth, { rateLimits: 'off' })
    const ask = async (url: string, init: RequestInit): Promise<Response> =>
      url.startsWith(app) ? await handler(new Request(url, init)) : await fetch(url, init)
    const begin = `${api}/auth/oauth/login?provider=${name}&redirect_to=/done`
    const atCallback = (url: URL): boolean => url.pathname.includes('/callback/')
    const newBrowser = () => createBrowser(ask)
    /** The whole way round. @returns Where it ends, and who the browser is then. */
    const signIn = async (browser = newBrowser()) => {
      const { url } = await browser.visit(begin, ({ pathname }) => pathname === '/done')
      const response = await ask(`${api}/auth/me`, { headers: { cookie: browser.cookies(app) } })
      const user = response.status === 200 ? ((await response.json()) as Record<string, unknown>) : undefined
      return { error: url.searchParams.get('error'), user }
    }
    return {
      auth,
      ask,
      log,
      begin,
      atCallback,
      newBrowser,
      signIn,
      tamper: (work: Tamper) => {
        tamper = work
      },
      late: (signal: () => AbortSignal) => {
        deadline = signal
      },
    }
  }

  const anna = { id: 1_001, email: 'anna@example.com', email_verified: true, name: 'Anna' }
  /** Of the named ones, those whose profile this provider can give. */
  const served = claimsInIdToken ? ['company', 'google', 'microsoft-entra-id'] : ['company', 'github']

  it.each(served)('works through %s, and knows people again', async (name) => {
    const { signIn } = await setUp(name)
    provider.signIn('anna', anna)
    const first = await signIn()
    expect(first).toMatchObject({ error: null, user: { email: 'anna@example.com' } })
    expect(first.user?.['verified']).toBe(name !== 'microsoft-entra-id')
    expect((await signIn()).user?.['id']).toBe(first.user?.['id'])
    provider.signIn('bob', { ...anna, id: 1_002, email: 'bob@example.com' })
    expect((await signIn()).user?.['id']).not.toBe(first.user?.['id'])
  })

  it.each([false, undefined, 'true', 1, null])(
    'links nobody by an address that is verified: %j',
    async (email_verified) => {
      for (const name of served) {
        const { auth, signIn, newBrowser } = await setUp(name)
        provider.signIn('anna', anna)
        const owner = await signIn()
        provider.signIn('stranger', { ...anna, id: 6_666, email_verified })
        expect(await signIn(newBrowser()), name).toEqual({ error: 'email_not_verified', user: undefined })
        expect(await auth.users.oauth.connections(String(owner.user?.['id']))).toHaveLength(1)
      }
    },
  )

  it('takes no code twice, and no code of another sign-in', async () => {
    const { ask, begin, atCallback, newBrowser, signIn } = await setUp()
    provider.signIn('anna', anna)
    const victim = newBrowser()
    const { url: first } = await victim.visit(begin, atCallback)
    const { url: second } = await newBrowser().visit(begin, atCallback)
    // The victim's state with a code of somebody else: PKCE and nonce do not fit.
    const swapped = new URL(first)
    swapped.searchParams.set('code', second.searchParams.get('code') ?? '')
    const refused = await ask(swapped.href, { headers: { cookie: victim.cookies(app) } })
    expect(refused.headers.get('location')).toBe(`${app}/done?error=oauth_failed`)

    const browser = newBrowser()
    const { url: used } = await browser.visit(begin, atCallback)
    const ended = await ask(used.href, { headers: { cookie: browser.cookies(app) } })
    expect(ended.headers.get('location')).toBe(`${app}/done`)
    const again = await ask(used.href, { headers: { cookie: browser.cookies(app) } })
    expect(again.status).toBe(400)
    const { url: fresh } = await browser.visit(begin, atCallback)
    fresh.searchParams.set('code', used.searchParams.get('code') ?? '')
    const replayed = await ask(fresh.href, { headers: { cookie: browser.cookies(app) } })
    expect(replayed.headers.get('location')).toBe(`${app}/done?error=oauth_failed`)
    expect((await signIn()).error).toBe(null)
  })

  it("does not take a state in another browser, nor another issuer's answer", async () => {
    const { ask, begin, atCallback, newBrowser } = await setUp()
    provider.signIn('anna', anna)
    const attacker = newBrowser()
    const { url } = await attacker.visit(begin, atCallback)
    const victim = newBrowser()
    await victim.visit(begin, atCallback)
    const forged = await ask(url.href, { headers: { cookie: victim.cookies(app) } })
    expect([forged.status, forged.headers.getSetCookie()]).toEqual([400, []])

    const { url: mixed } = await attacker.visit(begin, atCallback)
    mixed.searchParams.set('iss', 'https://evil.test')
    const mixedUp = await ask(mixed.href, { headers: { cookie: attacker.cookies(app) } })
    expect(mixedUp.headers.get('location')).toBe(`${app}/done?error=oauth_failed`)
  })

  /** Replaces a part of the ID token on its way. */
  const changing =
    (change: (claims: Record<string, unknown>, header: Record<string, unknown>) => void): Tamper =>
    async (response, url) => {
      if (!url.endsWith('/token')) return response
      const tokens = (await response.json()) as Record<string, unknown>
      const parts = String(tokens['id_token']).split('.')
      const [header, claims] = parts
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
      if (header === undefined || claims === undefined) throw new Error('no ID token')
      change(claims, header)
      const written = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      return json({ ...tokens, id_token: [...written, parts[2]].join('.') })
    }

  it.each([
    ['another subject', changing((claims) => Object.assign(claims, { sub: 'victim' }))],
    ['no signature', changing((_claims, header) => Object.assign(header, { alg: 'none' }))],
    ['another algorithm', changing((_claims, header) => Object.assign(header, { alg: 'HS256' }))],
    ['another issuer', changing((claims) => Object.assign(claims, { iss: 'https://evil.test' }))],
    ['another audience', changing((claims) => Object.assign(claims, { aud: 'other' }))],
    ['another nonce', changing((claims) => Object.assign(claims, { nonce: 'other' }))],
    ['a key that nobody knows', changing((_claims, header) => Object.assign(header, { kid: '../../dev/null' }))],
  ])('refuses an ID token with %s', async (_name, tamper) => {
    for (const name of claimsInIdToken ? ['company', 'google'] : ['company']) {
      const setup = await setUp(name)
      provider.signIn('anna', anna)
      setup.tamper(tamper)
      expect(await setup.signIn()).toEqual({ error: 'oauth_failed', user: undefined })
    }
  })

  it.each(served)('survives whatever %s answers', async (name) => {
    const setup = await setUp(name)
    provider.signIn('anna', anna)
    const only =
      (answer: () => Response): Tamper =>
      (response, url) =>
        url.endsWith('/token') ? answer() : response
    const html = { headers: { 'content-type': 'text/html' } }
    const answers: [string, () => Response, string][] = [
      ['no JSON', () => new Response('<html>', html), 'oauth_failed'],
      ['malformed', () => new Response('{', { headers: { 'content-type': 'application/json' } }), 'oauth_failed'],
      ['huge', () => json({ access_token: 'x'.repeat(300_000) }), 'oauth_failed'],
      [
        'a redirect',
        () => new Response(null, { status: 302, headers: { location: 'https://evil.test' } }),
        'oauth_failed',
      ],
      ['a list', () => json([]), 'oauth_failed'],
      ['nothing', () => json(null), 'oauth_failed'],
      ['an error', () => json({ error: 'invalid_client' }, { status: 401 }), 'oauth_failed'],
      ['a failure', () => json({}, { status: 500 }), 'unavailable'],
      ['too busy', () => json({}, { status: 429 }), 'unavailable'],
    ]
    for (const [what, answer, code] of answers) {
      setup.tamper(only(answer))
      expect(await setup.signIn(), what).toEqual({ error: code, user: undefined })
    }
    setup.tamper((given, url) => (url.endsWith('/token') ? new Promise(() => undefined) : given))
    setup.late(() => AbortSignal.timeout(50))
    expect(await setup.signIn(), 'late').toEqual({ error: 'unavailable', user: undefined })
    setup.tamper((given) => given)
    setup.late(() => AbortSignal.timeout(5_000))
    expect((await setup.signIn()).error).toBe(null)
    expect(setup.log.join('\n')).not.toMatch(/anna@example|the secret: of|access_token/)
  })
})
