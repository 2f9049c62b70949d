import { describe, expect, it } from 'vitest'
import { type App, authPath, createApp, password } from '../app.fixture.js'
import { totpCode } from '../totp.fixture.js'

const day = 86_400
const at = authPath('users')
const browser = { 'sec-fetch-site': 'same-origin' }

/** The Max-Age of the session cookie; `none` for one that ends with the browser. */
function ageOf({ headers }: { readonly headers: Headers }): number | 'none' | undefined {
  const line = headers.getSetCookie().find((each) => each.startsWith('__Host-session='))
  if (line === undefined) return undefined
  const [, seconds] = /; Max-Age=(\d+);/.exec(line) ?? []
  return seconds === undefined ? 'none' : Number(seconds)
}

const login = (app: App, email: string, body: Readonly<Record<string, unknown>> = {}) =>
  app.send('POST', `${at}/login`, { body: { email, password, ...body }, headers: browser })

const cookieOf = (got: { readonly cookies: ReadonlyMap<string, string> }): string =>
  `__Host-session=${got.cookies.get('__Host-session')}`

describe('remember_me', () => {
  it.each([
    [{}, day],
    [{ remember_me: true }, 30 * day],
    [{ remember_me: false }, 'none'],
  ] as const)('with %j gives a cookie that lives for %s', async (body, age) => {
    const app = await createApp()
    const { email } = await app.signUp()
    expect(ageOf(await login(app, email, body))).toBe(age)
  })

  it('is a boolean, and the only thing that a client says about it', async () => {
    const app = await createApp()
    const { email } = await app.signUp()
    for (const wrong of [0, 1, 'true', null, [], 1e12]) {
      const got = await login(app, email, { remember_me: wrong })
      expect([got.status, got.code]).toEqual([422, 'invalid_request'])
    }
    for (const field of ['expires_at', 'expiresAt', 'cookie_seconds', 'max_age', 'rememberMe']) {
      for (const value of [null, 0, '', [], '2099-01-01T00:00:00Z']) {
        expect((await login(app, email, { [field]: value })).status).toBe(422)
      }
    }
  })

  it.each([
    [true, 30 * day],
    [false, 'none'],
  ] as const)('%s holds when the cookie is sent again', async (rememberMe, age) => {
    const app = await createApp({ auth: { mfa: { enabled: true } } })
    const { email } = await app.signUp()
    const signedIn = await login(app, email, { remember_me: rememberMe })
    let cookie = cookieOf(signedIn)
    const refreshed = await app.send('POST', `${at}/refresh`, {
      body: { refresh_token: signedIn.body['refresh_token'] },
      cookie,
      headers: browser,
    })
    expect([refreshed.status, ageOf(refreshed)]).toEqual([200, age])
    const renewed = await app.send('POST', `${at}/reauthenticate`, { body: { password }, cookie, headers: browser })
    expect([renewed.status, ageOf(renewed)]).toEqual([204, age])
    cookie = cookieOf(renewed)
    const body = { current_password: password, new_password: 'another horse battery' }
    const changed = await app.send('POST', `${at}/me/change-password`, { body, cookie, headers: browser })
    expect([changed.status, ageOf(changed)]).toEqual([204, age])
  })

  it('counts for as long as it was asked, to the millisecond, and never past the other limits', async () => {
    const lifetimes = { cookieSeconds: 60, rememberSeconds: 600, idleSeconds: 3_600, absoluteSeconds: 5_000 }
    const app = await createApp({ sessions: { lifetimes } })
    const { email } = await app.signUp()
    const begun = app.time.now
    for (const [rememberMe, seconds] of [
      [undefined, 60],
      [false, 60],
      [true, 600],
    ] as const) {
      app.time.now = begun
      const cookie = cookieOf(await login(app, email, rememberMe === undefined ? {} : { remember_me: rememberMe }))
      const statuses: number[] = []
      for (const instant of [begun + seconds * 1_000 - 1, begun + seconds * 1_000]) {
        app.time.now = instant
        statuses.push((await app.send('GET', `${at}/me`, { cookie })).status)
      }
      expect([rememberMe, ...statuses]).toEqual([rememberMe, 200, 401])
    }
  })

  it.each([
    ['idle', { idleSeconds: 100, absoluteSeconds: 5_000 }, 100],
    ['absolute', { idleSeconds: 100_000, absoluteSeconds: 200 }, 200],
  ] as const)('does not outlive the %s limit', async (_name, limits, seconds) => {
    const app = await createApp({ sessions: { lifetimes: { rememberSeconds: 10_000, ...limits } } })
    const { email } = await app.signUp()
    const cookie = cookieOf(await login(app, email, { remember_me: true }))
    const begun = app.time.now
    app.time.now = begun + seconds * 1_000
    const got = await app.send('GET', `${at}/me`, { cookie })
    expect([got.status, got.code]).toEqual([401, 'token_expired'])
  })

  it('goes along with the ticket of a second factor', async () => {
    const app = await createApp({ auth: { mfa: { enabled: true } } })
    const { email, access } = await app.signUp()
    const begun = await app.send('POST', `${at}/mfa/totp/enroll`, { bearer: access, body: {} })
    const activated = await app.send('POST', `${at}/mfa/totp/activate`, {
      bearer: access,
      body: { code: totpCode(String(begun.body['secret']), Math.floor(app.time.now / 30_000)) },
    })
    const codes = [activated.body['backup_codes']].flat()
    for (const [rememberMe, age] of [
      [true, 30 * day],
      [false, 'none'],
    ] as const) {
      const asked = await login(app, email, { remember_me: rememberMe })
      expect(asked.status).toBe(401)
      const body = { mfa_token: asked.body['mfa_token'], backup_code: codes.shift() }
      expect(ageOf(await app.send('POST', `${at}/mfa/verify`, { body, headers: browser }))).toBe(age)
    }
  })

  it('goes along with a code by mail', async () => {
    const app = await createApp({ auth: { otp: { enabled: true } }, mail: {} })
    const { email } = await app.signUp()
    const asked = await app.send('POST', `${at}/otp/request`, { body: { email } })
    const body = {
      email,
      code: await app.mails.codeFor(email),
      flow_id: asked.body['flow_id'],
      remember_me: true,
    }
    expect(ageOf(await app.send('POST', `${at}/otp/verify`, { body, headers: browser }))).toBe(30 * day)
  })
})
