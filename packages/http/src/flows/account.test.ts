import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'

const sameOrigin = { origin: 'https://app.test' }
const newPassword = 'another good battery'

/** What a database holds, but for the tables of counters. */
const uncounted = (rows: string) => rows.replaceAll(/^cardea_(limits|principals) .*$/gm, '')

/** What the server owns, or nobody. */
const notEditable: Record<string, unknown>[] = [
  { id: 'x' },
  { email: 'new@example.test' },
  { verified: true },
  { password: newPassword },
  { hash: 'x' },
  { status: 'active' },
  { epoch: 0 },
  { roles: ['admin'] },
  { role_id: 'x' },
  { mfa_enabled: false },
  { created_at: '2020-01-01T00:00:00.000Z' },
  { constructor: { prototype: { admin: true } } },
  { toString: 'x' },
]

describe.each(['users', 'customers'])('the own account in %s', (collection) => {
  const at = authPath(collection)
  const field = collection === 'users' ? 'name' : 'company'

  it('shows and changes its fields', async () => {
    const app = await createApp()
    const { access, cookie, email, id } = await app.signUp(collection, { [field]: 'Before' })
    const me = await app.send('GET', `${at}/me`, { bearer: access })
    expect(me.body).toMatchObject({ id, email, verified: false, [field]: 'Before' })
    expect((await app.send('GET', `${at}/me`, { cookie })).body).toEqual(me.body)
    const changed = await app.send('PATCH', `${at}/me`, { bearer: access, body: { [field]: 'After' } })
    expect([changed.status, changed.body[field]]).toEqual([200, 'After'])
    const byCookie = await app.send('PATCH', `${at}/me`, { cookie, headers: sameOrigin, body: { [field]: 'Later' } })
    expect([byCookie.status, byCookie.body[field]]).toEqual([200, 'Later'])
  })

  it.each(notEditable)('does not take %j from its owner', async (body) => {
    const app = await createApp()
    const { access } = await app.signUp(collection)
    const before = await app.rows()
    const got = await app.send('PATCH', `${at}/me`, { bearer: access, body })
    expect([got.status, got.code]).toEqual([422, 'unknown_field'])
    expect(await app.rows()).toBe(before)
  })

  it('changes the password, ends the other sessions and renews the cookie that was sent', async () => {
    const app = await createApp()
    const { email, cookie } = await app.signUp(collection)
    const other = await app.send('POST', `${at}/login`, { body: { email, password } })
    const got = await app.send('POST', `${at}/me/change-password`, {
      cookie,
      headers: sameOrigin,
      body: { old_password: password, new_password: newPassword, new_password_confirm: newPassword },
    })
    expect([got.status, got.text]).toEqual([204, ''])
    expect(got.headers.get('content-type')).toBeNull()
    const renewed = [...got.cookies].map(([name, value]) => `${name}=${value}`).join()
    expect(renewed).not.toBe('')
    expect(renewed).not.toBe(cookie)
    expect((await app.send('GET', `${at}/me`, { cookie: renewed })).status).toBe(200)
    expect((await app.send('GET', `${at}/me`, { cookie })).status).toBe(401)
    expect((await app.send('GET', `${at}/me`, { bearer: String(other.body['access_token']) })).status).toBe(401)
    expect((await app.send('POST', `${at}/login`, { body: { email, password } })).status).toBe(401)
    expect((await app.send('POST', `${at}/login`, { body: { email, password: newPassword } })).status).toBe(200)
  })

  it('sets no cookie for a client that sent none', async () => {
    const app = await createApp()
    const { access } = await app.signUp(collection)
    const body = { current_password: password, new_password: newPassword }
    const got = await app.send('POST', `${at}/me/change-password`, { bearer: access, body })
    expect([got.status, got.cookies.size]).toEqual([204, 0])
    expect((await app.send('GET', `${at}/me`, { bearer: access })).status).toBe(200)
  })

  it.each([
    [{ current_password: 'wrong', new_password: newPassword }, 401, 'invalid_credentials'],
    [{ new_password: newPassword }, 422, 'invalid_request'],
    [{ current_password: password }, 422, 'invalid_request'],
    [{ current_password: password, old_password: 'wrong', new_password: newPassword }, 422, 'invalid_request'],
    [{ current_password: password, new_password: newPassword, new_password_confirm: 'x' }, 422, 'invalid_request'],
    [{ current_password: password, new_password: 'short' }, 422, 'weak_password'],
    [{ current_password: password, new_password: 'password123456789' }, 422, 'weak_password'],
    [{ current_password: password, new_password: password }, 422, 'weak_password'],
    [{ current_password: password, new_password: 12_345_678 }, 422, 'invalid_request'],
    [{ current_password: password, new_password: newPassword, user_id: 'x' }, 422, 'unknown_field'],
  ] as const)('refuses to change it by %j', async (body, status, code) => {
    const app = await createApp()
    const { access, email } = await app.signUp(collection)
    const before = await app.rows()
    const got = await app.send('POST', `${at}/me/change-password`, { bearer: access, body })
    expect([got.status, got.code]).toEqual([status, code])
    // Tries are counted, whether right or wrong.
    expect(uncounted(await app.rows())).toBe(uncounted(before))
    expect((await app.send('POST', `${at}/login`, { body: { email, password } })).status).toBe(200)
  })

  it('gives every reason against a new password, and never the password', async () => {
    const app = await createApp()
    const { access } = await app.signUp(collection)
    const body = { current_password: password, new_password: 'seven77' }
    const got = await app.send('POST', `${at}/me/change-password`, { bearer: access, body })
    expect(got.body['errors']).toEqual([
      { path: 'new_password', code: 'too_short', message: 'must be at least 8 characters' },
    ])
    const common = { ...body, new_password: 'Password1!' }
    const { body: answer, text } = await app.send('POST', `${at}/me/change-password`, { bearer: access, body: common })
    expect(answer['errors']).toEqual([{ path: 'new_password', code: 'too_common', message: 'is too common' }])
    expect(text).not.toContain('Password1!')
    const own = { email: 'robinson@example.test', password: 'Robinson1' }
    const refused = await app.send('POST', `${at}/register`, { body: own })
    expect([refused.status, refused.code]).toEqual([422, 'weak_password'])
    expect(refused.body['errors']).toMatchObject([
      { path: 'password', code: 'contains_context' },
      { path: 'password', code: 'too_common' },
    ])
  })
})
