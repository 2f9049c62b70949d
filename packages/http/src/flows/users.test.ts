import { eq } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { credentials, identities } from '@cardea/storage'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Account, type App, createApp, type Got, password, type Sent } from '../app.fixture.js'

const base = '/api/v1'
const users = `${base}/users`
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const next = 'another horse battery'
const codeOf = ({ status, code }: Got) => [status, code]

const fields = [
  'created_at',
  'date_created',
  'date_modified',
  'email',
  'id',
  'name',
  'role',
  'role_id',
  'roles',
  'status',
  'updated_at',
  'user_id',
  'username',
  'verified',
]

let app: App
let admin: Account
let clerk: Account
let member: Account

beforeEach(async () => {
  app = await createApp()
  admin = await app.signUp('users', { username: 'root', name: 'Root' })
  clerk = await app.signUp('users', { username: 'clerk', name: 'Clerk' })
  member = await app.signUp('users', { username: 'member', name: 'Member' })
  await app.auth.permissions.assign(admin.id, 'admin')
  await app.auth.permissions.unassign(admin.id, 'viewer')
  await app.auth.permissions.assign(clerk.id, 'clerk')
  await app.auth.permissions.unassign(clerk.id, 'viewer')
})

const as = (account: Account, method: string, path: string, sent: Sent = {}) =>
  app.send(method, path, { bearer: account.access, ...sent })
const asAdmin = (method: string, path: string, body?: unknown) =>
  as(admin, method, path, body === undefined ? {} : { body })
const keyOf = async (principalId: string, scopes: readonly 'users:update'[] | null = null): Promise<string> =>
  (await app.auth.apiKeys.create({ principalId, scopes })).key
const canSignIn = async (email: string, word = password): Promise<boolean> =>
  (await app.send('POST', `${base}/auth/login`, { body: { email, password: word } })).status === 200

describe('GET /users', () => {
  it('is for those with users:read, of whatever collection', async () => {
    expect(codeOf(await app.send('GET', users))).toEqual([401, 'unauthenticated'])
    expect(codeOf(await as(member, 'GET', users))).toEqual([403, 'forbidden'])
    expect((await as(clerk, 'GET', users)).status).toBe(200)
    expect((await app.send('GET', users, { bearer: await keyOf(clerk.id) })).status).toBe(200)
    const customer = await app.signUp('customers')
    expect(codeOf(await as(customer, 'GET', users))).toEqual([403, 'forbidden'])
    await app.auth.permissions.assign(customer.id, 'clerk')
    expect((await as(customer, 'GET', users)).status).toBe(200)
  })

  it('shows users as clients of both systems know them, and nothing secret', async () => {
    const got = await asAdmin('GET', users)
    expect(got.list.map(({ username }) => username).sort()).toEqual(['clerk', 'member', 'root'])
    for (const user of got.list) {
      expect(Object.keys(user).sort()).toEqual(fields)
      expect(user['user_id']).toBe(user['id'])
      expect(user['created_at']).toMatch(instant)
      expect([user['date_created'], user['date_modified']]).toEqual([user['created_at'], user['updated_at']])
    }
    expect(got.list.find(({ username }) => username === 'root')).toMatchObject({ role: 'admin', status: 'active' })
    expect(got.text).not.toMatch(/hash|argon2|epoch|secret/i)
  })

  it('takes every form of lists, with sort, search and filters', async () => {
    const names = (rows: unknown) => (rows as readonly { username: string }[]).map(({ username }) => username)
    const list = async (query: string) => await asAdmin('GET', `${users}?${query}`)
    expect(names((await list('sort=username')).list)).toEqual(['clerk', 'member', 'root'])
    expect(names((await list('sort=-username')).list)).toEqual(['root', 'member', 'clerk'])
    expect(names((await list('sort=-date_created,username')).list)).toEqual(['clerk', 'member', 'root'])
    const offset = await list('sort=username&limit=1&offset=1')
    expect(offset.body).toMatchObject({ total: 3, limit: 1, offset: 1 })
    expect(names(offset.body['data'])).toEqual(['member'])
    const page = await list('sort=username&page=2&per_page=2')
    expect(page.body).toMatchObject({ page: 2, per_page: 2, total: 3, total_pages: 2 })
    expect(names(page.body['items'])).toEqual(['root'])
    for (const sort of ['username', '-name', '-created', 'verified,-email']) {
      const seen: string[] = []
      let cursor: unknown = ''
      while (cursor !== null) {
        const got = await list(`cursor=${String(cursor)}&limit=2&sort=${sort}`)
        seen.push(...names(got.body['data']))
        cursor = got.body['next_cursor']
      }
      expect(seen).toEqual(names((await list(`sort=${sort}`)).list))
    }
    expect(names((await list('search=clerk')).list)).toEqual(['clerk'])
    expect(names((await list('filter[username][in]=root,clerk&sort=username')).list)).toEqual(['clerk', 'root'])
    expect(names((await list(`filter[user_id][eq]=${member.id}`)).list)).toEqual(['member'])
    expect(names((await list(`filter[email][eq]=${member.email.toUpperCase()}`)).list)).toEqual(['member'])
    expect(names((await list('filter[name][contains]=oo&filter[verified][eq]=false')).list)).toEqual(['root'])
    const later = new Date(app.time.now + 1).toISOString()
    expect((await list(`filter[date_created][gte]=${later}`)).list).toEqual([])
    expect((await list('filter[username][eq]=root&limit=1')).body).toMatchObject({ total: 1 })
  })

  it('links to the rest of what is too long for a plain list, with what was asked for', async () => {
    for (let index = 0; index < 98; index += 1) {
      await app.auth.users.create({ email: `more${index}@example.test`, password }, {})
    }
    const got = await asAdmin('GET', `${users}/full?sort=email&search=example`)
    expect(got.list).toHaveLength(100)
    const link = got.headers.get('link') ?? ''
    expect(link).toBe(`<${users}/full?sort=email&search=example&limit=100&offset=100>; rel="next"`)
    const rest = await asAdmin('GET', link.slice(1, link.indexOf('>')))
    expect(rest.body).toMatchObject({ total: 101, limit: 100, offset: 100 })
    expect((await asAdmin('GET', users)).headers.get('link')).toBeNull()
  })

  it.each([
    ['sort=hash', 'sort', 'unknown_field'],
    ['sort=__proto__', 'sort', 'unknown_field'],
    ['sort=role', 'sort', 'unknown_field'],
    ['filter[hash][eq]=x', 'filter[hash][eq]', 'unknown_field'],
    ['filter[__proto__][eq]=x', 'filter[__proto__][eq]', 'unknown_field'],
    ['filter[principal.epoch][eq]=1', 'filter[principal.epoch][eq]', 'unknown_field'],
    ['filter[name][regex]=x', 'filter[name][regex]', 'unknown_field'],
    ['filter[name][0]=x', 'filter[name][0]', 'unknown_field'],
    ['filter[name]=x', 'filter[name]', 'invalid_request'],
    ['filter[name', 'filter[name', 'unknown_field'],
    ['filter[verified][eq]=1', 'filter[verified][eq]', 'invalid_request'],
    ['filter[created_at][gt]=now', 'filter[created_at][gt]', 'invalid_request'],
    ['filter[name][eq]=%00', 'filter[name][eq]', 'invalid_request'],
    ['search=%00', 'search', 'invalid_request'],
    ['status=active', 'status', 'unknown_field'],
    ['limit=1001', 'limit', 'invalid_request'],
    ['cursor=x', 'cursor', 'invalid_request'],
    [`cursor=${Buffer.from('[1]').toString('base64url')}`, 'cursor', 'invalid_request'],
    [`cursor=${Buffer.from('["\\u0000"]').toString('base64url')}`, 'cursor', 'invalid_request'],
    [`cursor=${Buffer.from('["a"]').toString('base64url')}&sort=name`, 'cursor', 'invalid_request'],
  ])('refuses ?%s', async (query, path, code) => {
    const got = await asAdmin('GET', `${users}?${query}`)
    expect(got.body).toMatchObject({ status: 422, code, errors: [{ path }] })
  })

  it('shows one, by either spelling, and 404 for anybody else', async () => {
    for (const path of [`${users}/${member.id}`, `${users}?q=${member.id}`, `${users}/?q=${member.id}`]) {
      expect((await asAdmin('GET', path)).body).toMatchObject({ user_id: member.id, role: 'viewer', status: 'active' })
    }
    const customer = await app.signUp('customers')
    for (const id of [unknownId, 'x', customer.id]) {
      expect(codeOf(await asAdmin('GET', `${users}/${id}`))).toEqual([404, 'not_found'])
    }
  })
})

describe('POST /users', () => {
  const input = { username: 'jdoe', name: 'Jane Doe', email: 'jane@example.com', password: 'secure-password-123' }

  it('takes the request of ModulaCMS as documented, also with a key', async () => {
    const bearer = await keyOf(admin.id)
    const got = await app.send('POST', users, { bearer, body: { ...input, role: 'editor' } })
    expect(got.status).toBe(201)
    expect(Object.keys(got.body).sort()).toEqual(fields)
    expect(got.body).toMatchObject({ username: 'jdoe', role: 'editor', roles: ['editor'], verified: false })
    expect(got.headers.get('location')).toBe(`${users}/${String(got.body['id'])}`)
    expect(got.text).not.toMatch(/hash|argon2/)
    expect(await canSignIn(input.email, input.password)).toBe(true)
    const byId = await asAdmin('POST', users, {
      ...input,
      email: 'b@example.com',
      username: 'b',
      role: got.body['role_id'],
    })
    expect(byId.body).toMatchObject({ role: 'editor' })
  })

  it('gives the default role, and no other from whoever does not have it', async () => {
    const own = await as(clerk, 'POST', users, { body: input })
    expect(own.body).toMatchObject({ role: 'viewer' })
    const before = await app.rows()
    for (const role of ['admin', 'editor', 'keeper']) {
      const body = { ...input, email: 'b@example.com', username: 'b', role }
      expect(codeOf(await as(clerk, 'POST', users, { body }))).toEqual([403, 'forbidden'])
    }
    expect(codeOf(await as(member, 'POST', users, { body: input }))).toEqual([403, 'forbidden'])
    expect(await app.rows()).toBe(before)
  })

  it.each([
    [{ role: 'nobody' }, 422, 'invalid_request'],
    [{ password: 'short' }, 422, 'weak_password'],
    [{ email: 'member' }, 422, 'invalid_request'],
    [{ username: 'member' }, 409, 'username_taken'],
    [{ admin: true }, 422, 'unknown_field'],
    [{ status: 'active' }, 422, 'unknown_field'],
    [{ id: unknownId }, 422, 'unknown_field'],
  ])('refuses %j', async (wrong, status, code) => {
    const before = await app.rows()
    expect(codeOf(await asAdmin('POST', users, { ...input, ...wrong }))).toEqual([status, code])
    expect(await app.rows()).toBe(before)
  })

  it('knows an address that is taken, and takes and ignores what the server owns', async () => {
    expect(codeOf(await asAdmin('POST', users, { ...input, email: member.email }))).toEqual([409, 'email_taken'])
    const ignored = { hash: '$2b$12$x', token: 'x', issued_at: 'x', revoked: true, date_created: 1, date_modified: 1 }
    const got = await asAdmin('POST', users, { ...input, ...ignored })
    expect(got.status).toBe(201)
    expect(got.body['date_created']).toBe(new Date(app.time.now).toISOString())
    expect(await canSignIn(input.email, input.password)).toBe(true)
  })

  it('lets those with users:admin vouch for an address', async () => {
    expect(codeOf(await as(clerk, 'POST', users, { body: { ...input, verified: true } }))).toEqual([403, 'forbidden'])
    expect((await asAdmin('POST', users, { ...input, verified: true })).body).toMatchObject({ verified: true })
  })
})

describe('PUT and PATCH /users', () => {
  const whole = () => ({ username: 'member', name: 'Member', email: member.email })

  it('takes the request of ModulaCMS as documented, with the id in the body', async () => {
    const bearer = await keyOf(admin.id)
    const body = { user_id: member.id, username: 'jdoe', name: 'Jane Doe', email: 'jane@example.com', role: 'admin' }
    for (const path of [`${users}/`, users]) {
      const got = await app.send('PUT', path, { bearer, body })
      expect(got.status).toBe(200)
      expect(got.body).toMatchObject({ id: member.id, username: 'jdoe', role: 'admin', roles: ['admin'] })
    }
  })

  it('has exactly one role then, by label or id; without a role they stay', async () => {
    await app.auth.permissions.assign(member.id, 'editor')
    const kept = await asAdmin('PUT', `${users}/${member.id}`, { ...whole(), name: 'Other' })
    expect(kept.body).toMatchObject({ name: 'Other', roles: ['editor', 'viewer'] })
    const changed = await asAdmin('PUT', `${users}?q=${member.id}`, { ...whole(), role: 'programmer' })
    expect(changed.body).toMatchObject({ role: 'programmer', roles: ['programmer'] })
    const none = await asAdmin('PATCH', `${users}/${member.id}`, { role: null })
    expect(none.body).toMatchObject({ role: null, role_id: null, roles: [] })
  })

  it('acts on the very next request of whoever was changed', async () => {
    expect((await as(clerk, 'GET', users)).status).toBe(200)
    await asAdmin('PATCH', `${users}/${clerk.id}`, { role: 'viewer' })
    expect(codeOf(await as(clerk, 'GET', users))).toEqual([403, 'forbidden'])
    await asAdmin('PATCH', `${users}/${clerk.id}`, { role: 'clerk' })
    expect((await as(clerk, 'GET', users)).status).toBe(200)
    await asAdmin('PATCH', `${users}/${clerk.id}`, { status: 'disabled' })
    expect(codeOf(await as(clerk, 'GET', users))).toEqual([401, 'session_revoked'])
  })

  it('changes the password where one is sent: every session ends', async () => {
    for (const word of [undefined, '']) {
      const got = await asAdmin('PUT', `${users}/${member.id}`, { ...whole(), password: word })
      expect(got.status).toBe(200)
      expect((await as(member, 'GET', `${base}/auth/me`)).status).toBe(200)
    }
    expect((await asAdmin('PUT', `${users}/${member.id}`, { ...whole(), password: next })).status).toBe(200)
    expect((await as(member, 'GET', `${base}/auth/me`)).status).toBe(401)
    expect([await canSignIn(member.email), await canSignIn(member.email, next)]).toEqual([false, true])
    expect(codeOf(await asAdmin('PATCH', `${users}/${member.id}`, { password: 'short' }))).toEqual([
      422,
      'weak_password',
    ])
  })

  it('changes the address, which is nobody’s until it is proved', async () => {
    await app.auth.users.change(member.id, { verified: true })
    const got = await asAdmin('PATCH', `${users}/${member.id}`, { email: 'New@Example.com' })
    expect(got.body).toMatchObject({ email: 'new@example.com', verified: false })
    expect((await as(member, 'GET', `${base}/auth/me`)).status).toBe(401)
    expect([await canSignIn(member.email), await canSignIn('new@example.com')]).toEqual([false, true])
    const vouched = await asAdmin('PATCH', `${users}/${member.id}`, { email: 'third@example.com', verified: true })
    expect(vouched.body).toMatchObject({ email: 'third@example.com', verified: true })
    expect(codeOf(await asAdmin('PATCH', `${users}/${member.id}`, { email: clerk.email }))).toEqual([
      409,
      'email_taken',
    ])
  })

  it('does not let users:update become an admin', async () => {
    const before = await app.rows()
    const own = { username: 'root', name: 'Root', email: admin.email }
    const limited = await keyOf(admin.id, ['users:update'])
    const afterKey = await app.rows()
    for (const bearer of [clerk.access, limited]) {
      for (const change of [
        { ...own, password: next },
        { ...own, email: 'mine@example.com' },
        { ...own, username: 'mine' },
        { ...own, role: 'viewer' },
        { ...own, status: 'disabled' },
      ]) {
        const got = await app.send('PUT', `${users}/`, { bearer, body: { user_id: admin.id, ...change } })
        expect(codeOf(got)).toEqual([403, 'forbidden'])
      }
    }
    const self = { user_id: clerk.id, username: 'clerk', name: 'Clerk', email: clerk.email, role: 'admin' }
    expect(codeOf(await as(clerk, 'PUT', `${users}/`, { body: self }))).toEqual([403, 'forbidden'])
    for (const path of [`${users}/${admin.id}`, `${users}?q=${admin.id}`]) {
      expect(codeOf(await as(clerk, 'DELETE', path))).toEqual([403, 'forbidden'])
    }
    const body = { user_id: admin.id, reassign_to: clerk.id }
    expect(codeOf(await as(clerk, 'POST', `${users}/reassign-delete`, { body }))).toEqual([403, 'forbidden'])
    expect(before).not.toBe(afterKey)
    expect((await app.rows()).replace(/cardea_api_keys .*/, '')).toBe(afterKey.replace(/cardea_api_keys .*/, ''))
    expect(await canSignIn(admin.email)).toBe(true)
  })

  it('has oneself prove anew who one is, and takes no key for it', async () => {
    const key = await keyOf(admin.id)
    expect(codeOf(await app.send('PATCH', `${users}/${admin.id}`, { bearer: key, body: { password: next } }))).toEqual([
      403,
      'forbidden',
    ])
    app.time.now += 601_000
    for (const change of [{ password: next }, { email: 'own@example.com' }]) {
      expect(codeOf(await asAdmin('PATCH', `${users}/${admin.id}`, change))).toEqual([403, 'reauthentication_required'])
    }
    expect((await asAdmin('PATCH', `${users}/${admin.id}`, { name: 'Other' })).status).toBe(200)
    const again = await app.send('POST', `${base}/auth/login`, { body: { email: admin.email, password } })
    const bearer = String(again.body['access_token'])
    expect((await app.send('PATCH', `${users}/${admin.id}`, { bearer, body: { password: next } })).status).toBe(200)
    expect(await canSignIn(admin.email, next)).toBe(true)
  })

  it('keeps the last admin', async () => {
    for (const change of [{ role: 'viewer' }, { role: null }, { status: 'disabled' }]) {
      expect(codeOf(await asAdmin('PATCH', `${users}/${admin.id}`, change))).toEqual([409, 'last_admin'])
    }
    expect(codeOf(await asAdmin('DELETE', `${users}/${admin.id}`))).toEqual([409, 'last_admin'])
  })

  it.each([
    ['PUT', { name: 'x', email: 'x@example.com' }, 422, 'invalid_request'],
    ['PUT', { username: 'x', name: 'x', email: 'x@example.com', user_id: unknownId }, 422, 'invalid_request'],
    ['PATCH', { id: unknownId }, 422, 'unknown_field'],
    ['PATCH', { created_at: '2026-01-01T00:00:00Z' }, 422, 'unknown_field'],
    ['PATCH', { roles: ['admin'] }, 422, 'unknown_field'],
    ['PATCH', { role_id: 'admin' }, 422, 'unknown_field'],
    ['PATCH', { email: 'x' }, 422, 'invalid_request'],
    ['PATCH', { status: 'gone' }, 422, 'invalid_request'],
    ['PATCH', { role: 'nobody' }, 422, 'invalid_request'],
  ])('%s refuses %j', async (method, body, status, code) => {
    const before = await app.rows()
    expect(codeOf(await asAdmin(method, `${users}/${member.id}`, body))).toEqual([status, code])
    expect(await app.rows()).toBe(before)
  })

  it('knows users of its own collection only', async () => {
    const customer = await app.signUp('customers')
    for (const id of [unknownId, 'x', customer.id]) {
      expect(codeOf(await asAdmin('PATCH', `${users}/${id}`, { name: 'x' }))).toEqual([404, 'not_found'])
      expect(codeOf(await asAdmin('DELETE', `${users}/${id}`))).toEqual([404, 'not_found'])
    }
  })

  it('tells who did it', async () => {
    await asAdmin('PATCH', `${users}/${member.id}`, { name: 'Other', role: 'editor' })
    const { list } = await asAdmin('GET', `${base}/audit?user_id=${member.id}&actor_id=${admin.id}`)
    expect(list.map(({ type, session_id: session }) => [type, session]).sort()).toEqual(
      ['role.assigned', 'role.unassigned', 'user.updated'].map((type) => [type, admin.sessionId]),
    )
  })
})

describe('DELETE /users and POST /users/reassign-delete', () => {
  it('takes all that a user has with it', async () => {
    expect((await as(clerk, 'DELETE', `${users}/?q=${member.id}`)).status).toBe(204)
    expect((await as(member, 'GET', `${base}/auth/me`)).status).toBe(401)
    expect(codeOf(await asAdmin('GET', `${users}/${member.id}`))).toEqual([404, 'not_found'])
    expect(await canSignIn(member.email)).toBe(false)
  })

  it('answers with what went to whom', async () => {
    const path = `${users}/reassign-delete`
    const body = { user_id: member.id, reassign_to: clerk.id }
    const got = await asAdmin('POST', path, body)
    expect([got.status, got.body]).toEqual([
      200,
      { deleted_user_id: member.id, reassigned_to: clerk.id, reassigned: {} },
    ])
    expect(codeOf(await asAdmin('POST', path, body))).toEqual([404, 'not_found'])
    expect(codeOf(await asAdmin('POST', path, { user_id: clerk.id, reassign_to: clerk.id }))).toEqual([
      422,
      'invalid_request',
    ])
    expect(codeOf(await asAdmin('POST', path, { user_id: clerk.id, reassign_to: unknownId }))).toEqual([
      404,
      'not_found',
    ])
    expect(codeOf(await asAdmin('POST', path, { user_id: clerk.id }))).toEqual([422, 'invalid_request'])
  })
})

describe('GET /users/full', () => {
  it('shows all that hangs on users, in both forms, and no secret', async () => {
    const { key, apiKey } = await app.auth.apiKeys.create({ principalId: member.id, label: 'program' })
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGwTI5F6q4xZy9ssUEAnVYVyWPqX4r4nNfWQ0nYJzJ1v laptop'
    await app.auth.sshKeys.add({ principalId: member.id, publicKey })
    await link(member.id, 'link-1')
    for (const path of [
      `${users}/full/?q=${member.id}`,
      `${users}/full?q=${member.id}`,
      `${users}/full/${member.id}`,
    ]) {
      const got = await asAdmin('GET', path)
      expect(Object.keys(got.body).sort()).toEqual(
        [...fields, 'oauth', 'role_label', 'sessions', 'ssh_keys', 'tokens'].sort(),
      )
      expect(got.body).toMatchObject({
        user_id: member.id,
        role: 'viewer',
        role_label: 'viewer',
        sessions: [{ session_id: member.sessionId, current: false }],
        tokens: [{ id: apiKey.id, label: 'program' }],
        ssh_keys: [{ label: 'laptop', type: 'ssh-ed25519' }],
        oauth: [{ provider: 'company', oauth_provider: 'company', subject: 'link-1' }],
      })
      for (const secret of [key, sha256(key), member.access, 'sealed', 'hash', 'argon2']) {
        expect(got.text).not.toContain(secret)
      }
    }
    const list = await asAdmin('GET', `${users}/full?sort=username`)
    expect(list.list.map(({ username, role_label: role }) => [username, role])).toEqual([
      ['clerk', 'clerk'],
      ['member', 'viewer'],
      ['root', 'admin'],
    ])
    const mine = list.list.find(({ username }) => username === 'root')
    expect(mine?.['sessions']).toMatchObject([{ session_id: admin.sessionId, current: true }])
    expect(codeOf(await asAdmin('GET', `${users}/full/${unknownId}`))).toEqual([404, 'not_found'])
    expect(codeOf(await asAdmin('GET', `${users}/full?limit=101`))).toEqual([422, 'invalid_request'])
    expect(codeOf(await as(member, 'GET', `${users}/full/${member.id}`))).toEqual([403, 'forbidden'])
  })
})

/** An account at a provider, as a sign-in would leave it. */
async function link(principalId: string, subject: string): Promise<string> {
  const id = `0190a1b2-c3d4-7e5f-8a9b-${sha256(subject)
    .replaceAll(/[^a-f0-9]/g, '0')
    .slice(0, 12)}`
  const at = app.time.now
  await app.storage.insert(identities, {
    id,
    principal_id: principalId,
    collection: 'users',
    provider: 'company',
    subject,
    email: 'at@company.test',
    tokens: 'sealed',
    created_at: at,
    updated_at: at,
  })
  return id
}

describe('/usersoauth', () => {
  it('shows links without tokens to those with users:admin', async () => {
    const ids = [await link(member.id, 'one'), await link(clerk.id, 'two'), await link(clerk.id, 'three')].sort()
    expect(codeOf(await as(clerk, 'GET', `${base}/usersoauth`))).toEqual([403, 'forbidden'])
    const got = await asAdmin('GET', `${base}/usersoauth`)
    expect(got.list.map(({ id }) => id)).toEqual(ids)
    expect(got.text).not.toMatch(/sealed|token/)
    const own = await asAdmin('GET', `${base}/usersoauth?user_id=${clerk.id}`)
    expect(own.list.map(({ user_id: id }) => id)).toEqual([clerk.id, clerk.id])
    expect((await asAdmin('GET', `${base}/usersoauth?filter[provider][eq]=other`)).list).toEqual([])
    expect((await asAdmin('GET', `${base}/usersoauth?limit=1&offset=1`)).body).toMatchObject({ total: 3 })
    const first = await asAdmin('GET', `${base}/usersoauth?cursor=&limit=2`)
    const second = await asAdmin('GET', `${base}/usersoauth?cursor=${String(first.body['next_cursor'])}&limit=2`)
    expect([first, second].flatMap(({ body }) => body['data'] as { id: string }[]).map(({ id }) => id)).toEqual(ids)
    expect(second.body['next_cursor']).toBeNull()
    expect(codeOf(await asAdmin('GET', `${base}/usersoauth?sort=tokens`))).toEqual([422, 'unknown_field'])
    expect(codeOf(await asAdmin('GET', `${base}/usersoauth?user_id=%00`))).toEqual([422, 'invalid_request'])
  })

  it('takes one away, but nobody’s only way in', async () => {
    const [theirs, mine] = [await link(member.id, 'one'), await link(admin.id, 'two')]
    const path = `${base}/usersoauth`
    expect(codeOf(await as(clerk, 'DELETE', `${path}/${theirs}`))).toEqual([403, 'forbidden'])
    await app.storage.delete(credentials, eq('principal_id', member.id))
    expect(codeOf(await asAdmin('DELETE', `${path}/${theirs}`))).toEqual([409, 'conflict'])
    await asAdmin('PATCH', `${users}/${member.id}`, { password: next })
    expect((await asAdmin('DELETE', `${path}/?q=${theirs}`)).status).toBe(204)
    expect(codeOf(await asAdmin('DELETE', `${path}/${theirs}`))).toEqual([404, 'not_found'])
    expect(codeOf(await asAdmin('DELETE', `${path}/x`))).toEqual([404, 'not_found'])
    const bearer = await keyOf(admin.id)
    expect(codeOf(await app.send('DELETE', `${path}/${mine}`, { bearer }))).toEqual([403, 'forbidden'])
    app.time.now += 601_000
    expect(codeOf(await asAdmin('DELETE', `${path}/${mine}`))).toEqual([403, 'reauthentication_required'])
    app.time.now -= 601_000
    expect((await asAdmin('DELETE', `${path}/${mine}`)).status).toBe(204)
  })
})
