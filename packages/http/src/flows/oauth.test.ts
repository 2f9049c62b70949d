import { eq } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { principals } from '@cardea/storage'
import type { OAuthProfile, OAuthProvider } from 'cardea/oauth'
import { describe, expect, it } from 'vitest'
import { type AppOptions, authPath, createApp, type Got, type Sent } from '../app.fixture.js'

const anna: OAuthProfile = { subject: 'anna', email: 'anna@example.test', emailVerified: true, name: 'Anna' }
const base = authPath('users')

/** A provider whose codes are the subjects of those who agree; everybody has the same address. */
const providerOf = (name: string, responseMode: OAuthProvider['responseMode'] = 'query'): OAuthProvider => ({
  name,
  label: name,
  kind: 'oidc',
  responseMode,
  connect: () => ({
    authorizationUrl: async ({ state, redirectUri }) => ({
      ok: true,
      url: `https://${name}.test/?${new URLSearchParams({ state, redirect_uri: redirectUri })}`,
    }),
    exchange: async ({ code }) =>
      code === 'bad'
        ? { ok: false, reason: 'code_rejected', detail: '' }
        : { ok: true, profile: { ...anna, subject: code }, tokens: { access: 'secret-of-the-provider' } },
  }),
})

const oauth = {
  providers: [providerOf('company'), providerOf('form', 'form_post')],
  redirects: ['/welcome', 'https://spa.test/done'],
}

async function setUp(options: AppOptions = {}) {
  const app = await createApp({ oauth, ...options })
  /** Goes to the provider. @returns What the browser has: the state, and its cookie. */
  const begin = async (query = 'provider=company', sent: Sent = {}, path = base) => {
    const got = await app.send('GET', `${path}/oauth/login?${query}`, sent)
    const location = got.headers.get('location') ?? ''
    const state = URL.parse(location)?.searchParams.get('state') ?? ''
    const cookie = [...got.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return { got, location, state, cookie }
  }
  const comeBack = async (
    { state, cookie }: { readonly state: string; readonly cookie: string },
    { code = 'anna', path = `${base}/oauth/callback/company`, more = '' } = {},
  ): Promise<Got> => await app.send('GET', `${path}?state=${state}&code=${code}${more}`, { cookie })
  return { ...app, begin, comeBack }
}

const sessionCookie = '__Host-session'
const locationOf = ({ headers }: Got): string | null => headers.get('location')

describe('GET /oauth/login?remember_me=', () => {
  it.each([
    ['', '; Max-Age=86400;'],
    ['&remember_me=true', '; Max-Age=2592000;'],
    ['&remember_me=false', '; Path=/;'],
  ])('with %j says how long the browser keeps the cookie', async (query, attribute) => {
    const { begin, comeBack } = await setUp()
    const got = await comeBack(await begin(`provider=company${query}`))
    const line = got.headers.getSetCookie().find((each) => each.startsWith(`${sessionCookie}=`))
    expect(line?.replace(/^[^;]*/, '').startsWith(attribute)).toBe(true)
  })

  it('takes no other word', async () => {
    const { begin } = await setUp()
    for (const word of ['1', 'yes', '', 'TRUE', '9999999999']) {
      expect((await begin(`provider=company&remember_me=${word}`)).got.status).toBe(422)
    }
  })
})

describe('GET /oauth/providers', () => {
  it('lists what a sign-in page shows', async () => {
    const { send } = await setUp()
    expect((await send('GET', `${base}/oauth/providers`)).list).toEqual([
      { name: 'company', label: 'company', kind: 'oidc', login_url: '/api/v1/auth/oauth/login?provider=company' },
      { name: 'form', label: 'form', kind: 'oidc', login_url: '/api/v1/auth/oauth/login?provider=form' },
    ])
    const other = await send('GET', `${authPath('customers')}/oauth/providers`)
    expect(other.list[0]?.['login_url']).toBe('/api/v1/collections/customers/auth/oauth/login?provider=company')
  })
})

describe('GET /oauth/login and /oauth/callback', () => {
  it('sign the browser in, by cookies that no script reads', async () => {
    const { begin, comeBack, send } = await setUp()
    const begun = await begin()
    expect(begun.got.status).toBe(302)
    expect(new URL(begun.location).searchParams.get('redirect_uri')).toBe(
      'https://app.test/api/v1/auth/oauth/callback/company',
    )
    const [line = ''] = begun.got.headers.getSetCookie()
    expect(line).toMatch(
      /^__Host-session-oauth-[\w-]{16}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    )
    const back = await comeBack(begun)
    expect([back.status, locationOf(back), back.text]).toEqual([302, 'https://app.test/', ''])
    expect(back.headers.get('referrer-policy')).toBe('no-referrer')
    expect(back.headers.get('cache-control')).toBe('no-store')
    expect(back.headers.getSetCookie().find((set) => set.includes('-oauth-'))).toMatch(/=; Max-Age=0;/)
    const cookie = `${sessionCookie}=${back.cookies.get(sessionCookie)}`
    expect((await send('GET', `${base}/me`, { cookie })).body).toMatchObject({
      email: 'anna@example.test',
      verified: true,
    })
  })

  it('serve both paths, and all that a provider adds', async () => {
    const { begin, comeBack } = await setUp()
    const path = `${base}/oauth/callback`
    const back = await comeBack(await begin(), { path, more: '&scope=a%20b&authuser=0&session_state=x' })
    expect(back.cookies.has(sessionCookie)).toBe(true)
    const begun = await begin()
    expect((await comeBack(begun, { more: '&state=x' })).status).toBe(422)
  })

  it('serve every collection apart', async () => {
    const { begin, comeBack, send } = await setUp()
    const path = authPath('customers')
    const begun = await begin('provider=company', {}, path)
    expect(new URL(begun.location).searchParams.get('redirect_uri')).toContain('/collections/customers/auth/oauth/')
    const strange = await comeBack(await begin())
    expect((await comeBack(begun)).code).toBe('invalid_request')
    const back = await comeBack(await begin('provider=company', {}, path), { path: `${path}/oauth/callback/company` })
    const cookie = `__Host-session_customers=${back.cookies.get('__Host-session_customers')}`
    expect((await send('GET', `${path}/me`, { cookie })).status).toBe(200)
    expect(strange.cookies.has('__Host-session_customers')).toBe(false)
  })

  it('take a state of this browser, this provider and this time alone', async () => {
    const { begin, comeBack, send } = await setUp()
    const mine = await begin()
    const theirs = await begin()
    const refused = async (got: Promise<Got>) => {
      const { status, code, cookies } = await got
      expect([status, code, cookies.size]).toEqual([400, 'invalid_request', 0])
    }
    // The victim's browser with the attacker's state, and the state in a browser without its cookie.
    await refused(comeBack({ state: theirs.state, cookie: mine.cookie }))
    await refused(comeBack({ state: (await begin()).state, cookie: '' }))
    await refused(comeBack(await begin(), { path: `${base}/oauth/callback/form` }))
    expect((await comeBack(mine)).status).toBe(302)
    await refused(comeBack(mine))
    await refused(send('GET', `${base}/oauth/callback`))
    // Planted beside the right one by a neighbouring host, a second cookie makes both count as none.
    const tossed = await begin()
    await refused(comeBack({ ...tossed, cookie: `${tossed.cookie}; ${tossed.cookie.replace(/=.*/, '=x')}` }))
  })

  it('let several tabs sign in at once', async () => {
    const { begin, comeBack } = await setUp()
    const tabs = [await begin(), await begin('provider=company&redirect_to=/welcome')] as const
    const cookie = tabs.map((tab) => tab.cookie).join('; ')
    expect(locationOf(await comeBack({ state: tabs[0].state, cookie }))).toBe('https://app.test/')
    expect(locationOf(await comeBack({ state: tabs[1].state, cookie }))).toBe('https://app.test/welcome')
  })

  it('send nobody elsewhere, when all is well and when it is not', async () => {
    const { begin, comeBack, rows } = await setUp()
    const before = await rows()
    const hostile = [
      'https://evil.test',
      '//evil.test',
      '///evil.test',
      '/\\evil.test',
      '/%09/evil.test',
      '%01https://evil.test',
      '/..//evil.test',
      'https://app.test@evil.test/',
      'https://evil.test%23.app.test/',
      'https://app.test.evil.test/',
      'javascript:alert(1)',
      'https://spa.test/done/..',
    ]
    for (const target of hostile) {
      const { got } = await begin(`provider=company&redirect_to=${target.replaceAll('#', '%23')}`)
      expect([got.status, got.code, locationOf(got)], target).toEqual([422, 'invalid_request', null])
    }
    expect(await rows()).toBe(before)
    const well = await comeBack(await begin('provider=company&redirect_to=https://spa.test/done%3Ftab=1'))
    expect(locationOf(well)).toBe('https://spa.test/done?tab=1')
    const ill = await comeBack(await begin('provider=company&redirect_to=https://spa.test/done%3Ferror=none'), {
      code: 'bad',
    })
    expect(locationOf(ill)).toBe('https://spa.test/done?error=oauth_failed')
    expect([ill.status, ill.cookies.has(sessionCookie)]).toEqual([302, false])
  })

  it('say why at the target, and use the state up', async () => {
    const { begin, send, comeBack } = await setUp()
    const begun = await begin()
    const got = await send(
      'GET',
      `${base}/oauth/callback/company?state=${begun.state}&error=access_denied&error_description=%3Cscript%3E`,
      { cookie: begun.cookie },
    )
    expect(locationOf(got)).toBe('https://app.test/?error=oauth_failed')
    expect((await comeBack(begun)).status).toBe(400)
  })

  it('answer no HEAD, and change nothing for it', async () => {
    const { begin, rows, send, comeBack } = await setUp()
    const begun = await begin()
    const before = await rows()
    for (const path of [
      '/oauth/login?provider=company',
      `/oauth/callback?state=${begun.state}&code=anna`,
      `/oauth/callback/company?state=${begun.state}&code=anna`,
    ]) {
      const got = await send('HEAD', `${base}${path}`, { cookie: begun.cookie })
      expect([got.status, got.headers.get('allow')?.includes('HEAD')]).toEqual([405, false])
    }
    expect(await rows()).toBe(before)
    expect((await comeBack(begun)).cookies.has(sessionCookie)).toBe(true)
  })

  it('let nothing of a request change what is asked of the provider', async () => {
    const { begin } = await setUp()
    for (const more of [
      'state=x',
      'redirect_uri=https://evil.test',
      'scope=admin',
      'nonce=x',
      'client_id=x',
      'response_mode=fragment',
      'code_challenge_method=plain',
      'login_hint=x',
    ]) {
      expect((await begin(`provider=company&${more}`)).got.status, more).toBe(422)
    }
    for (const provider of ['', 'unknown', '__proto__', '../company']) {
      expect((await begin(`provider=${provider}`)).got.status).toBe(404)
    }
  })

  it('keep the ticket for the second factor in a cookie, never in the address', async () => {
    const { begin, comeBack, send, storage } = await setUp()
    const first = await comeBack(await begin())
    const me = await send('GET', `${base}/me`, { cookie: `${sessionCookie}=${first.cookies.get(sessionCookie)}` })
    await storage.update(principals, { where: eq('id', String(me.body['id'])), set: { second_factors: 1 } })
    const got = await comeBack(await begin())
    expect(locationOf(got)).toBe('https://app.test/?error=mfa_required')
    expect(got.cookies.has(sessionCookie)).toBe(false)
    const ticket = got.headers.getSetCookie().find((line) => line.startsWith('__Host-session-mfa='))
    expect(ticket).toMatch(/=[\w.-]{80}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    // It is no session.
    const [pair = ''] = (ticket ?? '').split(';')
    const asSession = { cookie: pair.replace('__Host-session-mfa', sessionCookie) }
    expect((await send('GET', `${base}/me`, asSession)).status).toBe(401)
    expect((await send('GET', `${base}/me`, { bearer: pair.split('=')[1] ?? '' })).status).toBe(401)
  })
})

describe('POST /oauth/callback/{provider}', () => {
  const form = {
    'content-type': 'application/x-www-form-urlencoded',
    origin: 'https://appleid.apple.com',
    'sec-fetch-site': 'cross-site',
  }
  const path = `${base}/oauth/callback/form`

  it('sends the browser round once more, so that its cookie comes along', async () => {
    const { begin, send, rows } = await setUp()
    const begun = await begin('provider=form')
    const before = await rows()
    const body = `state=${begun.state}&code=anna&user=%7B%22name%22%3A1%7D&id_token=secret`
    const posted = await send('POST', path, { headers: form, body })
    const target = `https://app.test${path}?state=${begun.state}&code=anna`
    expect([posted.status, locationOf(posted)]).toEqual([303, target])
    expect(posted.headers.getSetCookie()).toEqual([])
    expect(await rows()).toBe(before)
    const got = await send('GET', new URL(target).pathname + new URL(target).search, { cookie: begun.cookie })
    expect(got.cookies.has(sessionCookie)).toBe(true)
  })

  it('reads no cookie, and leads to no place but its own', async () => {
    const { begin, send, rows } = await setUp()
    const begun = await begin('provider=form')
    const before = await rows()
    const body = `state=${begun.state}&code=a%26redirect_to%3Dhttps%3A%2F%2Fevil.test%23`
    const posted = await send('POST', path, { headers: form, body, cookie: begun.cookie })
    expect(posted.headers.getSetCookie()).toEqual([])
    const url = new URL(locationOf(posted) ?? '')
    expect(url.origin + url.pathname).toBe(`https://app.test${path}`)
    expect([...url.searchParams.keys()]).toEqual(['state', 'code'])
    expect(await rows()).toBe(before)
    expect((await send('POST', `${base}/oauth/callback/unknown`, { headers: form, body: 'state=x' })).status).toBe(404)
  })

  it('takes forms alone, of a size that is one, and no field twice', async () => {
    const { send } = await setUp()
    const post = async (body: string, headers: Record<string, string> = form) =>
      (await send('POST', path, { headers, body })).status
    expect(await post('{"state":"x"}', { ...form, 'content-type': 'application/json' })).toBe(415)
    expect(await post('state=x', { ...form, 'content-type': 'text/plain' })).toBe(415)
    expect(await post(`state=${'x'.repeat(70_000)}`)).toBe(413)
    expect(await post('state=x&state=y')).toBe(400)
    expect(await post(Array.from({ length: 60 }, (_, index) => `f${index}=1`).join('&'))).toBe(400)
  })
})

describe('POST /oauth/exchange', () => {
  const verifier = 'the-verifier-that-a-page-keeps-for-a-minute-or-so'

  it('gives tokens for the code at the target', async () => {
    const { begin, comeBack, send } = await setUp({ sessions: { delivery: 'token' } })
    expect((await begin('provider=company')).got.status).toBe(422)
    const begun = await begin(
      `provider=company&mode=token&code_challenge=${sha256(verifier)}&redirect_to=https://spa.test/done`,
    )
    const back = await comeBack(begun)
    expect(back.cookies.has(sessionCookie)).toBe(false)
    const target = new URL(locationOf(back) ?? '')
    expect(target.origin + target.pathname).toBe('https://spa.test/done')
    const code = target.searchParams.get('code') ?? ''
    const body = { code, code_verifier: verifier }
    const got = await send('POST', `${base}/oauth/exchange`, { body })
    expect(got.body).toMatchObject({ token_type: 'bearer', user: { email: 'anna@example.test' } })
    expect((await send('GET', `${base}/me`, { bearer: String(got.body['access_token']) })).status).toBe(200)
    expect((await send('POST', `${base}/oauth/exchange`, { body })).code).toBe('token_invalid')
    // It is good for nothing else.
    expect((await send('GET', `${base}/me`, { bearer: code })).status).toBe(401)
  })
})

describe('connections', () => {
  const bySite = { 'sec-fetch-site': 'same-origin' }

  it('are linked in a session, listed and taken away', async () => {
    const { begin, comeBack, send, signUp, time } = await setUp()
    const account = await signUp()
    const sent = { cookie: account.cookie, headers: bySite }
    for (const [provider, code] of [
      ['company', 'c'],
      ['form', 'f'],
    ] as const) {
      const begun = await begin(`provider=${provider}&intent=link&redirect_to=/welcome`, sent)
      const back = await comeBack(begun, { code, path: `${base}/oauth/callback/${provider}` })
      expect(locationOf(back)).toBe('https://app.test/welcome')
      time.now += 1
    }
    const listed = await send('GET', `${base}/oauth/connections`, sent)
    expect(listed.list.map(({ provider, email }) => `${provider} ${email}`)).toEqual([
      'company anna@example.test',
      'form anna@example.test',
    ])
    expect(listed.text).not.toContain('secret-of-the-provider')
    const id = String(listed.list[0]?.['id'])
    const other = await signUp()
    expect((await send('DELETE', `${base}/oauth/connections/${id}`, { bearer: other.access })).status).toBe(404)
    expect((await send('DELETE', `${base}/oauth/connections/${id}`, { bearer: account.access })).status).toBe(204)
    expect((await send('DELETE', `${base}/oauth/connections/${id}`, { bearer: account.access })).status).toBe(404)
    expect((await send('GET', `${base}/oauth/connections`)).status).toBe(401)
  })

  it('are never begun by a page of another site', async () => {
    const { begin, signUp } = await setUp()
    const { cookie, access } = await signUp()
    for (const intent of ['link', 'reauth']) {
      const query = `provider=company&intent=${intent}`
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { referer: 'https://evil.test/' },
        {},
      ]) {
        expect((await begin(query, { cookie, headers: { ...headers } })).got.code, JSON.stringify(headers)).toBe(
          'csrf_rejected',
        )
      }
      expect((await begin(query, { cookie, headers: bySite })).got.status).toBe(302)
      expect((await begin(query, { bearer: access })).got.status).toBe(302)
      expect((await begin(query)).got.status).toBe(401)
    }
  })

  it('make a session fresh again', async () => {
    const { begin, comeBack, send, time } = await setUp()
    const first = await comeBack(await begin())
    const cookie = `${sessionCookie}=${first.cookies.get(sessionCookie)}`
    time.now += 3_600_000
    const linking = await begin('provider=form&intent=link', { cookie, headers: bySite })
    expect([linking.got.status, linking.got.code]).toEqual([403, 'reauthentication_required'])
    const back = await comeBack(await begin('provider=company&intent=reauth', { cookie, headers: bySite }))
    expect(locationOf(back)).toBe('https://app.test/')
    const renewed = `${sessionCookie}=${back.cookies.get(sessionCookie)}`
    expect((await send('GET', `${base}/me`, { cookie })).status).toBe(401)
    expect((await begin('provider=form&intent=link', { cookie: renewed, headers: bySite })).got.status).toBe(302)
  })
})
