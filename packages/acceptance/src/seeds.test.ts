import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf } from './client.js'
import type { TestDatabase } from './databases.js'
import { adminToken, customersDefinition } from './define-customers.js'
import { demoKinds } from './demo-kinds.js'
import { adminCredentials, type DemoServer, startDemo } from './demo-server.js'
import { codePattern, findInMail, tokenPattern } from './dev-mailbox.js'
import { modulaPermissions } from './modula-permissions.js'

const api = '/api/v1'
const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe.each(demoKinds)("the curl examples of the two systems' documents on $name", ({ kind, script }) => {
  let database: TestDatabase
  let server: DemoServer
  let client: Client

  beforeAll(async () => {
    database = await kind.create()
    const provider = { OAUTH_GITHUB_CLIENT_ID: 'an id', OAUTH_GITHUB_CLIENT_SECRET: 'a secret' }
    server = await startDemo({ DATABASE_URL: database.url, ...provider }, undefined, script)
    client = clientOf(server.url)
  })

  afterAll(async () => {
    await server?.stop()
    await database?.drop()
  })

  describe('FastCMS', () => {
    it('signs the admin in and answers with tokens and the user', async () => {
      const { status, body, headers } = await client.post(`${api}/auth/login`, adminCredentials)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        access_token: expect.stringMatching(/^ey/),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 86_400,
        expires_at: expect.stringMatching(isoInstant),
        session_id: expect.stringMatching(uuid),
        user: {
          id: expect.stringMatching(uuid),
          email: adminCredentials.email,
          role: 'admin',
          verified: expect.any(Boolean),
        },
      })
      expect(headers.get('cache-control')).toContain('no-store')
    })

    const customer = { email: 'customer@example.com', password: 'securepassword123' }

    it('creates an auth collection', async () => {
      const path = `${api}/collections`
      expect((await client.post(path, customersDefinition)).status).toBe(401)
      const bearer = await adminToken(client)
      const { status, body, headers } = await client.post(path, customersDefinition, { bearer })
      expect(status).toBe(201)
      expect(headers.get('location')).toBe(`${path}/customers`)
      const fields = [
        { name: 'company', type: 'text', required: false },
        { name: 'phone', type: 'text', required: false },
      ]
      const wanted = {
        id: expect.stringMatching(uuid),
        name: 'customers',
        type: 'auth',
        fields,
        schema: { fields },
        system: false,
        created: expect.stringMatching(isoInstant),
        updated: expect.stringMatching(isoInstant),
      }
      expect(body).toMatchObject(wanted)
      // With the settings that are in force, too.
      expect((await client.get(`${path}/customers`, { bearer })).body).toMatchObject(body)
      expect((await client.get(path, { bearer })).body).toContainEqual(body)
      const again = await client.post(path, customersDefinition, { bearer })
      expect([again.status, again.body['code']]).toEqual([409, 'conflict'])
    })

    it('registers a customer with fields of its collection', async () => {
      const registration = { ...customer, company: 'Acme Inc', phone: '+1234567890' }
      const { status, body, headers } = await client.post(`${api}/collections/customers/auth/register`, registration)
      expect(status).toBe(201)
      expect(body).toMatchObject({
        token_type: 'bearer',
        user: { email: customer.email, company: 'Acme Inc', phone: '+1234567890', verified: false },
      })
      expect(JSON.stringify(body)).not.toMatch(/argon2|securepassword/)
      expect(headers.getSetCookie().join()).toMatch(/^session_customers=/)
    })

    it('signs the customer in, refreshes, and shows who it is', async () => {
      const signedIn = await client.post(`${api}/collections/customers/auth/login`, customer)
      expect(signedIn.status).toBe(200)
      const { refresh_token } = signedIn.body
      const refreshed = await client.post(`${api}/collections/customers/auth/refresh`, { refresh_token })
      expect(refreshed.status).toBe(200)
      expect(refreshed.body['session_id']).toBe(signedIn.body['session_id'])
      expect(refreshed.body['refresh_token']).not.toBe(refresh_token)
      expect(refreshed.headers.getSetCookie()).toEqual([])
      const me = await client.get(`${api}/collections/customers/auth/me`, { bearer: refreshed.body['access_token'] })
      expect(me.status).toBe(200)
      expect(me.body).toMatchObject({
        email: customer.email,
        company: 'Acme Inc',
        created_at: expect.stringMatching(isoInstant),
        updated_at: expect.stringMatching(isoInstant),
      })
    })

    it('changes the password and keeps the session that asked', async () => {
      const own = { email: 'changer@example.com', password: 'first password' }
      const first = await client.post(`${api}/collections/customers/auth/register`, own)
      const second = await client.post(`${api}/collections/customers/auth/login`, own)
      const change = { current_password: own.password, new_password: 'second password' }
      const path = `${api}/collections/customers/auth/me/change-password`
      const bearer = second.body['access_token']
      expect((await client.post(path, { ...change, current_password: 'guess' }, { bearer })).status).toBe(401)
      expect((await client.post(path, change, { bearer })).status).toBe(204)
      const me = `${api}/collections/customers/auth/me`
      expect((await client.get(me, { bearer })).status).toBe(200)
      expect((await client.get(me, { bearer: first.body['access_token'] })).body['code']).toBe('session_revoked')
      const login = `${api}/collections/customers/auth/login`
      expect((await client.post(login, own)).status).toBe(401)
      expect((await client.post(login, { ...own, password: 'second password' })).status).toBe(200)
    })

    it('lists the sessions, revokes one and logs out everywhere', async () => {
      const own = { email: 'devices@example.com', password: 'one at home and one outside' }
      const path = `${api}/collections/customers/auth`
      const headers = { 'user-agent': 'Mozilla/5.0 (laptop)' }
      const laptop = await client.post(`${path}/register`, own, { headers })
      const phone = await client.post(`${path}/login`, own, { headers: { 'user-agent': 'Mozilla/5.0 (phone)' } })
      const bearer = laptop.body['access_token']
      const listed = await client.get(`${path}/sessions`, { bearer })
      expect(listed.status).toBe(200)
      expect(listed.body).toHaveLength(2)
      expect(listed.body).toContainEqual(
        expect.objectContaining({
          id: laptop.body['session_id'],
          user_agent: 'Mozilla/5.0 (laptop)',
          created: expect.stringMatching(isoInstant),
          last_used: expect.stringMatching(isoInstant),
          current: true,
        }),
      )

      expect((await client.delete(`${path}/sessions/${phone.body['session_id']}`, { bearer })).status).toBe(204)
      expect((await client.get(`${path}/me`, { bearer: phone.body['access_token'] })).status).toBe(401)
      const unknown = await client.delete(`${path}/sessions/${phone.body['session_id']}`, { bearer })
      expect([unknown.status, unknown.body['code']]).toEqual([404, 'not_found'])

      expect((await client.delete(`${path}/sessions/all`, { bearer })).status).toBe(204)
      expect((await client.get(`${path}/me`, { bearer })).status).toBe(401)
    })

    it.each([
      ['otp_enabled: true', { otp_enabled: true }],
      ['otp: { enabled: true }', { otp: { enabled: true } }],
    ])('signs in with a code by mail, enabled by %s', async (_spelling, auth) => {
      const bearer = await adminToken(client)
      const name = `clients_${Object.keys(auth).join()}`
      expect((await client.post(`${api}/collections`, { name, type: 'auth', auth }, { bearer })).status).toBe(201)
      const path = `${api}/collections/${name}/auth`
      const own = { email: `${name}@example.com`, password: 'securepassword123' }
      await client.post(`${path}/register`, own)
      const asked = await client.post(`${path}/otp/request`, { email: own.email })
      const unknown = await client.post(`${path}/otp/request`, { email: 'nobody@example.com' })
      expect([asked.status, unknown.status]).toEqual([200, 200])
      expect(asked.body['message']).toEqual(unknown.body['message'])
      const code = await findInMail([client], own.email, codePattern)
      const wrong = { email: own.email, code: code === '483921' ? '483922' : '483921' }
      const refused = await client.post(`${path}/otp/verify`, wrong)
      expect([refused.status, refused.body['code']]).toEqual([401, 'invalid_credentials'])
      const signedIn = await client.post(`${path}/otp/verify`, { email: own.email, code })
      expect(signedIn.status).toBe(200)
      expect(signedIn.body).toMatchObject({
        access_token: expect.stringMatching(/^ey/),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        user: { email: own.email, verified: true },
      })
      expect((await client.post(`${path}/otp/verify`, { email: own.email, code })).status).toBe(401)
    })

    it('takes no codes where the collection says so', async () => {
      const bearer = await adminToken(client)
      const definition = { name: 'codeless', type: 'auth', auth: { otp_enabled: false } }
      await client.post(`${api}/collections`, definition, { bearer })
      const path = `${api}/collections/codeless/auth`
      for (const answer of [
        await client.post(`${path}/otp/request`, { email: 'customer@example.com' }),
        await client.post(`${path}/otp/verify`, { email: 'customer@example.com', code: '483921' }),
      ]) {
        expect([answer.status, answer.body['code']]).toEqual([403, 'method_disabled'])
      }
    })

    it('changes an address in two steps', async () => {
      const path = `${api}/collections/customers/auth`
      const own = { email: 'old@example.com', password: 'current_password' }
      const { body } = await client.post(`${path}/register`, own)
      const bearer = body['access_token']
      const wanted = { new_email: 'new@example.com', password: own.password }
      expect((await client.post(`${path}/me/request-email-change`, wanted)).status).toBe(401)
      const wrong = await client.post(`${path}/me/request-email-change`, { ...wanted, password: 'guess' }, { bearer })
      expect([wrong.status, wrong.body['code']]).toEqual([401, 'invalid_credentials'])
      expect((await client.post(`${path}/me/request-email-change`, wanted, { bearer })).status).toBe(202)
      const token = await findInMail([client], wanted.new_email, tokenPattern('confirm-email-change'))
      expect((await client.get(`${path}/me`, { bearer })).body['email']).toBe(own.email)
      // As printed, the token alone.
      const changed = await client.post(`${path}/me/confirm-email-change`, { token })
      expect([changed.status, changed.body['email']]).toEqual([200, wanted.new_email])
      expect((await client.post(`${path}/login`, own)).status).toBe(401)
      expect((await client.post(`${path}/login`, { ...own, email: wanted.new_email })).status).toBe(200)
      expect(await findInMail([client], own.email, /(another e-mail address now)/)).not.toBe('')
      const used = await client.post(`${path}/me/confirm-email-change`, { token: 'verification-token-from-email' })
      expect([used.status, used.body['code']]).toEqual([401, 'token_invalid'])
    })
  })

  describe('ModulaCMS', () => {
    it('signs in with a password, shows who it is by cookie, and logs out for good', async () => {
      const signedIn = await client.post(`${api}/auth/login`, adminCredentials)
      expect(signedIn.body).toMatchObject({
        user_id: expect.stringMatching(uuid),
        email: adminCredentials.email,
        username: 'admin',
        created_at: expect.stringMatching(isoInstant),
      })
      const set = signedIn.headers.getSetCookie()[0]
      expect(set).toMatch(/^session=[A-Za-z0-9_-]{43};/)
      expect(set).toMatch(/HttpOnly/i)
      expect(set).toMatch(/Path=\/(;|$)/i)
      expect(set).toMatch(/Max-Age=86400/i)
      const { cookie } = signedIn

      const me = await client.get(`${api}/auth/me`, { cookie })
      expect(me.status).toBe(200)
      expect(me.body).toMatchObject({
        user_id: signedIn.body['user_id'],
        email: adminCredentials.email,
        username: 'admin',
        name: 'Administrator',
        role: 'admin',
        role_id: expect.stringMatching(uuid),
        roles: ['admin'],
      })

      const loggedOut = await client.post(`${api}/auth/logout`, undefined, { cookie })
      expect(loggedOut.status).toBe(200)
      expect(loggedOut.body['message']).toEqual(expect.any(String))
      expect(loggedOut.headers.getSetCookie()[0]).toMatch(/^session=;.*Max-Age=0/i)
      expect((await client.get(`${api}/auth/me`, { cookie })).status).toBe(401)
      expect((await client.get(`${api}/auth/me`, { bearer: signedIn.body['access_token'] })).status).toBe(401)
      expect((await client.post(`${api}/auth/logout`, undefined, { cookie })).status).toBe(200)
    })

    it('registers a viewer, whatever role the body names', async () => {
      const jdoe = { username: 'jdoe', name: 'Jane Doe', email: 'jane@example.com', password: 'secure-password' }
      const { status, body } = await client.post(`${api}/auth/register`, { ...jdoe, role: 'admin' })
      expect(status).toBe(201)
      expect(body).toMatchObject({ username: 'jdoe', user: { name: 'Jane Doe', role: 'viewer', roles: ['viewer'] } })
      expect(JSON.stringify(body)).not.toMatch(/hash|argon2|secure-password/)
      const again = await client.post(`${api}/auth/register`, { ...jdoe, username: 'other' })
      expect([again.status, again.body['code']]).toEqual([409, 'email_taken'])
      const sameName = await client.post(`${api}/auth/register`, { ...jdoe, email: 'j2@example.com', username: 'JDoe' })
      expect([sameName.status, sameName.body['code']]).toEqual([409, 'username_taken'])
    })

    it('guards a route of the app below the base path: GET /media', async () => {
      expect((await client.get(`${api}/media`)).status).toBe(401)
      const viewer = await client.post(`${api}/auth/login`, { email: 'jane@example.com', password: 'secure-password' })
      expect((await client.get(`${api}/media`, { bearer: viewer.body['access_token'] })).status).toBe(200)
    })

    it('makes an API key, which inherits the permissions of its owner', async () => {
      const bearer = await adminToken(client)
      const { body: admin } = await client.get(`${api}/auth/me`, { bearer })
      const request = (userId: unknown) => ({
        user_id: userId,
        token_type: 'api_key',
        token: 'my-generated-token-value',
        issued_at: '2026-01-15T10:00:00Z',
        expires_at: '2127-01-15T10:00:00Z',
        revoked: false,
      })
      const made = await client.post(`${api}/tokens`, request(admin['user_id']), { bearer })
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ user_id: admin['user_id'], token_type: 'api_key', revoked: false })
      const key = made.body['raw_token']
      expect((await client.get(`${api}/media`, { bearer: key })).status).toBe(200)
      expect((await client.get(`${api}/media`, { bearer: 'my-generated-token-value' })).status).toBe(401)
      // As the example has it: the key itself asks for one more.
      const another = await client.post(`${api}/tokens`, request(admin['user_id']), { bearer: key })
      expect(another.status).toBe(201)
      // "Only admin users can manage tokens by default."
      const viewer = await client.post(`${api}/auth/login`, { email: 'jane@example.com', password: 'secure-password' })
      const viewers = { bearer: viewer.body['access_token'] }
      expect((await client.post(`${api}/tokens`, request(viewer.body['user_id']), viewers)).status).toBe(403)
      expect((await client.get(`${api}/tokens`, viewers)).status).toBe(403)
      const revoked = await client.send('PUT', `${api}/tokens/?q=${String(made.body['id'])}`, {
        bearer,
        body: { revoked: true },
      })
      expect(revoked.body['revoked']).toBe(true)
      for (const { body } of [made, another]) {
        expect((await client.get(`${api}/media`, { bearer: body['raw_token'] })).status).toBe(401)
      }
    })

    it('resets a password by a link, and ends every session', async () => {
      const own = {
        username: 'forgetful',
        name: 'Forgetful',
        email: 'forgetful@example.com',
        password: 'secure-password',
      }
      const { body } = await client.post(`${api}/auth/register`, own)
      const asked = await client.post(`${api}/auth/request-password-reset`, { email: own.email })
      const message = 'If an account with that email exists, a reset link has been sent.'
      expect([asked.status, asked.body]).toEqual([200, { message }])
      const unknown = await client.post(`${api}/auth/request-password-reset`, { email: 'nobody@example.com' })
      expect([unknown.status, unknown.body]).toEqual([200, { message }])
      const token = await findInMail([client], own.email, tokenPattern('reset-password'))
      const password = 'new-secure-password'
      const made = await client.post(`${api}/auth/confirm-password-reset`, { token: 'a1b2c3d4...', password })
      expect([made.status, made.body['code']]).toEqual([401, 'token_invalid'])
      expect((await client.post(`${api}/auth/confirm-password-reset`, { token, password })).status).toBe(200)
      expect((await client.get(`${api}/auth/me`, { bearer: body['access_token'] })).status).toBe(401)
      expect((await client.post(`${api}/auth/login`, { email: own.email, password: own.password })).status).toBe(401)
      expect((await client.post(`${api}/auth/login`, { email: own.email, password })).status).toBe(200)
      expect((await client.post(`${api}/auth/confirm-password-reset`, { token, password })).status).toBe(401)
    })

    /** `YOUR_API_KEY` of the examples, which says that it is an admin's. */
    async function apiKey(): Promise<{ readonly bearer: unknown; readonly owner: string }> {
      const bearer = await adminToken(client)
      const owner = String((await client.get(`${api}/auth/me`, { bearer })).body['user_id'])
      const made = await client.post(`${api}/tokens`, { user_id: owner, token_type: 'api_key' }, { bearer })
      return { bearer: made.body['raw_token'], owner }
    }

    it('creates a user with a role, by an API key', async () => {
      const key = await apiKey()
      // As printed, but for the name, which the example of the registration has taken.
      const jroe = {
        username: 'jroe',
        name: 'Jane Roe',
        email: 'jroe@example.com',
        password: 'secure-password-123',
        role: 'editor',
      }
      expect((await client.post(`${api}/users`, jroe)).status).toBe(401)
      const { status, body } = await client.post(`${api}/users`, jroe, key)
      expect(status).toBe(201)
      expect(body).toMatchObject({
        user_id: expect.stringMatching(uuid),
        username: 'jroe',
        name: 'Jane Roe',
        email: 'jroe@example.com',
        role: 'editor',
        date_created: expect.stringMatching(isoInstant),
        date_modified: expect.stringMatching(isoInstant),
      })
      expect(JSON.stringify(body)).not.toMatch(/hash|argon2|secure-password/)
      const signedIn = await client.post(`${api}/auth/login`, { email: jroe.email, password: jroe.password })
      expect(signedIn.body['user']).toMatchObject({ role: 'editor', roles: ['editor'] })
      const posted = await client.post('/posts', { title: 'By an editor' }, { bearer: signedIn.body['access_token'] })
      expect(posted.status).toBe(201)
      for (const [field, code] of [
        ['email', 'email_taken'],
        ['username', 'username_taken'],
      ] as const) {
        const other = { ...jroe, email: 'other@example.com', username: 'other_name', [field]: jroe[field] }
        const again = await client.post(`${api}/users`, other, key)
        expect([again.status, again.body['code']]).toEqual([409, code])
      }
    })

    it('updates the role of the user that the body names', async () => {
      const key = await apiKey()
      const own = { username: 'riser', name: 'Riser', email: 'riser@example.com', password: 'secure-password' }
      const registered = await client.post(`${api}/auth/register`, own)
      const [id, session] = [registered.body['user_id'], { bearer: registered.body['access_token'] }]
      const update = { user_id: id, username: 'riser', name: 'Riser', email: 'riser@example.com', role: 'admin' }
      expect((await client.send('PUT', `${api}/users/`, { ...session, body: update })).status).toBe(403)
      const { status, body } = await client.send('PUT', `${api}/users/`, { ...key, body: update })
      expect([status, body['role'], body['email']]).toEqual([200, 'admin', own.email])
      // With the next request of the session that there is.
      expect((await client.get(`${api}/auth/me`, session)).body['role']).toBe('admin')
      // By the id of a role as well, and on the path that it belongs on.
      const { body: viewer } = await client.get(`${api}/roles/viewer`, key)
      const demoted = await client.send('PUT', `${api}/users/${String(id)}`, {
        ...key,
        body: { ...update, role: viewer['role_id'] },
      })
      expect([demoted.status, demoted.body['role']]).toEqual([200, 'viewer'])
      expect((await client.post('/posts', { title: 'No more' }, session)).status).toBe(403)
    })

    it('shows the full profile of a user, and no secret', async () => {
      const key = await apiKey()
      const { status, body } = await client.get(`${api}/users/full/?q=${key.owner}`, key)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        user_id: key.owner,
        role_label: 'admin',
        oauth: [],
        ssh_keys: [],
        sessions: expect.arrayContaining([expect.objectContaining({ user_id: key.owner })]),
        tokens: expect.arrayContaining([expect.objectContaining({ token_type: 'api_key' })]),
      })
      expect(JSON.stringify(body)).not.toMatch(/hash|argon2|raw_token|secret/)
      const { body: all } = await client.get(`${api}/users/full`, key)
      expect(all).toContainEqual(expect.objectContaining({ user_id: key.owner, role_label: 'admin' }))
      expect((await client.get(`${api}/users/full/?q=${key.owner.replace(/.$/, 'z')}`, key)).status).toBe(404)
    })

    it('deletes a user and gives what it wrote to another', async () => {
      const key = await apiKey()
      const leaver = { username: 'leaver', name: 'Leaver', email: 'leaver@example.com', password: 'secure-password' }
      const made = await client.post(`${api}/users`, { ...leaver, role: 'editor' }, key)
      const signedIn = await client.post(`${api}/auth/login`, { email: leaver.email, password: leaver.password })
      const session = { bearer: signedIn.body['access_token'] }
      const post = await client.post('/posts', { title: 'Left behind' }, session)
      const request = { user_id: made.body['user_id'], reassign_to: key.owner }
      const { status, body } = await client.post(`${api}/users/reassign-delete`, request, key)
      expect([status, body]).toEqual([
        200,
        { deleted_user_id: made.body['user_id'], reassigned_to: key.owner, reassigned: { posts: 1 } },
      ])
      expect((await client.get(`${api}/auth/me`, session)).status).toBe(401)
      const { body: posts } = await client.get('/posts', key)
      expect(posts).toContainEqual(expect.objectContaining({ id: post.body['id'], author_id: key.owner }))
      const again = await client.post(`${api}/users/reassign-delete`, request, key)
      expect([again.status, again.body['code']]).toEqual([404, 'not_found'])
      const same = await client.post(
        `${api}/users/reassign-delete`,
        { user_id: key.owner, reassign_to: key.owner },
        key,
      )
      expect(same.status).toBe(422)
    })

    it('has three built-in roles, which nobody deletes, renames or changes', async () => {
      const key = await apiKey()
      const { body: roles } = await client.get(`${api}/roles`, key)
      for (const [label, permissions] of [
        ['admin', 0],
        ['editor', 36],
        ['viewer', 5],
      ] as const) {
        const role = (await client.get(`${api}/roles/?q=${label}`, key)).body
        expect(roles).toContainEqual(role)
        expect([role['label'], role['system_protected']]).toEqual([label, true])
        const { body: granted } = await client.get(`${api}/role-permissions/role/?q=${String(role['role_id'])}`, key)
        expect(granted).toHaveLength(permissions)
        const path = `${api}/roles/?q=${String(role['role_id'])}`
        for (const refused of [
          await client.delete(path, key),
          await client.send('PUT', path, { ...key, body: { label: `${label}_2` } }),
          await client.post(`${api}/role-permissions`, { role_id: role['role_id'], permission: 'webhook:read' }, key),
        ]) {
          expect([label, refused.status, refused.body['code']]).toEqual([label, 409, 'protected'])
        }
      }
    })

    it('lists all of its 72 permissions, which are protected, and takes others', async () => {
      const key = await apiKey()
      const { status, body } = await client.get(`${api}/permissions`, key)
      expect(status).toBe(200)
      expect(new Set(modulaPermissions).size).toBe(72)
      for (const label of modulaPermissions) {
        expect(body).toContainEqual(
          expect.objectContaining({ permission_id: expect.stringMatching(uuid), label, system_protected: true }),
        )
      }
      const path = `${api}/permissions/?q=content:read`
      for (const refused of [
        await client.delete(path, key),
        await client.send('PUT', path, { ...key, body: { label: 'content:look' } }),
      ]) {
        expect([refused.status, refused.body['code']]).toEqual([409, 'protected'])
      }
      const own = await client.post(`${api}/permissions`, { label: 'newsletter:send', description: 'Send it' }, key)
      expect([own.status, own.body['system_protected'], own.body['description']]).toEqual([201, false, 'Send it'])
    })

    it('creates a custom role, gives it permissions and takes them away, which acts at once', async () => {
      const key = await apiKey()
      const own = { username: 'giver', name: 'Giver', email: 'giver@example.com', password: 'secure-password' }
      const registered = await client.post(`${api}/auth/register`, own)
      const session = { bearer: registered.body['access_token'] }
      const role = await client.post(`${api}/roles`, { label: 'contributor' }, key)
      expect([role.status, role.body['label'], role.body['system_protected']]).toEqual([201, 'contributor', false])
      const { body: permissions } = await client.get(`${api}/permissions`, key)
      const wanted = Object.values(permissions).find(({ label }) => String(label) === 'content:create')
      await client.post(
        `${api}/role-assignments`,
        { user_id: registered.body['user_id'], role_id: role.body['role_id'] },
        key,
      )
      expect((await client.post('/posts', { title: 'Too early' }, session)).status).toBe(403)

      const pair = { role_id: role.body['role_id'], permission_id: wanted?.['permission_id'] }
      const granted = await client.post(`${api}/role-permissions`, pair, key)
      expect(granted.status).toBe(201)
      expect(granted.body).toMatchObject({ id: expect.stringMatching(uuid), ...pair })
      expect((await client.post('/posts', { title: 'Just in time' }, session)).status).toBe(201)

      const listed = await client.get(`${api}/role-permissions/role/?q=${String(role.body['role_id'])}`, key)
      expect([listed.status, listed.body]).toEqual([200, [granted.body]])

      const revoked = await client.delete(`${api}/role-permissions/?q=${String(granted.body['id'])}`, key)
      expect(revoked.status).toBe(204)
      expect((await client.post('/posts', { title: 'Too late' }, session)).status).toBe(403)
      const inUse = await client.delete(`${api}/roles/?q=${String(role.body['role_id'])}`, key)
      expect([inUse.status, inUse.body['code']]).toEqual([409, 'role_in_use'])
    })

    it('redirects to the provider', async () => {
      // As printed, without saying which: there is one.
      for (const query of ['', '?provider=github']) {
        const begun = await client.get(`${api}/auth/oauth/login${query}`)
        expect(begun.status).toBe(302)
        const url = new URL(begun.headers.get('location') ?? '')
        expect([url.origin, url.pathname]).toEqual(['https://github.com', '/login/oauth/authorize'])
        expect(url.searchParams.get('client_id')).toBe('an id')
        expect(url.searchParams.get('state')).toMatch(/^[\w.-]{32,}$/)
      }
    })

    it('has second factors for its users', async () => {
      const own = { username: 'careful', name: 'Careful', email: 'careful@example.com', password: 'secure-password' }
      const { body } = await client.post(`${api}/auth/register`, own)
      const bearer = body['access_token']
      const begun = await client.post(`${api}/auth/mfa/totp/enroll`, {}, { bearer })
      expect([begun.status, begun.body['otpauth_uri']]).toEqual([200, expect.stringMatching(/^otpauth:/)])
      expect((await client.post(`${api}/auth/otp/request`, { email: own.email })).status).toBe(200)
    })

    it('lists sessions with devices and addresses, and invalidates one by ?q=', async () => {
      const first = await client.post(`${api}/auth/login`, adminCredentials)
      const second = await client.post(`${api}/auth/login`, adminCredentials)
      const bearer = second.body['access_token']
      const listed = await client.get(`${api}/sessions`, { bearer })
      expect(listed.status).toBe(200)
      expect(listed.body).toContainEqual(
        expect.objectContaining({
          session_id: first.body['session_id'],
          user_id: first.body['user_id'],
          ip_address: expect.any(String),
          created_at: expect.stringMatching(isoInstant),
          last_access: expect.stringMatching(isoInstant),
          expires_at: expect.stringMatching(isoInstant),
          current: false,
        }),
      )
      const ended = await client.delete(`${api}/sessions/?q=${first.body['session_id']}`, { bearer })
      expect(ended.status).toBe(204)
      expect((await client.get(`${api}/auth/me`, { bearer: first.body['access_token'] })).status).toBe(401)

      // As printed, by an API key.
      const key = await apiKey()
      const third = await client.post(`${api}/auth/login`, adminCredentials)
      const byKey = await client.get(`${api}/sessions`, key)
      expect(byKey.status).toBe(200)
      expect(byKey.body).toContainEqual(expect.objectContaining({ session_id: third.body['session_id'] }))
      expect((await client.delete(`${api}/sessions/?q=${third.body['session_id']}`, key)).status).toBe(204)
      expect((await client.get(`${api}/auth/me`, { bearer: third.body['access_token'] })).status).toBe(401)
    })
  })

  describe('posts of the demo', () => {
    it('lets roles decide: the viewer reads, the admin writes, an author changes only what is its own', async () => {
      const admin = await client.post(`${api}/auth/login`, adminCredentials)
      const author = { email: 'author@example.com', password: 'an author writes', username: 'author', name: 'Author' }
      const viewer = await client.post(`${api}/auth/register`, author)
      const asAdmin = { bearer: admin.body['access_token'] }
      const asViewer = { bearer: viewer.body['access_token'] }

      expect((await client.get('/posts')).status).toBe(401)
      expect((await client.get('/posts', asViewer)).status).toBe(200)
      const refused = await client.post('/posts', { title: 'Mine' }, asViewer)
      expect([refused.status, refused.body['code']]).toEqual([403, 'forbidden'])
      const made = await client.post('/posts', { title: 'News', body: 'from the admin' }, asAdmin)
      expect(made.status).toBe(201)
      const path = `/posts/${made.body['id']}`
      expect((await client.patch(path, { title: 'Taken over' }, asViewer)).status).toBe(403)
      expect((await client.patch(path, { title: 'Better news' }, asAdmin)).body['title']).toBe('Better news')
      const reading = await client.post(`${api}/tokens`, { label: 'reads', scopes: ['content:read'] }, asAdmin)
      const asReader = { bearer: reading.body['raw_token'] }
      expect((await client.get('/posts', asReader)).status).toBe(200)
      expect((await client.patch(path, { title: 'By its key' }, asReader)).status).toBe(403)
      expect((await client.delete(path, asViewer)).status).toBe(403)
      expect((await client.delete(path, asAdmin)).status).toBe(204)
      expect((await client.get('/')).status).toBe(200)
    })

    it('lets a customer in nowhere that is meant for users', async () => {
      const path = `${api}/collections/customers/auth`
      const own = { email: 'stranger@example.com', password: 'a customer only' }
      const customer = await client.post(`${path}/register`, own)
      const bearer = customer.body['access_token']
      const cookie = customer.cookie
      expect((await client.get(`${api}/auth/me`, { bearer })).status).toBe(401)
      expect((await client.get(`${api}/auth/me`, { cookie })).status).toBe(401)
      const forged = cookie?.replace('session_customers=', 'session=')
      expect((await client.get(`${api}/auth/me`, { cookie: forged })).status).toBe(401)
      const { refresh_token } = customer.body
      expect((await client.post(`${api}/auth/refresh`, { refresh_token })).body['code']).toBe('token_invalid')
      expect((await client.post(`${path}/refresh`, { refresh_token })).status).toBe(200)
      expect((await client.get('/posts', { bearer })).status).toBe(401)
      expect((await client.post(`${api}/auth/login`, own)).body['code']).toBe('invalid_credentials')
    })
  })
})
