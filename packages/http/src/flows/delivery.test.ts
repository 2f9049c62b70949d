import { describe, expect, it } from 'vitest'
import { type App, type AppOptions, authPath, createApp, type Got, password } from '../app.fixture.js'

const tokens = ['access_token', 'refresh_token', 'token_type']
const day = 86_400_000
const inCookies = { sessions: { delivery: 'cookie' } } as const

/** The refresh cookie among those that were set, with its attributes. */
const refreshLine = (got: Got): string | undefined =>
  got.headers.getSetCookie().find((line) => line.startsWith('__Secure-session-refresh'))

/** What a browser keeps: the pairs of the cookies that were set, the refresh cookie apart, which few routes get. */
function kept(got: Got): { readonly cookie: string; readonly refresh: string } {
  const pairs = [...got.cookies].map((pair) => pair.join('='))
  const isRefresh = (pair: string) => pair.startsWith('__Secure-session-refresh')
  return { cookie: pairs.filter((pair) => !isRefresh(pair)).join('; '), refresh: pairs.find(isRefresh) ?? '' }
}

async function signUp(collection: string, options: AppOptions = inCookies) {
  const app = await createApp(options)
  const path = authPath(collection)
  const got = await app.send('POST', `${path}/register`, { body: { email: 'a@example.test', password } })
  const headers = { origin: 'https://app.test' }
  return { app, path, got, headers }
}

/** A row of a session, past the routes. */
const isAlive = async ({ send }: App, path: string, cookie: string): Promise<boolean> =>
  (await send('GET', `${path}/me`, { cookie })).status === 200

describe.each(['users', 'customers'])("delivery: 'cookie' for %s", (collection) => {
  const suffix = collection === 'users' ? '' : `_${collection}`

  it('hands out two cookies and no token', async () => {
    const { app, path, got } = await signUp(collection)
    const { cookie } = kept(got)
    expect(got.status).toBe(201)
    for (const name of tokens) expect(got.body).not.toHaveProperty(name)
    expect(got.body).toMatchObject({ session_id: expect.any(String), user: { email: 'a@example.test' } })
    expect(got.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        new RegExp(`^__Host-session${suffix}=[\\w-]{43}; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax; Secure$`),
      ),
      expect.stringMatching(
        new RegExp(
          `^__Secure-session-refresh${suffix}=[0-9a-f-]{36}\\.0\\.[\\w-]{43}; Max-Age=604800; Path=${path}/refresh; HttpOnly; SameSite=Lax; Secure$`,
        ),
      ),
    ])
    expect(await isAlive(app, path, cookie)).toBe(true)
    const login = await app.send('POST', `${path}/login`, { body: { email: 'a@example.test', password } })
    expect([login.status, login.cookies.size]).toEqual([200, 2])
    for (const name of tokens) expect(login.body).not.toHaveProperty(name)
  })

  it('refreshes by the cookie, with an empty body, and sets both again', async () => {
    const { app, path, headers, got: registered } = await signUp(collection)
    const { cookie, refresh } = kept(registered)
    app.time.now += day / 2
    const got = await app.send('POST', `${path}/refresh`, { cookie: `${cookie}; ${refresh}`, headers })
    expect(got.status).toBe(200)
    for (const name of tokens) expect(got.body).not.toHaveProperty(name)
    expect(got.headers.getSetCookie()[0]).toMatch(new RegExp(`^${cookie}; Max-Age=86400; `))
    expect(refreshLine(got)).toMatch(/=[0-9a-f-]{36}\.1\.[\w-]{43}; Max-Age=604800; /)
    // Past the end of the cookie's first life.
    app.time.now += (day * 3) / 4
    expect(await isAlive(app, path, cookie)).toBe(true)
  })
})

describe("delivery: 'cookie'", () => {
  it('makes no session cookie from a refresh token', async () => {
    const { app, path, headers, got } = await signUp('users')
    const { cookie, refresh } = kept(got)
    for (const sent of [refresh, `${refresh}; __Host-session=${'A'.repeat(43)}`]) {
      const answer = await app.send('POST', `${path}/refresh`, { cookie: sent, headers })
      expect(answer.status).toBe(200)
      expect(answer.cookies.has('__Host-session')).toBe(false)
    }
    expect(await isAlive(app, path, cookie)).toBe(true)
  })

  it('keeps the refresh cookie no longer than the session lives', async () => {
    const { app, path, headers, got } = await signUp('users')
    let { refresh } = kept(got)
    for (const [days, left] of [
      [6, 604_800],
      [6, 604_800],
      [6, 604_800],
      [6, 518_400],
      [5, 86_400],
    ] as const) {
      app.time.now += days * day
      const answer = await app.send('POST', `${path}/refresh`, { cookie: refresh, headers })
      expect(refreshLine(answer)).toContain(`; Max-Age=${left};`)
      refresh = kept(answer).refresh
    }
    app.time.now += day
    const answer = await app.send('POST', `${path}/refresh`, { cookie: refresh, headers })
    expect([answer.status, answer.code]).toEqual([401, 'token_expired'])
  })

  it('forgets the cookie of a token that is refused, and of a session that a reuse has ended', async () => {
    const { app, path, headers, got } = await signUp('users')
    const { cookie, refresh: first } = kept(got)
    const send = (sent: string) => app.send('POST', `${path}/refresh`, { cookie: sent, headers })
    const second = kept(await send(first)).refresh
    await send(second)
    const reused = await send(first)
    expect([reused.status, reused.code, reused.headers.get('content-type')]).toEqual([
      401,
      'token_reused',
      'application/problem+json',
    ])
    expect(refreshLine(reused)).toMatch(/^__Secure-session-refresh=; Max-Age=0; Path=\/api\/v1\/auth\/refresh; /)
    expect(await isAlive(app, path, cookie)).toBe(false)
    const invalid = await send(second)
    expect([invalid.status, invalid.code]).toEqual([401, 'token_invalid'])
    expect(refreshLine(invalid)).toContain('Max-Age=0;')
    // What came in the body is not in the browser's cookie.
    const inBody = await app.send('POST', `${path}/refresh`, { body: { refresh_token: 'x' } })
    expect([inBody.status, inBody.headers.getSetCookie()]).toEqual([401, []])
  })

  it('asks where a request with the refresh cookie comes from', async () => {
    const { app, path, got } = await signUp('users')
    const { refresh } = kept(got)
    const before = await app.rows()
    for (const headers of [{}, { origin: 'https://evil.test' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await app.send('POST', `${path}/refresh`, { cookie: refresh, headers })
      expect([answer.status, answer.code, answer.headers.getSetCookie()]).toEqual([403, 'csrf_rejected', []])
    }
    expect(await app.rows()).toBe(before)
  })

  it('takes one refresh cookie, of this collection, and none beside a bearer', async () => {
    const { app, path, headers, got } = await signUp('users')
    const { refresh } = kept(got)
    const token = refresh.slice(refresh.indexOf('=') + 1)
    const before = await app.rows()
    for (const sent of [
      { cookie: `${refresh}; ${refresh}` },
      { cookie: `__Secure-session-refresh_customers=${token}` },
      { cookie: `session-refresh=${token}` },
      { cookie: '__Secure-session-refresh=' },
      { cookie: refresh, bearer: 'x' },
    ]) {
      const answer = await app.send('POST', `${path}/refresh`, { ...sent, headers })
      expect([answer.status, answer.code], JSON.stringify(Object.keys(sent))).toEqual([422, 'invalid_request'])
      expect(answer.body['errors']).toEqual([{ path: 'refresh_token', code: 'required', message: 'is required' }])
    }
    const other = await app.send('POST', `${authPath('customers')}/refresh`, {
      cookie: `__Secure-session-refresh_customers=${token}`,
      headers,
    })
    expect([other.status, other.code]).toEqual([401, 'token_invalid'])
    expect(await app.rows()).toBe(before)
  })

  it.each([
    ['POST', () => '/logout', 200],
    ['DELETE', () => '/sessions/all', 204],
    ['DELETE', (id: string) => `/sessions/${id}`, 204],
  ] as const)('forgets both cookies with %s %s', async (method, place, status) => {
    const { app, path, headers, got } = await signUp('users')
    const { cookie, refresh } = kept(got)
    const ended = await app.send(method, `${path}${place(String(got.body['session_id']))}`, { cookie, headers })
    expect(ended.status).toBe(status)
    expect([...ended.cookies]).toEqual([
      ['__Host-session', ''],
      ['__Secure-session-refresh', ''],
    ])
    for (const line of ended.headers.getSetCookie()) expect(line).toContain('Max-Age=0;')
    const answer = await app.send('POST', `${path}/refresh`, { cookie: refresh, headers })
    expect([answer.status, answer.code]).toEqual([401, 'token_invalid'])
  })

  it('replaces both with the next sign-in, and ends what the old ones stood for', async () => {
    const { app, path, headers, got } = await signUp('users')
    const old = kept(got)
    const body = { email: 'a@example.test', password }
    const next = await app.send('POST', `${path}/login`, { cookie: old.cookie, headers, body })
    expect(next.cookies.size).toBe(2)
    expect((await app.send('POST', `${path}/refresh`, { cookie: old.refresh, headers })).code).toBe('token_invalid')
    expect((await app.send('POST', `${path}/refresh`, { cookie: kept(next).refresh, headers })).status).toBe(200)
  })
})

describe.each(['both', 'token'] as const)("delivery: '%s'", (delivery) => {
  it('looks at no refresh cookie, and sets none', async () => {
    const { app, path, headers, got } = await signUp('users', { sessions: { delivery } })
    expect([got.status, refreshLine(got)]).toEqual([201, undefined])
    for (const name of tokens) expect(got.body).toHaveProperty(name)
    const token = String(got.body['refresh_token'])
    const cookie = `__Secure-session-refresh=${token}`
    const answer = await app.send('POST', `${path}/refresh`, { cookie, headers })
    expect([answer.status, answer.code]).toEqual([422, 'invalid_request'])
    const refreshed = await app.send('POST', `${path}/refresh`, { body: { refresh_token: token } })
    expect([refreshed.status, refreshed.headers.getSetCookie()]).toEqual([200, []])
  })
})

describe("delivery: 'token'", () => {
  it('sets no cookie, however a session begins or ends', async () => {
    const { app, path, got } = await signUp('users', { sessions: { delivery: 'token' } })
    const browser = { 'sec-fetch-site': 'same-origin' }
    const body = { email: 'a@example.test', password }
    const bearer = String(got.body['access_token'])
    const answers = [
      got,
      await app.send('POST', `${path}/login`, { body, headers: browser }),
      await app.send('POST', `${path}/refresh`, { body: { refresh_token: got.body['refresh_token'] } }),
      await app.send('POST', `${path}/me/change-password`, {
        bearer,
        body: { current_password: password, new_password: `${password} 2` },
      }),
      await app.send('DELETE', `${path}/sessions/all?scope=others`, { bearer }),
      await app.send('POST', `${path}/logout`, { bearer }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 204, 204, 200])
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([])
  })
})
