import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'
import { routeAnswerFields } from '../contract/answer-fields.js'
import { routeContracts } from '../contract/routes.js'

const path = '/api/v1/settings/auth'
const ofCustomers = '/api/v1/collections/customers/settings'

/** An app with somebody who may do everything. */
async function withAdmin(...options: Parameters<typeof createApp>) {
  const app = await createApp(...options)
  await app.auth.createFirstAdmin({ email: 'admin@example.test', password })
  const signedIn = await app.send('POST', `${authPath('users')}/login`, {
    body: { email: 'admin@example.test', password },
  })
  return { ...app, bearer: String(signedIn.body['access_token']) }
}

describe('/settings/auth', () => {
  it('has every setting by its name, and no other', async () => {
    const { auth } = await createApp()
    const names = Object.keys((await auth.settings.find()).values)
    expect([...routeContracts.updateSettings.body.optional]).toEqual(names)
    expect([...routeContracts.updateCollectionSettings.body.optional]).toEqual(names)
  })

  it('serves the defaults of the seeds', async () => {
    const { send, bearer } = await withAdmin()
    const got = await send('GET', path, { bearer })
    expect(got.status).toBe(200)
    expect(Object.keys(got.body)).toEqual([...routeAnswerFields.showSettings])
    expect(got.body).toMatchObject({
      password_auth_enabled: true,
      oauth_enabled: true,
      otp_enabled: false,
      mfa_enabled: false,
      password_min_length: 8,
      password_require_upper: false,
      password_require_number: false,
      password_require_special: false,
      token_expiry_hours: 24,
      refresh_token_expiry_days: 7,
      oauth_auto_create_user: true,
      oauth_link_by_email: true,
      verification_required: false,
      cookie_duration: 86_400,
      sources: { otp_enabled: 'default', cookie_duration: 'default' },
    })
  })

  it('changes what holds for all, and for one collection, with the next request', async () => {
    const { send, bearer } = await withAdmin()
    const register = async (name: string, secret: string) => {
      const body = { email: `${name}${secret.length}@example.test`, password: secret }
      return (await send('POST', `${authPath(name)}/register`, { body })).status
    }
    const changed = await send('PATCH', path, { bearer, body: { password_min_length: 12 } })
    expect([changed.status, changed.body['password_min_length']]).toEqual([200, 12])
    expect(await register('customers', 'eleven chrs')).toBe(422)
    const own = await send('PATCH', ofCustomers, { bearer, body: { password_min_length: 11 } })
    expect(own.body).toMatchObject({ password_min_length: 11, sources: { password_min_length: 'collection' } })
    expect(await register('customers', 'eleven chrs')).toBe(201)
    expect(await register('vendors', 'eleven chrs')).toBe(422)
    const back = await send('PATCH', ofCustomers, { bearer, body: { password_min_length: null } })
    expect(back.body).toEqual((await send('GET', ofCustomers, { bearer })).body)
    expect(back.body).toMatchObject({ password_min_length: 12, sources: { password_min_length: 'global' } })
  })

  it('gives a new session the lifetimes of its collection, in its cookie, token and refresh', async () => {
    const { send, bearer, signUp } = await withAdmin()
    const { refresh } = await signUp('customers')
    await send('PATCH', ofCustomers, { bearer, body: { token_expiry_hours: 0.5, cookie_duration: '1h' } })
    const refreshed = await send('POST', `${authPath('customers')}/refresh`, { body: { refresh_token: refresh } })
    expect(refreshed.body['expires_in']).toBe(1_800)
    const body = { email: 'new@example.test', password }
    const registered = await send('POST', `${authPath('customers')}/register`, { body })
    expect(registered.body['expires_in']).toBe(1_800)
    expect(registered.headers.get('set-cookie')).toContain('Max-Age=3600')
    const elsewhere = await send('POST', `${authPath('vendors')}/register`, { body })
    expect(elsewhere.body['expires_in']).toBe(86_400)
  })

  it('takes one setting in the form of FastCMS', async () => {
    const { send, bearer } = await withAdmin()
    const set = (body: object) => send('POST', '/api/v1/settings', { bearer, body })
    const got = await set({ key: 'password_min_length', value: 12, category: 'auth' })
    expect([got.status, got.body]).toEqual([200, { key: 'password_min_length', value: 12, category: 'auth' }])
    expect((await send('GET', path, { bearer })).body['password_min_length']).toBe(12)
    const places = async (body: object) => {
      const { status, body: answer } = await set(body)
      return [status, ...(answer['errors'] as { readonly path: string }[]).map((issue) => issue.path)]
    }
    expect(await places({ key: 'password_min_length', value: 3, category: 'auth' })).toEqual([422, 'value'])
    expect(await places({ key: 'password_min_length' })).toEqual([422, 'value'])
    expect(await places({ key: 'constructor', value: 3 })).toEqual([422, 'key'])
    expect(await places({ key: 'otp_enabled', value: true, category: 'mail' })).toEqual([422, 'category'])
  })

  it('is for auth collections that there are', async () => {
    const { send, bearer } = await withAdmin()
    for (const name of ['posts', 'nobody', 'constructor']) {
      const place = `/api/v1/collections/${name}/settings`
      expect((await send('GET', place, { bearer })).status).toBe(404)
      expect((await send('PATCH', place, { bearer, body: { mfa_enabled: true } })).status).toBe(404)
    }
  })

  it('says who changed what in the audit', async () => {
    const { send, bearer } = await withAdmin()
    await send('PATCH', ofCustomers, { bearer, body: { mfa_enabled: true } })
    const { body } = await send('GET', '/api/v1/audit?type=settings.changed&limit=5&offset=0', { bearer })
    expect(body['data']).toEqual([
      expect.objectContaining({ type: 'settings.changed', collection: 'customers', outcome: 'success' }),
    ])
    expect(JSON.stringify(body)).toContain('mfa_enabled')
    const [entry] = body['data'] as readonly Readonly<Record<string, unknown>>[]
    expect(entry?.['actor_id']).not.toBeNull()
  })
})

describe('the sign-in rule of a collection', () => {
  const rule = { company: { eq: 'Acme' } }

  it('lets in by 200 and refuses by 403, without a session and without saying what it asks for', async () => {
    const { send, bearer, signUp, auth } = await withAdmin()
    const member = await signUp('customers')
    const made = await send('PATCH', ofCustomers, { bearer, body: { sign_in_rule: rule } })
    expect([made.status, made.body['sign_in_rule']]).toEqual([200, rule])
    const login = () => send('POST', `${authPath('customers')}/login`, { body: { email: member.email, password } })
    const refused = await login()
    expect([refused.status, refused.code, refused.cookies.size]).toEqual([403, 'sign_in_not_allowed', 0])
    expect(refused.text).not.toMatch(/company|Acme|token/)
    const refreshed = await send('POST', `${authPath('customers')}/refresh`, {
      body: { refresh_token: member.refresh },
    })
    expect([refreshed.status, refreshed.code]).toEqual([403, 'sign_in_not_allowed'])
    // Whoever is in stays in, and cannot be told apart from others.
    expect((await send('GET', `${authPath('customers')}/me`, { bearer: member.access })).status).toBe(200)
    await auth.collections.customers.update(member.id, { company: 'Acme' })
    expect((await login()).status).toBe(200)
  })

  it('answers a registration that signs nobody in with 201, the account and neither tokens nor a cookie', async () => {
    const { send, bearer } = await withAdmin()
    await send('PATCH', ofCustomers, { bearer, body: { sign_in_rule: rule } })
    const body = { email: 'new@example.test', password }
    const got = await send('POST', `${authPath('customers')}/register`, { body })
    expect([got.status, got.cookies.size, Object.keys(got.body).sort()]).toEqual([
      201,
      0,
      ['sign_in_not_allowed', 'user'],
    ])
    expect(got.body).toMatchObject({ sign_in_not_allowed: true, user: { email: body.email } })
  })

  it('is shown to who may read settings, and to nobody else', async () => {
    const { send, bearer, auth } = await withAdmin()
    await send('PATCH', ofCustomers, { bearer, body: { sign_in_rule: rule } })
    const shown = await send('GET', '/api/v1/collections/customers', { bearer })
    expect(shown.body['auth']).toMatchObject({ effective: { sign_in_rule: rule, token_expiry_hours: 24 } })
    const admin = await auth.sessions.verify({ accessToken: bearer })
    if (!admin.authenticated) throw new Error(admin.code)
    const { principalId } = admin.authentication
    const { key } = await auth.apiKeys.create({ principalId, scopes: ['collections:read'] })
    const narrow = await send('GET', '/api/v1/collections/customers', { bearer: key })
    expect(narrow.status).toBe(200)
    expect(narrow.body['auth']).not.toHaveProperty('effective')
    expect(narrow.text).not.toContain('Acme')
    const list = await send('GET', '/api/v1/collections', { bearer })
    expect(list.text).not.toContain('Acme')
  })

  it('of a definition is changed with the collection', async () => {
    const { send, bearer } = await withAdmin()
    const fields = [{ name: 'plan', type: 'text' }]
    const wrong = { name: 'members', type: 'auth', fields, auth: { sign_in_rule: { plann: { eq: 'paid' } } } }
    expect((await send('POST', '/api/v1/collections', { bearer, body: wrong })).body['errors']).toMatchObject([
      { path: 'auth.sign_in_rule.plann', code: 'unknown_field' },
    ])
    const right = { ...wrong, auth: { sign_in: { rule: { plan: { eq: 'paid' } } } } }
    expect((await send('POST', '/api/v1/collections', { bearer, body: right })).status).toBe(201)
    const register = async (email: string) => {
      const body = { email, password }
      return (await send('POST', `${authPath('members')}/register`, { body })).body['sign_in_not_allowed']
    }
    expect(await register('one@example.test')).toBe(true)
    const changed = { auth: { sign_in_rule: true } }
    expect((await send('PATCH', '/api/v1/collections/members', { bearer, body: changed })).status).toBe(200)
    expect(await register('two@example.test')).toBeUndefined()
  })
})

describe('texts of mails', () => {
  it('are stored, shown and taken back as a setting', async () => {
    const { send, bearer } = await withAdmin()
    const texts = { subject: 'Your code', text: '{{code}}' }
    const name = 'mail_template_otp'
    const stored = await send('PATCH', path, { bearer, body: { [name]: texts } })
    expect(stored.body).toMatchObject({ [name]: texts, sources: { [name]: 'global' } })
    expect((await send('GET', ofCustomers, { bearer })).body).toMatchObject({ [name]: texts })
    const own = await send('PATCH', ofCustomers, { bearer, body: { [name]: { ...texts, html: '<p>{{code}}</p>' } } })
    expect(own.body).toMatchObject({ sources: { [name]: 'collection' } })
    expect((await send('GET', path, { bearer })).body).toMatchObject({ overrides: { [name]: ['customers'] } })
    const bad = await send('PATCH', ofCustomers, {
      bearer,
      body: { [name]: { ...texts, html: '<p>{{code}}' + '<script>' } },
    })
    expect([bad.status, bad.body['errors']]).toEqual([
      422,
      [{ path: `${name}.html`, code: 'invalid_value', message: 'must not have the element script' }],
    ])
    const back = await send('PATCH', ofCustomers, { bearer, body: { [name]: null } })
    expect(back.body).toMatchObject({ [name]: texts, sources: { [name]: 'global' } })
  })
})
