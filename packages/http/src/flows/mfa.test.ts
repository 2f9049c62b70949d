import { describe, expect, it } from 'vitest'
import { type App, type AppOptions, authPath, createApp, origin, password } from '../app.fixture.js'
import { routeContracts } from '../contract/index.js'
import { isOpen, type RouteContract } from '../contract/route.js'
import { totpCode } from '../totp.fixture.js'

const step = 30_000
const browser = { origin }
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const open = async (auth: AppOptions['auth'] = { mfa: { enabled: true } }) => {
  const app = await createApp({ auth })
  const codeOf = (secret: string, ahead = 0) => totpCode(secret, Math.floor(app.time.now / step) + ahead)
  const nextCode = (secret: string) => {
    app.time.now += step
    return codeOf(secret)
  }
  return { ...app, codeOf, nextCode }
}
type Opened = Awaited<ReturnType<typeof open>>

/** Somebody who has set a second factor up, signed in by a token. */
async function enrolled(app: Opened, collection = 'users') {
  const at = authPath(collection)
  const account = await app.signUp(collection)
  const bearer = account.access
  const enrolment = await app.send('POST', `${at}/mfa/totp/enroll`, { bearer })
  const secret = text(enrolment.body['secret'])
  const activated = await app.send('POST', `${at}/mfa/totp/activate`, { bearer, body: { code: app.codeOf(secret) } })
  if (activated.status !== 200) throw new Error(activated.text)
  return { account, bearer, secret, enrolment, activated, backupCodes: activated.body['backup_codes'] as string[] }
}

const login = (app: App, email: string, collection = 'users') =>
  app.send('POST', `${authPath(collection)}/login`, { body: { email, password } })

describe.each(['users', 'customers'])('second factors of %s', (collection) => {
  const at = authPath(collection)
  const sessionCookie = collection === 'users' ? '__Host-session' : '__Host-session_customers'
  const ticketCookie = collection === 'users' ? '__Host-session-mfa' : '__Host-session-mfa_customers'

  it('are set up, asked for, and taken away', async () => {
    const app = await open()
    const { account, bearer, secret, enrolment, backupCodes } = await enrolled(app, collection)
    expect(enrolment.status).toBe(200)
    expect(enrolment.body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      otpauth_uri: expect.stringContaining(`otpauth://totp/app.test:${encodeURIComponent(account.email)}?`),
      qr_svg: expect.stringMatching(/^<svg .*<\/svg>$/),
    })
    expect(enrolment.headers.get('cache-control')).toBe('no-store')
    expect(backupCodes).toHaveLength(10)
    expect((await app.send('GET', `${at}/mfa`, { bearer })).body).toEqual({
      enabled: true,
      methods: ['totp', 'backup_code'],
      backup_codes_remaining: 10,
      required: false,
    })

    const asked = await login(app, account.email, collection)
    expect(asked.status).toBe(401)
    expect(asked.body).toEqual({
      type: expect.any(String),
      title: expect.any(String),
      status: 401,
      code: 'mfa_required',
      detail: expect.any(String),
      request_id: expect.any(String),
      mfa_token: expect.stringMatching(/^[\w.-]{80}$/),
      expires_at: new Date(app.time.now + 600_000).toISOString(),
      methods: ['totp', 'backup_code'],
      enrollment_required: false,
    })
    expect(asked.cookies.size).toBe(0)
    expect(asked.headers.get('cache-control')).toBe('no-store')
    expect(asked.text).not.toContain(account.id)
    expect(asked.text).not.toContain('example.test')

    const ticket = asked.body['mfa_token']
    const wrong = await app.send('POST', `${at}/mfa/verify`, { body: { mfa_token: ticket, code: '000000' } })
    expect([wrong.status, wrong.code]).toEqual([401, 'mfa_invalid'])
    const code = app.nextCode(secret)
    const signedIn = await app.send('POST', `${at}/mfa/verify`, { body: { mfa_token: ticket, code } })
    expect(signedIn.status).toBe(200)
    expect(signedIn.body).toMatchObject({ token_type: 'bearer', user: { id: account.id } })
    expect(signedIn.cookies.get(sessionCookie)).toMatch(/^[\w-]{43}$/)
    expect(signedIn.cookies.has(ticketCookie)).toBe(false)
    const again = await app.send('POST', `${at}/mfa/verify`, { body: { mfa_token: ticket, code } })
    expect([again.status, again.code]).toEqual([401, 'token_invalid'])

    const gone = await app.send('DELETE', `${at}/mfa/totp`, { bearer, body: { backup_code: backupCodes[0] } })
    expect([gone.status, gone.text]).toEqual([204, ''])
    expect((await login(app, account.email, collection)).status).toBe(200)
  })

  it('let the ticket come in its cookie, which is taken back; one in the body wins', async () => {
    const app = await open()
    const { account, secret } = await enrolled(app, collection)
    const ticket = async () => text((await login(app, account.email, collection)).body['mfa_token'])
    const first = await ticket()
    const cookie = `${ticketCookie}=${first}`
    const body = { code: app.nextCode(secret) }
    const forged = await app.send('POST', `${at}/mfa/verify`, { cookie, body })
    expect([forged.status, forged.code]).toEqual([403, 'csrf_rejected'])
    const other = await app.send('POST', `${at}/mfa/verify`, {
      cookie,
      headers: browser,
      body: { ...body, mfa_token: 'x'.repeat(80) },
    })
    expect([other.status, other.code]).toEqual([401, 'token_invalid'])
    const twice = await app.send('POST', `${at}/mfa/verify`, { cookie: `${cookie}; ${cookie}`, headers: browser, body })
    expect(twice.status).toBe(422)
    const signedIn = await app.send('POST', `${at}/mfa/verify`, { cookie, headers: browser, body })
    expect(signedIn.status).toBe(200)
    expect(signedIn.headers.getSetCookie()).toContain(
      `${ticketCookie}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure`,
    )
    expect(signedIn.cookies.get(sessionCookie)).toMatch(/^[\w-]{43}$/)
  })

  it('give a session that goes on a new cookie, and end its old one', async () => {
    const app = await open()
    const account = await app.signUp(collection)
    const send = (cookie: string, path: string, body: unknown, method = 'POST') =>
      app.send(method, `${at}${path}`, { cookie, headers: browser, body })
    const works = async (cookie: string) => (await app.send('GET', `${at}/me`, { cookie })).status === 200
    let cookie = account.cookie
    const { secret } = (await send(cookie, '/mfa/totp/enroll', {})).body
    for (const [path, body, method] of [
      ['/mfa/totp/activate', { code: app.codeOf(text(secret)) }, 'POST'],
      ['/mfa/backup-codes', { code: app.nextCode(text(secret)) }, 'POST'],
      ['/reauthenticate', { password }, 'POST'],
      ['/reauthenticate', { code: app.nextCode(text(secret)) }, 'POST'],
      ['/mfa/totp', { code: app.nextCode(text(secret)) }, 'DELETE'],
    ] as const) {
      if ('code' in body) app.time.now += step
      const now = 'code' in body ? { code: app.codeOf(text(secret)) } : body
      const got = await send(cookie, path, now, method)
      expect([path, got.status, got.code]).toEqual([path, got.status < 300 ? got.status : 0, undefined])
      const value = got.cookies.get(sessionCookie)
      expect(value).toMatch(/^[\w-]{43}$/)
      expect(await works(cookie)).toBe(false)
      cookie = `${sessionCookie}=${value}`
      expect(await works(cookie)).toBe(true)
    }
  })
})

describe('a ticket', () => {
  it('opens no route but those of the second factor, as bearer and as any cookie', async () => {
    const app = await open()
    const { account, secret } = await enrolled(app)
    const ticket = text((await login(app, account.email)).body['mfa_token'])
    const before = await app.rows()
    const contracts: RouteContract[] = Object.values(routeContracts).filter(
      // The others have work for strangers, too, and take a ticket for none of theirs.
      (contract: RouteContract) => !isOpen(contract),
    )
    expect(contracts.length).toBeGreaterThan(10)
    const half = ticket.split('.')[1] ?? ''
    for (const { method, mount, path } of contracts) {
      const full = `${mount === 'auth' ? authPath('users') : '/api/v1'}${path.replaceAll(/\{\w+\}/g, account.id)}`
      for (const sent of [
        { bearer: ticket },
        { bearer: half },
        { cookie: `__Host-session=${ticket}`, headers: browser },
        { cookie: `__Host-session=${half}`, headers: browser },
        { cookie: `__Host-session-mfa=${ticket}`, headers: browser },
      ]) {
        const got = await app.send(method, full, method === 'GET' ? sent : { ...sent, body: {} })
        expect([method, full, got.status]).toEqual([method, full, 401])
      }
    }
    const refresh = await app.send('POST', '/api/v1/auth/refresh', { body: { refresh_token: ticket } })
    expect(refresh.status).toBe(401)
    expect(await app.rows()).toBe(before)
    const body = { mfa_token: ticket, code: app.nextCode(secret) }
    const elsewhere = await app.send('POST', `${authPath('customers')}/mfa/verify`, { body })
    expect([elsewhere.status, elsewhere.code]).toEqual([401, 'token_invalid'])
    expect((await app.send('POST', '/api/v1/auth/mfa/verify', { body })).status).toBe(200)
  })

  it('is the only thing that a password gives where there is a second factor', async () => {
    const app = await open()
    const { account } = await enrolled(app)
    const asked = await app.send('POST', '/api/v1/auth/login', {
      headers: { 'sec-fetch-site': 'same-origin' },
      body: { email: account.email, password },
    })
    expect(asked.code).toBe('mfa_required')
    expect(asked.headers.getSetCookie()).toEqual([])
    for (const name of ['access_token', 'refresh_token', 'session_id', 'user', 'user_id', 'email']) {
      expect(asked.body).not.toHaveProperty(name)
    }
    expect(asked.headers.get('www-authenticate')).toBeNull()
  })

  it.each(['skipMfa', 'skip_mfa', 'mfaVerified', 'mfa_verified', 'aal', 'trusted', 'remember_device', 'mfaEnabled'])(
    'is not made superfluous by %s in the body',
    async (flag) => {
      const app = await open()
      const { account, bearer, secret } = await enrolled(app)
      const asked = await login(app, account.email)
      for (const [path, body] of [
        ['/login', { email: account.email, password }],
        ['/mfa/verify', { mfa_token: asked.body['mfa_token'], code: app.codeOf(secret, 1) }],
        ['/mfa/totp/enroll', { mfa_token: asked.body['mfa_token'] }],
        ['/mfa/totp/activate', { mfa_token: asked.body['mfa_token'], code: '123456' }],
      ] as const) {
        for (const value of [true, 2]) {
          const got = await app.send('POST', `/api/v1/auth${path}`, { body: { ...body, [flag]: value } })
          expect([path, got.status, got.code]).toEqual([path, 422, 'unknown_field'])
        }
      }
      const own = await app.send('PATCH', '/api/v1/auth/me', { bearer, body: { [flag]: false } })
      expect([own.status, own.code]).toEqual([422, 'unknown_field'])
      expect((await login(app, account.email)).code).toBe('mfa_required')
    },
  )

  it.each([
    [{ code: '123456' }, 'mfa_token'],
    [{ mfa_token: 'x' }, 'code'],
    [{ mfa_token: 'x', code: '123456', backup_code: 'x' }, 'code'],
    [{ mfa_token: 'x', code: 123_456 }, 'code'],
    [{ mfa_token: 0, code: '123456' }, 'mfa_token'],
    [{ mfa_token: null, code: '123456' }, 'mfa_token'],
    [{ mfa_token: 'x', code: ['123456'] }, 'code'],
  ])('is not verified with %j', async (body, path) => {
    const { send } = await open()
    const got = await send('POST', '/api/v1/auth/mfa/verify', { body })
    expect([got.status, got.code]).toEqual([422, 'invalid_request'])
    expect(got.body['errors']).toEqual([expect.objectContaining({ path })])
  })
})

describe('a second factor that is required', () => {
  const required = { mfa: { enabled: true, required: true } } as const
  /** Somebody who is made to set one up: all that a registration gives is a ticket. */
  const challenged = async (app: Opened, email: string) => {
    const registered = await app.send('POST', '/api/v1/auth/register', { body: { email, password } })
    expect([registered.status, registered.code]).toEqual([401, 'mfa_required'])
    // What clients are told to expect.
    expect(routeContracts.register.errors).toContain('mfa_required')
    const asked = await login(app, email)
    expect(asked.body).toMatchObject({ code: 'mfa_required', enrollment_required: true, methods: [] })
    return text(asked.body['mfa_token'])
  }

  it('is set up with the ticket in place of a session, then signed in by the next code', async () => {
    const app = await open(required)
    const ticket = await challenged(app, 'ann@example.test')
    const enrolment = await app.send('POST', '/api/v1/auth/mfa/totp/enroll', { body: { mfa_token: ticket } })
    const secret = text(enrolment.body['secret'])
    const body = { mfa_token: ticket, code: app.codeOf(secret) }
    const activated = await app.send('POST', '/api/v1/auth/mfa/totp/activate', { body })
    expect(Object.keys(activated.body)).toEqual(['backup_codes'])
    expect(activated.cookies.size).toBe(0)
    const replayed = await app.send('POST', '/api/v1/auth/mfa/verify', { body })
    expect([replayed.status, replayed.code]).toEqual([401, 'mfa_invalid'])
    const signedIn = await app.send('POST', '/api/v1/auth/mfa/verify', {
      body: { mfa_token: ticket, code: app.nextCode(secret) },
    })
    expect(signedIn.status).toBe(200)
    const bearer = text(signedIn.body['access_token'])
    expect((await app.send('GET', '/api/v1/auth/mfa', { bearer })).body).toMatchObject({ required: true })
    const kept = await app.send('DELETE', '/api/v1/auth/mfa/totp', { bearer, body: { code: app.nextCode(secret) } })
    expect([kept.status, kept.code]).toEqual([403, 'forbidden'])
  })

  it('is set up for whoever is signed in, whatever ticket the cookies bring', async () => {
    const app = await open({ mfa: { enabled: true, required: ['editor'] } })
    const own = await app.signUp()
    const other = await app.signUp()
    await app.auth.permissions.assign(other.id, 'editor')
    const ticket = text((await login(app, other.email)).body['mfa_token'])
    const cookie = `${own.cookie}; __Host-session-mfa=${ticket}`
    const enrolment = await app.send('POST', '/api/v1/auth/mfa/totp/enroll', { cookie, headers: browser })
    expect(text(enrolment.body['otpauth_uri'])).toContain(encodeURIComponent(own.email))
    const byCookie = { cookie: `__Host-session-mfa=${ticket}`, headers: browser }
    const alone = await app.send('POST', '/api/v1/auth/mfa/totp/enroll', byCookie)
    expect(text(alone.body['otpauth_uri'])).toContain(encodeURIComponent(other.email))
    const secret = text(alone.body['secret'])
    const activated = await app.send('POST', '/api/v1/auth/mfa/totp/activate', {
      ...byCookie,
      body: { code: app.codeOf(secret) },
    })
    expect(activated.status).toBe(200)
    const signedIn = await app.send('POST', '/api/v1/auth/mfa/verify', {
      ...byCookie,
      body: { code: app.nextCode(secret) },
    })
    expect(signedIn.body).toMatchObject({ user: { id: other.id } })
  })

  it('is set up by nobody who is not known', async () => {
    const app = await open()
    const { account } = await enrolled(app)
    for (const path of ['/mfa/totp/enroll', '/mfa/totp/activate']) {
      const body = path.endsWith('activate') ? { code: '123456' } : {}
      const at = `/api/v1/auth${path}`
      expect((await app.send('POST', at, { body })).code).toBe('unauthenticated')
      expect((await app.send('POST', at, { body, bearer: 'x.y.z' })).code).toBe('token_invalid')
      expect((await app.send('POST', at, { body: { ...body, mfa_token: 'x' } })).code).toBe('token_invalid')
      const ticket = text((await login(app, account.email)).body['mfa_token'])
      const mixed = { body, bearer: 'x.y.z', cookie: `__Host-session-mfa=${ticket}` }
      expect((await app.send('POST', at, mixed)).code).toBe('token_invalid')
    }
  })
})

describe('an API key', () => {
  it('neither changes second factors nor makes anything fresh', async () => {
    const app = await open()
    const { account, secret } = await enrolled(app)
    const { key: bearer } = await app.auth.apiKeys.create({ principalId: account.id })
    const other = await app.signUp()
    const { key: plain } = await app.auth.apiKeys.create({ principalId: other.id })
    const before = await app.rows()
    const body = { code: app.codeOf(secret, 1) }
    for (const [method, path, sent] of [
      ['POST', '/mfa/totp/enroll', { bearer: plain, body: {} }],
      ['POST', '/mfa/totp/activate', { bearer: plain, body }],
      ['POST', '/mfa/backup-codes', { bearer, body }],
      ['DELETE', '/mfa/totp', { bearer, body }],
      ['POST', '/reauthenticate', { bearer, body }],
      ['POST', '/reauthenticate', { bearer, body: { password } }],
      ['GET', '/mfa', { bearer }],
    ] as const) {
      const got = await app.send(method, `/api/v1/auth${path}`, sent)
      expect([path, got.status, got.code]).toEqual([path, 403, 'forbidden'])
    }
    expect((await app.rows()).replaceAll(/cardea_api_keys .*/g, '')).toBe(before.replaceAll(/cardea_api_keys .*/g, ''))
  })
})

describe('reauthenticate', () => {
  it('opens what wants a recent proof', async () => {
    const app = await open()
    const { access: bearer } = await app.signUp()
    app.time.now += 601_000
    const late = await app.send('POST', '/api/v1/auth/mfa/totp/enroll', { bearer })
    expect([late.status, late.code]).toEqual([403, 'reauthentication_required'])
    const wrong = await app.send('POST', '/api/v1/auth/reauthenticate', { bearer, body: { password: 'wrong' } })
    expect([wrong.status, wrong.code]).toEqual([401, 'invalid_credentials'])
    const done = await app.send('POST', '/api/v1/auth/reauthenticate', { bearer, body: { password } })
    expect([done.status, done.text, done.cookies.size]).toEqual([204, '', 0])
    expect((await app.send('POST', '/api/v1/auth/mfa/totp/enroll', { bearer })).status).toBe(200)
  })

  it.each([{}, { password, code: '123456' }, { code: '1', backup_code: '1' }, { password: 5 }])(
    'refuses %j',
    async (body) => {
      const { send, signUp } = await open()
      const { access: bearer } = await signUp()
      const got = await send('POST', '/api/v1/auth/reauthenticate', { bearer, body })
      expect([got.status, got.code]).toEqual([422, 'invalid_request'])
    },
  )

  it('says how long to wait after too many codes', async () => {
    const app = await open()
    const { bearer } = await enrolled(app)
    const attempt = () => app.send('POST', '/api/v1/auth/reauthenticate', { bearer, body: { code: '000000' } })
    for (let time = 0; time < 5; time += 1) expect((await attempt()).code).toBe('mfa_invalid')
    const limited = await attempt()
    expect([limited.status, limited.code, limited.headers.get('retry-after')]).toEqual([429, 'rate_limited', '60'])
  })
})

describe('second factors that are not enabled', () => {
  it('are not set up', async () => {
    const app = await open({})
    const { access: bearer } = await app.signUp()
    for (const [path, body] of [
      ['/mfa/totp/enroll', {}],
      ['/mfa/totp/activate', { code: '123456' }],
    ] as const) {
      const got = await app.send('POST', `/api/v1/auth${path}`, { bearer, body })
      expect([got.status, got.code]).toEqual([403, 'method_disabled'])
    }
    expect((await app.send('GET', '/api/v1/auth/mfa', { bearer })).body).toMatchObject({ enabled: false })
  })
})
