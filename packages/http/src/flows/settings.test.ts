import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'
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
    expect(Object.keys(got.body)).toEqual([...routeContracts.showSettings.answer])
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
