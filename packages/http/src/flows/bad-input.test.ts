import { errorCodes } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { type App, authPath, createApp, type Got, password, type Sent } from '../app.fixture.js'

/** A problem as the contract has it: a known code, the same status inside and out, and nothing of the cause. */
function expectProblem(got: Got, about: string): void {
  expect(got.status, about).toBeGreaterThanOrEqual(400)
  expect(got.status, about).toBeLessThan(500)
  expect(got.headers.get('content-type'), about).toBe('application/problem+json')
  expect(got.headers.get('cache-control'), about).toBe('no-store')
  expect(got.body, about).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
    status: got.status,
  })
  expect(errorCodes, about).toContain(got.code)
  expect(got.body['request_id'], about).toBe(got.headers.get('x-request-id'))
  expect(got.headers.getSetCookie(), about).toEqual([])
}

async function expectRefused(app: App, method: string, path: string, sent: Sent): Promise<Got> {
  const before = await app.rows()
  const got = await app.send(method, path, sent)
  const about = `${method} ${path} ${JSON.stringify(sent).slice(0, 200)}`
  expectProblem(got, about)
  expect(await app.rows(), about).toBe(before)
  expect(app.log, about).toEqual([])
  return got
}

const wrongValues: unknown[] = [0, 1, -1, 1e308, true, false, null, [], ['a'], {}, { $ne: null }, { length: 20 }]

const routes: [route: string, body: Record<string, unknown>, texts: string[]][] = [
  ['/register', { email: 'ann@example.test', password }, ['email', 'password']],
  ['/login', { email: 'ann@example.test', password }, ['email', 'password']],
  ['/refresh', { refresh_token: 'x.0.y' }, ['refresh_token']],
]

describe.each(['users', 'customers'])('bad input to %s', (collection) => {
  const at = authPath(collection)

  it.each(routes)('%s takes texts only, and all of them', async (route, body, texts) => {
    const app = await createApp()
    for (const field of texts) {
      for (const value of [...wrongValues, undefined]) {
        const got = await expectRefused(app, 'POST', `${at}${route}`, { body: { ...body, [field]: value } })
        expect([got.status, got.code]).toEqual([422, 'invalid_request'])
        expect(got.body['errors']).toEqual(expect.arrayContaining([expect.objectContaining({ path: field })]))
      }
    }
  })

  it('the own account takes texts only', async () => {
    const app = await createApp()
    const { access } = await app.signUp(collection)
    const field = collection === 'users' ? 'username' : 'company'
    for (const value of wrongValues.filter((wrong) => wrong !== null)) {
      const patch = await expectRefused(app, 'PATCH', `${at}/me`, { bearer: access, body: { [field]: value } })
      expect(patch.status).toBe(422)
      const body = { current_password: value, new_password: 'another battery' }
      const change = await expectRefused(app, 'POST', `${at}/me/change-password`, { bearer: access, body })
      expect(change.status).toBe(422)
    }
  })

  it.each([
    ['', 422],
    ['{', 400],
    ['{"email":', 400],
    ['\u0000', 400],
    ['{"email":"a@b.test","password":"x","email":"c@d.test"}', 400],
    ['{"email":"a@b.test","password":"x","\\u0065mail":"c@d.test"}', 400],
    ['{"email":"a@b.test","password":"\\ud800"}', 400],
    [`{"email":"a@b.test","x":${'['.repeat(40)}${']'.repeat(40)}}`, 400],
    ['[]', 422],
    ['null', 422],
    ['"a"', 422],
    ['{}', 422],
    ['{"__proto__":{"password":"x","email":"a@b.test"}}', 422],
    ['{"email":"a@b.test","password":"x","__proto__":{}}', 422],
    ['{"email":"a@b.test","password":"correct horse battery","constructor":{"prototype":{"a":1}}}', 422],
    ['{"email":"a@b.test","password":"correct horse battery","prototype":"x"}', 422],
    ['{"email":"a@b.test","password":"correct horse battery","toString":"x"}', 422],
    ['{"email":"a@b.test","password":"correct horse battery","hasOwnProperty":"x"}', 422],
  ])('refuses the body %j', async (body, status) => {
    const app = await createApp()
    for (const route of ['/login', '/register']) {
      expect((await expectRefused(app, 'POST', `${at}${route}`, { body })).status).toBe(status)
    }
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  it.each([
    { verified: true },
    { id: '01a2014d-b475-7215-8438-031c3b71c287' },
    { status: 'active' },
    { roles: ['admin'] },
    { role_id: 'x' },
    { permissions: ['*'] },
    { created_at: '2020-01-01T00:00:00Z' },
    { password_hash: 'x' },
    { hash: 'x' },
    { collection: 'users' },
    { email_verified: true },
    { mfa: null },
    { data: { role: 'admin' } },
    { banned: false, epoch: 9 },
  ])('does not register with %j', async (extra) => {
    const app = await createApp()
    const body = { email: 'ann@example.test', password, ...extra }
    const got = await expectRefused(app, 'POST', `${at}/register`, { body })
    expect([got.status, got.code]).toEqual([422, 'unknown_field'])
    expect(got.body['errors']).toEqual(
      expect.arrayContaining([expect.objectContaining({ path: Object.keys(extra)[0] })]),
    )
  })

  it.each([
    { skipMfa: 'true' },
    { aal: '2' },
    { trusted: true },
    { mfa_verified: true },
    { username: 'ann', phone: '1' },
    { user_id: 'x' },
  ])('does not sign in with %j', async (extra) => {
    const app = await createApp()
    const { email } = await app.signUp(collection)
    const got = await expectRefused(app, 'POST', `${at}/login`, { body: { email, password, ...extra } })
    expect(got.status).toBe(422)
  })

  it('measures a password before it hashes one', async () => {
    const app = await createApp()
    const { email } = await app.signUp(collection)
    const huge = 'x'.repeat(1_000_000)
    for (const [route, body] of [
      ['/login', { email, password: huge }],
      ['/register', { email: 'new@example.test', password: huge }],
    ] as const) {
      const got = await expectRefused(app, 'POST', `${at}${route}`, { body })
      expect([got.status, got.code]).toEqual([413, 'payload_too_large'])
    }
    const long = { email: 'new@example.test', password: 'x'.repeat(1_025) }
    expect((await expectRefused(app, 'POST', `${at}/register`, { body: long })).status).toBe(422)
    const login = await expectRefused(app, 'POST', `${at}/login`, { body: { email, password: long.password } })
    expect([401, 422]).toContain(login.status)
  })

  it.each([
    'ann@@example.test',
    'ann',
    '',
    'a@b',
    'ann@example.test\n',
    '<a@b.test>',
    'a,b@c.test',
    `${'a'.repeat(300)}@b.test`,
  ])('makes no account for %j', async (email) => {
    const app = await createApp()
    const got = await expectRefused(app, 'POST', `${at}/register`, { body: { email, password } })
    expect(got.status).toBe(422)
  })

  it('tells a password that is no good from one that is no text', async () => {
    const app = await createApp()
    const weak = await expectRefused(app, 'POST', `${at}/register`, { body: { email: 'a@b.test', password: 'short' } })
    expect([weak.status, weak.code]).toEqual([422, 'weak_password'])
    expect(weak.body['errors']).toEqual([expect.objectContaining({ path: 'password' })])
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])(
    'takes no body of type %s',
    async (type) => {
      const app = await createApp()
      const headers = { 'content-type': type }
      const body = JSON.stringify({ email: 'ann@example.test', password })
      const got = await expectRefused(app, 'POST', `${at}/register`, { body, headers })
      expect([got.status, got.code]).toEqual([415, 'unsupported_media_type'])
    },
  )

  it('refuses tokens of every wrong kind', async () => {
    const app = await createApp()
    const account = await app.signUp(collection)
    const [header = '', payload = '', signature = ''] = account.access.split('.')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    const later = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), exp: 9_999_999_999 }),
    ).toString('base64url')
    const bearers = [
      'x',
      '..',
      'a.b.c',
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${later}.${signature}`,
      `${header}.${payload}.${'A'.repeat(43)}`,
      account.refresh,
      account.sessionId,
      account.cookie.split('=')[1] ?? '',
      'a'.repeat(4_096),
    ]
    const headers = [
      'Bearer',
      'Bearer ',
      'Bearer %E0%A4%A',
      `Bearer ${account.access} ${account.access}`,
      `Bearer ${account.access}, Bearer ${account.access}`,
      `Bearer "${account.access}"`,
      `Bearer ${account.access}é`,
      `Bearer ${'a'.repeat(5_000)}`,
      `Basic ${account.access}`,
      account.access,
      `Token ${account.access}`,
    ]
    const cookies = [
      'session=x',
      `${account.cookie}; ${account.cookie}`,
      `${account.cookie}x`,
      account.cookie.slice(0, -1),
      account.cookie.replace('__Host-', ''),
      account.cookie.replace('=', '="').concat('"'),
      account.cookie.replace('=', '=%'),
      `${account.cookie.split('=')[0]}=${account.access}`,
      '=;;;=',
      '\u00ff=\u00fe',
    ]
    const sent: Sent[] = [
      {},
      ...bearers.map((bearer) => ({ bearer })),
      ...headers.map((authorization) => ({ headers: { authorization } })),
      ...cookies.map((cookie) => ({ cookie })),
      // A cookie that is good does not help a bearer token that is not.
      { bearer: 'x', cookie: account.cookie },
    ]
    for (const one of sent) {
      const got = await expectRefused(app, 'GET', `${at}/me`, one)
      expect(got.status, JSON.stringify(one).slice(0, 100)).toBe(401)
      expect(got.headers.get('www-authenticate')).toBe('Bearer')
    }
    const basic = { headers: { authorization: 'Basic YTpi' }, cookie: account.cookie }
    expect((await app.send('GET', `${at}/me`, basic)).status).toBe(200)
  })

  it('refuses refresh tokens of every wrong kind', async () => {
    const app = await createApp()
    const { refresh, access } = await app.signUp(collection)
    const [id, counter, mac] = refresh.split('.')
    const tokens = [
      '',
      'x',
      '..',
      access,
      `${id}.${counter}.`,
      `${id}.1.${mac}`,
      `${id}.-1.${mac}`,
      `${id}.1e400.${mac}`,
      `${id}.${counter}.${mac}x`,
      `${refresh} `,
      'x'.repeat(60_000),
    ]
    for (const token of tokens) {
      const got = await expectRefused(app, 'POST', `${at}/refresh`, { body: { refresh_token: token } })
      expect([got.status, got.code], token.slice(0, 80)).toEqual([401, 'token_invalid'])
    }
    // A token that does not verify kills nothing.
    expect((await app.send('POST', `${at}/refresh`, { body: { refresh_token: refresh } })).status).toBe(200)
  })
})

describe('paths', () => {
  it.each([
    '/',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/api/v1/auth',
    '/api/v1/nothing',
    '/api/v1//auth/me',
    '//auth/me',
    '/api/v1/auth//me',
    '/api/v1/auth/%6De',
    '/api/v1/auth/me%2F',
    '/api/v1/auth%2Fme',
    '/api/v1/auth/me;x=1',
    '/api/v1/auth/ME',
    '/api/v1/auth/me%00',
    '/api/v1/auth/me%0a',
    '/api/v1/auth/%E0%A4%A',
    '/api/v1/auth/me.json',
    '/api/v1/auth/m\u00e9',
    '/api/v1/auth/login/x',
  ])('%s is nowhere', async (path) => {
    const app = await createApp()
    const { access } = await app.signUp()
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const got = await expectRefused(app, method, path, { bearer: access })
      expect([got.status, got.code]).toEqual([404, 'not_found'])
    }
  })

  it.each([
    '/api/v1/auth/me?x=1',
    '/api/v1/auth/me?q=1',
    '/api/v1/auth/me?constructor=1',
    '/api/v1/auth/me?__proto__=1',
  ])('%s asks for something that is not there', async (path) => {
    const app = await createApp()
    const { access } = await app.signUp()
    const got = await expectRefused(app, 'GET', path, { bearer: access })
    expect([got.status, got.code]).toEqual([422, 'unknown_field'])
  })

  it('reads a query strictly', async () => {
    const app = await createApp()
    const { access, id } = await app.signUp()
    const twice = `/api/v1/sessions?user_id=${id}&user_id=${id}`
    expect((await expectRefused(app, 'GET', twice, { bearer: access })).status).toBe(422)
    expect((await expectRefused(app, 'GET', '/api/v1/sessions?user_id=%E0%A4%A', { bearer: access })).status).toBe(400)
    expect((await expectRefused(app, 'GET', '/api/v1/sessions?user_id', { bearer: access })).status).toBe(403)
  })
})
