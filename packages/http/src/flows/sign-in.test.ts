import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'

const uuid = /^[0-9a-f-]{36}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe.each(['users', 'customers'])('signing in to %s', (collection) => {
  const at = authPath(collection)
  const cookieName = collection === 'users' ? '__Host-session' : '__Host-session_customers'

  it('registers with 201, the auth answer and the cookie', async () => {
    const { send } = await createApp()
    const got = await send('POST', `${at}/register`, { body: { email: 'Ann@Example.test', password } })
    expect(got.status).toBe(201)
    expect(got.body).toMatchObject({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 86_400,
      expires_at: expect.stringMatching(instant),
      session_id: expect.stringMatching(uuid),
      user: {
        id: expect.stringMatching(uuid),
        verified: false,
        created_at: expect.stringMatching(instant),
        updated_at: expect.stringMatching(instant),
      },
    })
    expect(got.cookies.get(cookieName)).toMatch(/^[\w-]{43}$/)
    expect(got.headers.getSetCookie()).toHaveLength(1)
    expect(got.text).not.toContain('hash')
    expect(got.text).not.toContain(password)
  })

  it('signs in, refreshes, and signs out', async () => {
    const app = await createApp()
    const account = await app.signUp(collection)
    const login = await app.send('POST', `${at}/login`, { body: { email: account.email, password } })
    expect(login.status).toBe(200)
    expect(Object.keys(login.body)).toEqual(
      expect.arrayContaining(['access_token', 'refresh_token', 'token_type', 'expires_in', 'expires_at', 'session_id']),
    )
    const refreshed = await app.send('POST', `${at}/refresh`, { body: { refresh_token: login.body['refresh_token'] } })
    expect(refreshed.status).toBe(200)
    expect(refreshed.body['session_id']).toBe(login.body['session_id'])
    expect(refreshed.body['refresh_token']).not.toBe(login.body['refresh_token'])
    expect(refreshed.cookies.size).toBe(0)
    const bearer = String(refreshed.body['access_token'])
    expect((await app.send('GET', `${at}/me`, { bearer })).status).toBe(200)
    const logout = await app.send('POST', `${at}/logout`, { bearer })
    expect(logout.status).toBe(200)
    expect(logout.body['message']).toEqual(expect.any(String))
    const after = await app.send('GET', `${at}/me`, { bearer })
    expect([after.status, after.code]).toEqual([401, 'session_revoked'])
    const late = await app.send('POST', `${at}/refresh`, { body: { refresh_token: refreshed.body['refresh_token'] } })
    expect(late.status).toBe(401)
  })

  it('ends the session of a cookie that a new one replaces', async () => {
    const app = await createApp()
    const mine = await app.signUp(collection)
    const other = await app.signUp(collection)
    const again = await app.send('POST', `${at}/login`, {
      body: { email: mine.email, password },
      cookie: mine.cookie,
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const cookie = `${cookieName}=${again.cookies.get(cookieName)}`
    const statusOf = async (value: string) => (await app.send('GET', `${at}/me`, { cookie: value })).status
    expect([await statusOf(mine.cookie), await statusOf(cookie), await statusOf(other.cookie)]).toEqual([401, 200, 200])
  })

  it('extends a cookie that comes with a refresh, and makes none', async () => {
    const app = await createApp()
    const { cookie, refresh } = await app.signUp(collection)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const got = await app.send('POST', `${at}/refresh`, { body: { refresh_token: refresh }, cookie, headers })
    expect(got.status).toBe(200)
    expect([...got.cookies]).toEqual([cookie.split('=')])
    const next = String(got.body['refresh_token'])
    const stale = `${cookieName}=${'A'.repeat(43)}`
    const other = await app.send('POST', `${at}/refresh`, { body: { refresh_token: next }, cookie: stale, headers })
    expect([other.status, other.cookies.size]).toEqual([200, 0])
  })

  it('ends what a logout names, however it is named, and clears the cookie every time', async () => {
    const app = await createApp()
    const works = async (bearer: string) => (await app.send('GET', `${at}/me`, { bearer })).status === 200
    const clears = `${cookieName}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure`

    const byCookie = await app.signUp(collection)
    // As the seed has it: the cookie, and nothing that a browser would add.
    const first = await app.send('POST', `${at}/logout`, { cookie: byCookie.cookie })
    expect([first.status, await works(byCookie.access)]).toEqual([200, false])
    expect(first.headers.getSetCookie()).toEqual([clears])

    const byRefresh = await app.signUp(collection)
    const second = await app.send('POST', `${at}/logout`, { body: { refresh_token: byRefresh.refresh } })
    expect([second.status, await works(byRefresh.access)]).toEqual([200, false])

    const byExpired = await app.signUp(collection)
    app.time.now += 25 * 3_600_000
    const third = await app.send('POST', `${at}/logout`, { bearer: byExpired.access })
    expect(third.status).toBe(200)
    const kept = await app.send('POST', `${at}/refresh`, { body: { refresh_token: byExpired.refresh } })
    expect(kept.status).toBe(401)

    for (const sent of [
      {},
      { cookie: first.text.slice(0, 0) },
      { bearer: 'x.y.z' },
      { body: { refresh_token: 'x' } },
    ]) {
      const again = await app.send('POST', `${at}/logout`, sent)
      expect([again.status, again.headers.getSetCookie()]).toEqual([200, [clears]])
    }
  })

  it('leaves no session behind a cookie that it clears', async () => {
    const app = await createApp()
    const withCookie = await app.signUp(collection)
    const withToken = await app.signUp(collection)
    await app.send('POST', `${at}/logout`, { cookie: withCookie.cookie, bearer: withToken.access })
    for (const { access } of [withCookie, withToken]) {
      expect((await app.send('GET', `${at}/me`, { bearer: access })).status).toBe(401)
    }
  })

  it('answers every failed sign-in alike', async () => {
    const app = await createApp()
    const known = await app.signUp(collection)
    const disabled = await app.signUp(collection)
    await app.auth.collection(collection)?.disable(disabled.id)
    const tries = [
      { email: known.email, password: 'not the password' },
      { email: 'nobody@example.test', password },
      { email: disabled.email, password },
      { email: disabled.email, password: 'not the password' },
      { email: 'not an address', password },
    ]
    const answers = await Promise.all(
      tries.map(async (body) => {
        const got = await app.send('POST', `${at}/login`, { body })
        const { request_id: _id, ...rest } = got.body
        const headers = [...got.headers].filter(([name]) => name !== 'x-request-id')
        return JSON.stringify([got.status, rest, headers])
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('"invalid_credentials"')
    expect(answers[0]).not.toContain('set-cookie')
  })

  it('refuses a second account for an address', async () => {
    const app = await createApp()
    const { email } = await app.signUp(collection)
    const before = await app.rows()
    const again = await app.send('POST', `${at}/register`, { body: { email: email.toUpperCase(), password } })
    expect([again.status, again.code]).toEqual([409, 'email_taken'])
    expect(await app.rows()).toBe(before)
  })

  it('holds a repeated password to the first', async () => {
    const app = await createApp()
    const body = { email: 'ann@example.test', password, password_confirm: `${password}.` }
    const wrong = await app.send('POST', `${at}/register`, { body })
    expect([wrong.status, wrong.code]).toEqual([422, 'invalid_request'])
    expect(wrong.body['errors']).toEqual([expect.objectContaining({ path: 'password_confirm' })])
    const right = await app.send('POST', `${at}/register`, { body: { ...body, password_confirm: password } })
    expect(right.status).toBe(201)
  })

  it('remembers where a session was made', async () => {
    const app = await createApp()
    const { email } = await app.signUp(collection)
    const login = await app.send('POST', `${at}/login`, {
      body: { email, password },
      headers: { 'user-agent': `browser ${'x'.repeat(2_000)}`, 'x-forwarded-for': '6.6.6.6' },
      ip: '::ffff:198.51.100.7',
    })
    const { list } = await app.send('GET', `${at}/sessions`, { bearer: String(login.body['access_token']) })
    const current = list.find((session) => session['current'] === true)
    expect(current).toMatchObject({ ip_address: '198.51.100.7' })
    expect(String(current?.['user_agent'])).toHaveLength(512)
  })
})

describe('signing in to users', () => {
  const at = authPath('users')

  it('says what clients written for either seed look for', async () => {
    const { send } = await createApp()
    const body = { username: 'jdoe', name: 'Jane Doe', email: 'jane@example.test', password: 'secure-password' }
    const got = await send('POST', `${at}/register`, { body })
    expect(got.body).toMatchObject({
      user_id: expect.stringMatching(uuid),
      email: 'jane@example.test',
      username: 'jdoe',
      created_at: expect.stringMatching(instant),
      user: {
        username: 'jdoe',
        name: 'Jane Doe',
        role: 'viewer',
        role_id: expect.stringMatching(uuid),
        roles: ['viewer'],
      },
    })
    const user = got.body['user'] as Record<string, unknown>
    expect(user['user_id']).toBe(user['id'])
    expect(got.body['user_id']).toBe(user['id'])
    const byName = await send('POST', `${at}/login`, { body: { username: 'jdoe', password: 'secure-password' } })
    expect(byName.status).toBe(200)
  })

  it('never takes a role from the body', async () => {
    const { send } = await createApp()
    const ask = async (role: unknown, email: string) =>
      await send('POST', `${at}/register`, { body: { email, password, role } })
    expect((await ask('admin', 'a@example.test')).body['user']).toMatchObject({ role: 'viewer', roles: ['viewer'] })
    expect((await ask(['admin'], 'b@example.test')).body['user']).toMatchObject({ roles: ['viewer'] })
  })

  it('ignores a role for users only', async () => {
    const { send } = await createApp()
    const body = { email: 'a@example.test', password, role: 'admin' }
    const got = await send('POST', `${authPath('customers')}/register`, { body })
    expect([got.status, got.code]).toEqual([422, 'unknown_field'])
  })

  it('takes a set-up code for what it is', async () => {
    const { send, rows } = await createApp()
    const before = await rows()
    for (const code of ['wrong', '']) {
      const got = await send('POST', `${at}/register`, {
        body: { email: 'a@example.test', password, setup_code: code },
      })
      expect([got.status, got.code]).toEqual([403, 'forbidden'])
    }
    expect(await rows()).toBe(before)
  })

  it('serves users under the name of their collection too', async () => {
    const app = await createApp()
    const { access, id } = await app.signUp('users')
    const got = await app.send('GET', '/api/v1/collections/users/auth/me', { bearer: access })
    expect(got.body).toMatchObject({ id, user_id: id, role: 'viewer' })
  })
})
