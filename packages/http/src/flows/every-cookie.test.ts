import { sha256 } from '@cardea/core/crypto'
import type { OAuthProvider } from 'cardea/oauth'
import { describe, expect, it } from 'vitest'
import { authPath, createApp, type Got, password, type Sent } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { type RouteName, routeContracts } from '../contract/routes.js'
import { totpCode } from '../totp.fixture.js'

const base = authPath('users')
const names: readonly RouteName[] = Object.keys(routeContracts).filter(
  (name): name is RouteName => name in routeContracts,
)
const email = 'person1@example.test'
const browser = { origin: 'https://app.test' }
const verifier = 'the-verifier-that-a-page-keeps-for-a-minute-or-so'

const provider: OAuthProvider = {
  name: 'company',
  label: 'Company',
  kind: 'oidc',
  responseMode: 'query',
  connect: () => ({
    authorizationUrl: async ({ state }) => ({ ok: true, url: `https://company.test/?state=${state}` }),
    exchange: async () => ({
      ok: true,
      profile: { subject: 'anna', email: 'anna@example.test', emailVerified: true, name: 'Anna' },
      tokens: { access: 'secret-of-the-provider' },
    }),
  }),
}

/** An app with every way in, and somebody's browser, which keeps what it is given. */
async function setUp(delivery: 'both' | 'cookie' | 'token') {
  const app = await createApp({
    sessions: { delivery },
    auth: { otp: { enabled: true }, mfa: { enabled: true } },
    mail: { from: 'App <no-reply@app.test>' },
    oauth: { providers: [provider] },
  })
  const jar = new Map<string, string>()
  /** The refresh cookie goes to its route only; here it is left out everywhere, but where it is put in. */
  const header = () => [...jar].filter(([name]) => !name.includes('-refresh')).map((pair) => pair.join('='))
  let bearer: string | undefined
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> => {
    const cookie = header().join('; ')
    const who = {
      ...(delivery === 'token' && bearer !== undefined ? { bearer } : {}),
      ...(cookie === '' ? {} : { cookie }),
    }
    const got = await app.send(method, path.startsWith('/api') ? path : `${base}${path}`, {
      headers: { ...browser, 'sec-fetch-site': 'same-origin' },
      ...who,
      ...sent,
    })
    for (const [name, value] of got.cookies) {
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    if (typeof got.body['access_token'] === 'string') bearer = got.body['access_token']
    return got
  }
  const post = (path: string, body?: unknown) => send('POST', path, body === undefined ? {} : { body })
  const leave = () => {
    jar.clear()
    bearer = undefined
  }
  const register = () => post('/register', { email, password })
  const begin = async (query = '') => {
    const begun = await send('GET', `/oauth/login?provider=company${query}`)
    return { begun, state: URL.parse(begun.headers.get('location') ?? '')?.searchParams.get('state') ?? '' }
  }
  const comeBack = async (query = '') =>
    await send('GET', `/oauth/callback/company?code=x&state=${(await begin(query)).state}`)
  const exchanged = async () => {
    const back = await comeBack(`&mode=token&code_challenge=${sha256(verifier)}`)
    const code = URL.parse(back.headers.get('location') ?? '')?.searchParams.get('code')
    return await post('/oauth/exchange', { code, code_verifier: verifier })
  }
  const enrolled = async () => {
    await register()
    const { body } = await post('/mfa/totp/enroll', {})
    const secret = String(body['secret'])
    const code = () => totpCode(secret, Math.floor(app.time.now / 30_000))
    const activated = await post('/mfa/totp/activate', { code: code() })
    return { code, activated }
  }
  return { ...app, jar, post, send, leave, register, begin, comeBack, enrolled, exchanged }
}
type Kit = Awaited<ReturnType<typeof setUp>>

/** How to get the answer with the cookie from each route that sets one. `sign-in`: all of those of a new session. */
const setting: Partial<
  Record<
    RouteName,
    { readonly gives: 'sign-in' | 'session' | 'other' | 'none'; readonly get: (kit: Kit) => Promise<Got> }
  >
> = {
  register: { gives: 'sign-in', get: (kit) => kit.register() },
  login: {
    gives: 'sign-in',
    get: async (kit) => {
      await kit.register()
      kit.leave()
      return await kit.post('/login', { email, password })
    },
  },
  verifyOtp: {
    gives: 'sign-in',
    get: async (kit) => {
      await kit.register()
      kit.leave()
      const { body } = await kit.post('/otp/request', { email })
      return await kit.post('/otp/verify', { email, code: await kit.mails.codeFor(email), flow_id: body['flow_id'] })
    },
  },
  verifyMfa: {
    gives: 'sign-in',
    get: async (kit) => {
      const { code } = await kit.enrolled()
      kit.leave()
      kit.time.now += 30_000
      const { body } = await kit.post('/login', { email, password })
      return await kit.post('/mfa/verify', { mfa_token: body['mfa_token'], code: code() })
    },
  },
  finishOAuthOf: { gives: 'sign-in', get: (kit) => kit.comeBack() },
  finishOAuth: {
    gives: 'sign-in',
    get: async (kit) => kit.send('GET', `/oauth/callback?code=x&state=${(await kit.begin()).state}`),
  },
  exchangeOAuth: { gives: 'sign-in', get: (kit) => kit.exchanged() },
  beginOAuth: { gives: 'other', get: async (kit) => (await kit.begin()).begun },
  activateTotp: { gives: 'session', get: async (kit) => (await kit.enrolled()).activated },
  changePassword: {
    gives: 'session',
    get: async (kit) => {
      await kit.register()
      return await kit.post('/me/change-password', { current_password: password, new_password: `${password} 2` })
    },
  },
  reauthenticate: {
    gives: 'session',
    get: async (kit) => {
      await kit.register()
      return await kit.post('/reauthenticate', { password })
    },
  },
  logout: {
    gives: 'none',
    get: async (kit) => {
      await kit.register()
      return await kit.post('/logout')
    },
  },
  revokeAllOwnSessions: {
    gives: 'none',
    get: async (kit) => {
      await kit.register()
      return await kit.send('DELETE', '/sessions/all')
    },
  },
  revokeOwnSession: {
    gives: 'none',
    get: async (kit) => {
      const { body } = await kit.register()
      return await kit.send('DELETE', `/sessions/${String(body['session_id'])}`)
    },
  },
  revokeSession: {
    gives: 'none',
    get: async (kit) => {
      const { body } = await kit.register()
      return await kit.send('DELETE', `/api/v1/sessions/${String(body['session_id'])}`)
    },
  },
}

const scenarios = Object.entries(setting)

function expectNotToBeStored({ headers }: Got): void {
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('vary')).toContain('Cookie, Authorization')
}

describe.each(scenarios)('a cookie of %s', (name, { gives, get }) => {
  it("is kept by no cache, and is what delivery: 'cookie' promises", async () => {
    const got = await get(await setUp('cookie'))
    expect(got.status, got.text).toBeLessThan(400)
    expectNotToBeStored(got)
    const set = (cookie: string) => got.headers.getSetCookie().find((line) => line.startsWith(`${cookie}=`))
    for (const line of got.headers.getSetCookie()) expect(line).toMatch(/; HttpOnly; SameSite=Lax; Secure$/)
    for (const token of ['access_token', 'refresh_token', 'token_type']) expect(got.body).not.toHaveProperty(token)
    const given = { session: /=[\w-]{43};/, refresh: /=[0-9a-f-]{36}\.0\.[\w-]{43};/, gone: /=; Max-Age=0;/ }
    if (gives === 'sign-in') {
      expect(set('__Host-session')).toMatch(given.session)
      expect(set('__Secure-session-refresh')).toMatch(given.refresh)
    } else if (gives === 'session') {
      expect(set('__Host-session')).toMatch(given.session)
      expect(set('__Secure-session-refresh')).toBeUndefined()
    } else if (gives === 'none') {
      expect(set('__Host-session')).toMatch(given.gone)
      expect(set('__Secure-session-refresh')).toMatch(given.gone)
    }
    expect(got.headers.getSetCookie()).not.toEqual([])
  })

  it("is kept by no cache with delivery: 'both' either, and no refresh token is in it", async () => {
    const got = await get(await setUp('both'))
    expect(got.status, got.text).toBeLessThan(400)
    expectNotToBeStored(got)
    expect(got.headers.getSetCookie()).not.toEqual([])
    expect(got.headers.getSetCookie().filter((line) => line.includes('-refresh'))).toEqual([])
  })

  it("is none with delivery: 'token', but for the round trip to a provider", async () => {
    const kit = await setUp('token')
    // There, a sign-in through a provider begins with mode=token and ends at the exchange, in the browser that began it.
    if (name === 'finishOAuth' || name === 'finishOAuthOf') return
    if (name === 'beginOAuth') {
      const { begun } = await kit.begin(`&mode=token&code_challenge=${sha256(verifier)}`)
      expect([...begun.cookies.keys()]).toEqual([expect.stringMatching(/^__Host-session-oauth-/)])
      expectNotToBeStored(begun)
      return
    }
    const got = await get(kit)
    expect(got.status, got.text).toBeLessThan(400)
    expectNotToBeStored(got)
    expect(got.headers.getSetCookie()).toEqual([])
  })
})

describe('a cookie of refresh', () => {
  it('is kept by no cache', async () => {
    const kit = await setUp('cookie')
    await kit.register()
    const cookie = [...kit.jar].map((pair) => pair.join('=')).join('; ')
    const got = await kit.send('POST', '/refresh', { cookie })
    expect([got.status, got.cookies.size]).toEqual([200, 2])
    expectNotToBeStored(got)
    const refused = await kit.send('POST', '/refresh', { cookie: `__Secure-session-refresh=x` })
    expect([refused.status, refused.cookies.size]).toEqual([401, 1])
    expectNotToBeStored(refused)
  })
})

const others = names.filter((name) => !(name in setting) && name !== 'refresh')

describe('all other routes', () => {
  it.each(others)('%s sets no cookie for somebody who is signed in, and is kept by no cache', async (name) => {
    const kit = await setUp('cookie')
    await kit.register()
    const { method, mount, path }: RouteContract = routeContracts[name]
    const place = `${mount === 'auth' ? base : '/api/v1'}${path.replaceAll(/\{\w+\}/g, 'x')}`
    for (const body of [undefined, { code: '123456', token: 'x', password }]) {
      const got = await kit.send(method, place, method === 'GET' || body === undefined ? {} : { body })
      expectNotToBeStored(got)
      expect(got.headers.getSetCookie()).toEqual([])
    }
  })
})
