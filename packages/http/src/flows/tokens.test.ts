import { beforeEach, describe, expect, it } from 'vitest'
import { type App, createApp, type Got, type Sent } from '../app.fixture.js'
import { commonErrors, type RouteContract } from '../contract/route.js'
import { invitationRoutes } from '../contract/routes/invitations.js'
import { memberRoutes } from '../contract/routes/members.js'
import { roleRoutes } from '../contract/routes/roles.js'
import { userRoutes } from '../contract/routes/users.js'
import { routeContracts } from '../contract/routes.js'
import { createGuard } from '../index.js'

const base = '/api/v1'
const tokens = `${base}/tokens`
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const day = 86_400_000

async function setUp() {
  const app = await createApp()
  const [admin, programmer, keeper, viewer] = [
    await app.signUp(),
    await app.signUp(),
    await app.signUp(),
    await app.signUp(),
  ]
  await app.auth.permissions.assign(admin.id, 'admin')
  await app.auth.permissions.assign(programmer.id, 'programmer')
  await app.auth.permissions.assign(keeper.id, 'keeper')
  const make = (bearer: string, body: object = {}): Promise<Got> => app.send('POST', tokens, { bearer, body })
  /** Makes a key that there is no reason to refuse. */
  const keyOf = async (bearer: string, body: object = {}) => {
    const got = await make(bearer, body)
    if (got.status !== 201) throw new Error(got.text)
    return { id: String(got.body['id']), key: String(got.body['raw_token']), got }
  }
  const me = (bearer: string) => app.send('GET', `${base}/auth/me`, { bearer })
  const guard = createGuard(app.auth)
  /** What a key may do in a route of the app. */
  const mayOf = async (bearer: string) => {
    const request = new Request('https://app.test/posts', { headers: { authorization: `Bearer ${bearer}` } })
    return (await guard.require(request)).subject.list()
  }
  return { app, admin, programmer, keeper, viewer, make, keyOf, me, mayOf, guard }
}

let kit: Awaited<ReturnType<typeof setUp>>
beforeEach(async () => {
  kit = await setUp()
})

const codeOf = ({ status, code }: Got) => [status, code]
const forbidden = [403, 'forbidden']
const gone = [404, 'not_found']

describe('POST /tokens', () => {
  it('takes the request of ModulaCMS as documented, and decides itself what the server decides', async () => {
    const { app, make, me, programmer } = kit
    const got = await make(programmer.access, {
      user_id: programmer.id,
      token_type: 'api_key',
      token: 'my-generated-token-value',
      issued_at: '2020-01-15T10:00:00Z',
      expires_at: '2027-01-15T10:00:00Z',
      revoked: true,
      date_created: '2020-01-15T10:00:00Z',
    })
    expect(got.status).toBe(201)
    const { id, raw_token: key, ...rest } = got.body
    expect(rest).toEqual({
      user_id: programmer.id,
      token_type: 'api_key',
      label: '',
      scopes: null,
      issued_at: new Date(app.time.now).toISOString(),
      expires_at: '2027-01-15T10:00:00.000Z',
      revoked: false,
      last_used_at: null,
      last_used_ip: null,
      created_at: new Date(app.time.now).toISOString(),
    })
    expect(got.headers.get('location')).toBe(`${tokens}/${String(id)}`)
    expect(key).toMatch(/^cardea_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/)
    expect((await me(String(key))).body['id']).toBe(programmer.id)
    expect((await me('my-generated-token-value')).status).toBe(401)
  })

  it('shows the key once, and keeps nothing that it could be made from', async () => {
    const { app, keyOf, programmer } = kit
    const { id, key } = await keyOf(programmer.access, { label: 'deploy' })
    const shown = [
      await app.send('GET', tokens, { bearer: programmer.access }),
      await app.send('GET', `${tokens}/${id}`, { bearer: programmer.access }),
      await app.send('PUT', `${tokens}/${id}`, { bearer: programmer.access, body: { label: 'other' } }),
    ]
    for (const { text } of shown) expect(text).not.toContain(key.slice(30, 60))
    expect(shown[1]?.body).toMatchObject({ id, label: 'deploy', created_at: expect.stringMatching(instant) })
    expect(JSON.stringify(app.log)).not.toContain(key.slice(30, 60))
  })

  it('needs tokens:create, and tokens:admin for somebody else', async () => {
    const { app, keeper, make, programmer, viewer } = kit
    const before = await app.rows()
    expect(codeOf(await make(viewer.access))).toEqual(forbidden)
    expect(codeOf(await make(programmer.access, { user_id: viewer.id }))).toEqual(forbidden)
    expect(codeOf(await make(programmer.access, { user_id: unknownId }))).toEqual(forbidden)
    expect(codeOf(await make(keeper.access, { user_id: unknownId }))).toEqual(gone)
    expect(codeOf(await make(keeper.access, { user_id: 'x' }))).toEqual(gone)
    const customer = await app.signUp('customers')
    expect(codeOf(await make(keeper.access, { user_id: customer.id }))).toEqual(gone)
    expect(await make(customer.access)).toMatchObject({ status: 401 })
    expect((await app.auth.apiKeys.list(customer.id)).length).toBe(0)
    expect(before).not.toContain('cardea_api_keys 1')
  })

  it('names a scope that is no permission', async () => {
    const { make, programmer } = kit
    const got = await make(programmer.access, { scopes: ['content:update', 'content:raed', 'nothing:*', 'Bearer x'] })
    expect(codeOf(got)).toEqual([422, 'invalid_request'])
    expect(got.body['errors']).toEqual([
      { path: 'scopes.1', code: 'unknown_permission', message: 'is no permission: content:raed' },
      { path: 'scopes.2', code: 'unknown_permission', message: 'is no permission: nothing:*' },
      expect.objectContaining({ path: 'scopes.3', message: expect.not.stringContaining('Bearer') }),
    ])
  })

  it.each<[string, object, number]>([
    ['another type of token', { token_type: 'refresh' }, 422],
    ['a user id that is no text', { user_id: 7 }, 422],
    ['scopes as a text', { scopes: 'content:read' }, 422],
    ['scopes that are no texts', { scopes: [1] }, 422],
    ['scopes without end', { scopes: Array.from({ length: 101 }, () => 'content:read') }, 422],
    ['an end that has passed', { expires_at: '2020-01-01T00:00:00Z' }, 422],
    ['an end that is no instant', { expires_at: 'tomorrow' }, 422],
    ['an end in milliseconds', { expires_at: 1_900_000_000_000 }, 422],
    ['a label without end', { label: 'x'.repeat(201) }, 422],
    ['a label with control characters', { label: 'a\u0000b' }, 422],
    ['a field that is not known', { owner: 'x' }, 422],
  ])('refuses %s', async (_, body, status) => {
    const { app, make, programmer } = kit
    const before = await app.rows()
    expect((await make(programmer.access, body)).status).toBe(status)
    expect(await app.rows()).toBe(before)
  })
})

describe('what an API key may', () => {
  it('is what its owner may at the time, within its scopes', async () => {
    const { app, admin, keyOf, mayOf, programmer } = kit
    const all = await keyOf(programmer.access)
    const narrow = await keyOf(programmer.access, { scopes: ['content:update', 'tokens:read'] })
    expect(await mayOf(narrow.key)).toEqual(['content:update', 'tokens:read'])
    await app.auth.permissions.unassign(programmer.id, 'programmer')
    expect(await mayOf(narrow.key)).toEqual([])
    expect(await mayOf(all.key)).toEqual(['content:read'])
    await app.auth.permissions.assign(programmer.id, 'admin')
    expect(await mayOf(narrow.key)).toEqual(['content:update', 'tokens:read'])
    expect(await mayOf(all.key)).toContain('users:admin')
    const admins = await keyOf(admin.access, { scopes: ['content:read'] })
    expect(await mayOf(admins.key)).toEqual(['content:read'])
    const collections = (bearer: string) => app.send('GET', `${base}/collections`, { bearer })
    expect(codeOf(await collections(admins.key))).toEqual(forbidden)
    expect((await collections((await keyOf(admin.access)).key)).status).toBe(200)
  })

  it('ends with revocation, expiry, and its owner', async () => {
    const { app, keyOf, me, programmer, viewer } = kit
    const expires = new Date(app.time.now + day).toISOString()
    const [revoked, deleted, expired, disabled] = [
      await keyOf(programmer.access),
      await keyOf(programmer.access),
      await keyOf(programmer.access, { expires_at: expires }),
      await keyOf(programmer.access),
    ]
    const state = async (key: string) => {
      const got = await me(key)
      return got.status === 200 ? 200 : got.code
    }
    await app.auth.apiKeys.revoke(revoked.id)
    expect(await state(revoked.key)).toBe('token_invalid')
    expect((await app.send('DELETE', `${tokens}/${deleted.id}`, { bearer: programmer.access })).status).toBe(204)
    expect(await state(deleted.key)).toBe('token_invalid')
    expect(await state(expired.key)).toBe(200)
    app.time.now += day
    expect(await state(expired.key)).toBe('token_expired')
    expect(await state(disabled.key)).toBe(200)
    // A change of password ends sessions and leaves keys.
    await app.auth.users.setPassword(programmer.id, 'another horse battery')
    expect(await state(disabled.key)).toBe(200)
    await app.auth.users.disable(programmer.id)
    expect(await state(disabled.key)).toBe('token_invalid')
    // What has ended stays ended.
    await app.auth.users.enable(programmer.id)
    expect(await state(disabled.key)).toBe('token_invalid')
    const { key } = await app.auth.apiKeys.create({ principalId: viewer.id })
    expect(await state(key)).toBe(200)
    await app.auth.users.delete(viewer.id)
    expect(await state(key)).toBe('token_invalid')
  })

  it('is nothing in another collection, nor for a key in a cookie', async () => {
    const { app, keyOf, me, programmer } = kit
    const customer = await app.signUp('customers')
    const { key } = await app.auth.apiKeys.create({ principalId: customer.id })
    expect((await me(key)).code).toBe('token_invalid')
    const customers = `${base}/collections/customers/auth/me`
    expect((await app.send('GET', customers, { bearer: key })).body['id']).toBe(customer.id)
    const own = await keyOf(programmer.access)
    expect((await app.send('GET', customers, { bearer: own.key })).code).toBe('token_invalid')
    expect((await app.send('GET', `${base}/auth/me`, { cookie: `__Host-session=${own.key}` })).status).toBe(401)
  })

  it('needs no proof against forgery, since no page can send a key unasked', async () => {
    const { app, keyOf, programmer } = kit
    const { key } = await keyOf(programmer.access)
    const headers = { origin: 'https://evil.test' }
    const sent: Sent = { bearer: key, headers, cookie: programmer.cookie, body: { label: 'x' } }
    // An unscoped key of somebody who is no admin makes no keys: it got as far as that.
    expect(codeOf(await app.send('POST', tokens, sent))).toEqual(forbidden)
  })

  it('works where access tokens are not looked up', async () => {
    const app = await createApp({ sessions: { mode: 'stateless' } })
    const user = await app.signUp()
    const { key, apiKey } = await app.auth.apiKeys.create({ principalId: user.id })
    expect((await app.send('GET', `${base}/auth/me`, { bearer: key })).status).toBe(200)
    await app.auth.apiKeys.revoke(apiKey.id)
    expect((await app.send('GET', `${base}/auth/me`, { bearer: key })).status).toBe(401)
  })
})

describe('keys that make keys', () => {
  it('does so where its scopes name it, never beyond them', async () => {
    const { app, keyOf, make, mayOf, programmer } = kit
    const wide = await keyOf(programmer.access, { scopes: ['content:update', 'tokens:create', 'tokens:read'] })
    const child = await keyOf(wide.key, { scopes: ['content:update'] })
    expect(await mayOf(child.key)).toEqual(['content:update'])
    // Without scopes it has those of the key that makes it.
    const heir = await keyOf(wide.key)
    expect(heir.got.body['scopes']).toEqual(['content:update', 'tokens:create', 'tokens:read'])
    expect(codeOf(await make(wide.key, { scopes: ['tokens:delete'] }))).toEqual(forbidden)
    expect(codeOf(await make(wide.key, { scopes: ['tokens:*'] }))).toEqual(forbidden)
    expect(codeOf(await make(wide.key, { scopes: ['*'] }))).toEqual(forbidden)
    expect(codeOf(await make(child.key, { scopes: ['content:update'] }))).toEqual(forbidden)
    await app.auth.permissions.assign(programmer.id, 'admin')
    expect(codeOf(await make(wide.key, { scopes: ['content:delete'] }))).toEqual(forbidden)
    expect(codeOf(await make(wide.key, { user_id: kit.viewer.id, scopes: ['content:update'] }))).toEqual(forbidden)
  })

  it('does not where it has no scopes, unless an admin made it', async () => {
    const { admin, keyOf, make, programmer, viewer, keeper } = kit
    const { key } = await keyOf(programmer.access)
    expect(codeOf(await make(key))).toEqual(forbidden)
    const byAdmin = await keyOf(admin.access)
    const child = await keyOf(byAdmin.key)
    const grandchild = await keyOf(child.key, { user_id: viewer.id, scopes: ['content:read'] })
    expect(grandchild.got.body).toMatchObject({ user_id: viewer.id, scopes: ['content:read'] })
    // An admin made it for somebody who may make keys.
    const given = await keyOf(admin.access, { user_id: programmer.id })
    expect((await make(given.key)).status).toBe(201)
    expect(codeOf(await make((await keyOf(admin.access, { user_id: keeper.id, scopes: ['*:create'] })).key))).toEqual(
      forbidden,
    )
  })

  it('makes none that could come to reach further, though it does not today', async () => {
    const { admin, keyOf, make } = kit
    const all = ['read', 'create', 'update', 'delete', 'publish'].map((operation) => `content:${operation}`)
    const { key } = await keyOf(admin.access, { scopes: [...all, 'tokens:create'] })
    expect((await make(key, { scopes: all })).status).toBe(201)
    // Permissions that are declared later would be part of it.
    expect(codeOf(await make(key, { scopes: ['content:*'] }))).toEqual(forbidden)
  })

  it('makes none that outlives it', async () => {
    const { app, keyOf, make, me, programmer } = kit
    const end = new Date(app.time.now + day).toISOString()
    const later = new Date(app.time.now + day + 1).toISOString()
    const parent = await keyOf(programmer.access, { scopes: ['tokens:create'], expires_at: end })
    expect(codeOf(await make(parent.key, { expires_at: later }))).toEqual(forbidden)
    const child = await keyOf(parent.key)
    expect(child.got.body['expires_at']).toBe(end)
    await app.send('PUT', `${tokens}/${parent.id}`, { bearer: programmer.access, body: { revoked: true } })
    expect((await me(child.key)).code).toBe('token_invalid')
  })
})

describe('the grant ceiling', () => {
  it('holds for own keys: no scope beyond what one has', async () => {
    const { make, programmer, admin } = kit
    for (const scopes of [['content:delete'], ['content:*'], ['*'], ['*:create'], ['users:read'], ['tokens:admin']]) {
      expect(codeOf(await make(programmer.access, { scopes }))).toEqual(forbidden)
      expect((await make(admin.access, { scopes })).status).toBe(201)
    }
  })

  it('holds for keys of others: neither the rights of the owner nor those of the maker are exceeded', async () => {
    const { admin, keeper, keyOf, make, mayOf, viewer } = kit
    // Without scopes it could all that the admin may.
    expect(codeOf(await make(keeper.access, { user_id: admin.id }))).toEqual(forbidden)
    expect(codeOf(await make(keeper.access, { user_id: viewer.id, scopes: null }))).toEqual(forbidden)
    expect(codeOf(await make(keeper.access, { user_id: admin.id, scopes: ['content:update'] }))).toEqual(forbidden)
    // A wildcard could come to stand for more than the maker has.
    expect(codeOf(await make(keeper.access, { user_id: admin.id, scopes: ['ssh_keys:*'] }))).toEqual(forbidden)
    const ofAdmin = await keyOf(keeper.access, { user_id: admin.id, scopes: ['content:create', 'content:read'] })
    expect(await mayOf(ofAdmin.key)).toEqual(['content:read', 'content:create'])
    const ofViewer = await keyOf(keeper.access, { user_id: viewer.id, scopes: ['content:create'] })
    expect(await mayOf(ofViewer.key)).toEqual([])
  })
})

describe('GET, PUT, DELETE /tokens', () => {
  it('knows nothing of the keys of others, without tokens:admin', async () => {
    const { app, admin, keeper, keyOf, programmer } = kit
    const { id } = await keyOf(admin.access, { label: 'secret plan' })
    const customer = await app.signUp('customers')
    const { apiKey: foreign } = await app.auth.apiKeys.create({ principalId: customer.id })
    const before = await app.rows()
    for (const target of [id, unknownId, foreign.id, 'x', id.toUpperCase()]) {
      for (const [method, body] of [
        ['GET'],
        ['DELETE'],
        ['PUT', { label: 'mine' }],
        ['PUT', { revoked: true }],
      ] as const) {
        const got = await app.send(method, `${tokens}/${target}`, { bearer: programmer.access, ...(body && { body }) })
        expect(codeOf(got)).toEqual(gone)
      }
    }
    const list = await app.send('GET', `${tokens}?user_id=${admin.id}`, { bearer: programmer.access })
    expect(codeOf(list)).toEqual(forbidden)
    expect(await app.rows()).toBe(before)
    // With it, those of users alone.
    expect((await app.send('GET', `${tokens}?user_id=${admin.id}`, { bearer: keeper.access })).list).toHaveLength(1)
    expect((await app.send('GET', `${tokens}/?q=${id}`, { bearer: keeper.access })).body['label']).toBe('secret plan')
    expect(codeOf(await app.send('GET', `${tokens}/${foreign.id}`, { bearer: keeper.access }))).toEqual(gone)
    expect((await app.send('DELETE', `${tokens}/${id}`, { bearer: keeper.access })).status).toBe(204)
  })

  it('needs the permission that is named', async () => {
    const { app, keyOf, programmer, viewer } = kit
    const { id } = await keyOf(programmer.access)
    await app.auth.permissions.unassign(programmer.id, 'programmer')
    for (const bearer of [programmer.access, viewer.access]) {
      for (const [method, path, body] of [
        ['GET', tokens],
        ['GET', `${tokens}/${id}`],
        ['DELETE', `${tokens}/${id}`],
        ['PUT', `${tokens}/${id}`, { label: 'x' }],
        ['PUT', `${tokens}/${id}`, { revoked: true }],
      ] as const) {
        expect(codeOf(await app.send(method, path, { bearer, ...(body && { body }) }))).toEqual(forbidden)
      }
    }
    expect((await app.send('GET', tokens)).status).toBe(401)
  })

  it('lists own keys in the forms that lists have', async () => {
    const { app, keyOf, programmer } = kit
    for (const label of ['b', 'c', 'a']) await keyOf(programmer.access, { label })
    const list = (query: string) => app.send('GET', `${tokens}${query}`, { bearer: programmer.access })
    expect((await list('')).list).toHaveLength(3)
    expect((await list('?sort=-label')).list.map(({ label }) => label)).toEqual(['c', 'b', 'a'])
    expect((await list('?limit=2&sort=label')).body).toMatchObject({ total: 3, data: [{ label: 'a' }, { label: 'b' }] })
    expect((await list('?search=c')).list).toHaveLength(1)
    expect((await list('?sort=secret_hash')).status).toBe(422)
    expect((await list('?filter[secret_hash][eq]=x')).status).toBe(422)
  })

  it('gives another label and revokes, for good', async () => {
    const { app, keyOf, me, programmer } = kit
    const { id, key } = await keyOf(programmer.access, { label: 'old' })
    const put = (body: object) => app.send('PUT', `${tokens}/${id}`, { bearer: programmer.access, body })
    expect((await put({ label: 'new', revoked: false, token: 'x' })).body).toMatchObject({
      label: 'new',
      revoked: false,
    })
    expect((await put({ revoked: true })).body).toMatchObject({ label: 'new', revoked: true })
    expect((await me(key)).status).toBe(401)
    expect(codeOf(await put({ revoked: false }))).toEqual([409, 'conflict'])
    expect((await put({ scopes: ['*'] })).code).toBe('unknown_field')
    expect((await put({ expires_at: null })).code).toBe('unknown_field')
    expect((await put({})).status).toBe(422)
    expect((await put({ label: 'x'.repeat(201) })).status).toBe(422)
  })

  it('reports what was made and ended', async () => {
    const events: string[] = []
    const app: App = await createApp({
      onEvent: ({ type, keyId, principalId }) => events.push(`${type} ${keyId} ${principalId}`),
    })
    const user = await app.signUp()
    await app.auth.permissions.assign(user.id, 'programmer')
    const made = await app.send('POST', tokens, { bearer: user.access, body: {} })
    const id = String(made.body['id'])
    await app.send('PUT', `${tokens}/${id}`, { bearer: user.access, body: { revoked: true } })
    await app.send('DELETE', `${tokens}/${id}`, { bearer: user.access })
    expect(events.filter((event) => event.startsWith('api_key'))).toEqual([
      `api_key.created ${id} ${user.id}`,
      `api_key.revoked ${id} ${user.id}`,
    ])
  })
})

const contracts: readonly (readonly [string, RouteContract])[] = Object.entries(routeContracts)
const withCaller = contracts.filter(([, { access }]) => access !== 'public')

describe('the owner of a new key', () => {
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx'
  const from = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }

  it.each([
    ['API key', tokens, (id: string) => ({ user_id: id })],
    ['SSH key', `${base}/ssh-keys`, (id: string) => ({ user_id: id, public_key: publicKey })],
  ])('hears of an %s that somebody else has made, and from where', async (what, path, bodyFor) => {
    const app = await createApp({ mail: { from: 'App <no-reply@app.test>' } })
    const [admin, owner] = [await app.signUp(), await app.signUp()]
    await app.auth.permissions.assign(admin.id, 'admin')
    const sent = { bearer: admin.access, body: bodyFor(owner.id), headers: from, ip: '198.51.100.7' }
    const got = await app.send('POST', path, sent)
    expect(got.status).toBe(201)
    const told = (await app.mails.last(owner.email))?.text
    for (const said of [what, 'Firefox on Linux', '198.51.100.7']) expect(told).toContain(said)
    if (what === 'API key') expect(told).not.toContain(String(got.body['raw_token']).slice(0, 29))
  })
})

describe('where a key was used last', () => {
  const minute = 60_000

  it('is shown with when, to whoever may see the key', async () => {
    const { app, keyOf, programmer } = kit
    const { id, key } = await keyOf(programmer.access)
    const shown = async () => {
      const listed = await app.send('GET', tokens, { bearer: programmer.access })
      const { last_used_at: at, last_used_ip: ip } = listed.list.find((each) => each['id'] === id) ?? {}
      expect((await app.send('GET', `${tokens}/${id}`, { bearer: programmer.access })).body).toMatchObject({
        last_used_at: at,
        last_used_ip: ip,
      })
      return [at, ip]
    }
    expect(await shown()).toEqual([null, null])
    const first = new Date(app.time.now).toISOString()
    await app.send('GET', `${base}/auth/me`, { bearer: key, ip: '2001:DB8::0:1' })
    await expect.poll(shown).toEqual([first, '2001:db8:0:0:0:0:0:1'])
    // Within the minute nothing is written, neither time nor address.
    app.time.now += minute - 1
    await app.send('GET', `${base}/auth/me`, { bearer: key, ip: '198.51.100.7' })
    expect(await shown()).toEqual([first, '2001:db8:0:0:0:0:0:1'])
    app.time.now += 1
    const second = new Date(app.time.now).toISOString()
    await app.send('GET', `${base}/auth/me`, { bearer: key, ip: '198.51.100.7' })
    await expect.poll(shown).toEqual([second, '198.51.100.7'])
  })

  it('is what a proxy says only where that is trusted, in routes of the app as well', async () => {
    const { app, keyOf, programmer } = kit
    const headers = new Headers({ 'x-forwarded-for': '203.0.113.9' })
    const used = async (options: { trustProxy?: number }) => {
      const { id, key } = await keyOf(programmer.access)
      headers.set('authorization', `Bearer ${key}`)
      const head = { method: 'GET', headers, ip: '::ffff:192.0.2.44' }
      await createGuard(app.auth, options).require(head)
      const ip = async () => (await app.auth.apiKeys.find(id))?.lastUsedIp
      await expect.poll(async () => (await app.auth.apiKeys.find(id))?.lastUsedAt).toBe(app.time.now)
      return await ip()
    }
    expect(await used({})).toBe('192.0.2.44')
    expect(await used({ trustProxy: 1 })).toBe('203.0.113.9')
  })
})

describe('credentials of routes', () => {
  /** Routes that API keys may use. One that is added here was thought about. */
  const forKeys = [
    'listRecords',
    'exportRecords',
    'createRecord',
    'deleteRecords',
    'showRecord',
    'updateRecord',
    'deleteRecord',
    'me',
    'myPermissions',
    'createToken',
    'listTokens',
    'showToken',
    'updateToken',
    'deleteToken',
    'createCollection',
    'checkPermission',
    'listAudit',
    'listCollections',
    'showCollection',
    'updateCollection',
    'migrateCollection',
    'deleteCollection',
    'showSettings',
    'updateSettings',
    'setSetting',
    'showCollectionSettings',
    'updateCollectionSettings',
    ...Object.keys(roleRoutes),
    'listSessions',
    'listUserSessions',
    'revokeSession',
    ...Object.keys(userRoutes),
    ...Object.keys(invitationRoutes).filter((name) => name !== 'acceptInvitation'),
    ...Object.keys(memberRoutes),
    // They show collections of run time to whoever may read them.
    'openapi',
    'apiReference',
    'apiSummary',
  ]

  it('are sessions alone, unless a route says otherwise', () => {
    expect(withCaller.flatMap(([name, { credentials }]) => (credentials === 'any' ? [name] : [])).sort()).toEqual(
      [...forKeys].sort(),
    )
  })

  it.each(withCaller.filter(([, { credentials }]) => credentials !== 'any'))(
    '%s answers 403 to an API key of an admin, whatever it may',
    async (_, contract) => {
      const { app, admin, keyOf } = kit
      const { key } = await keyOf(admin.access)
      const before = await app.rows()
      const path = `${base}${contract.mount === 'auth' ? '/auth' : ''}${contract.path}`.replaceAll(
        /\{\w+\}/g,
        unknownId,
      )
      const body = Object.fromEntries((contract.body?.required ?? []).map((field) => [field, 'x']))
      const sent = contract.body === null ? { bearer: key } : { bearer: key, body }
      const got = await app.send(contract.method, path, sent)
      expect(codeOf(got)).toEqual(forbidden)
      expect(got.text).not.toContain(key)
      expect(commonErrors(contract)).toContain('forbidden')
      // Nothing but the note that the key was used.
      const unused = (rows: string) => rows.replace(/cardea_api_keys 1 .*/, '')
      expect(unused(await app.rows())).toBe(unused(before))
    },
  )

  it.each([
    ['/mfa/totp/enroll', {}],
    ['/mfa/totp/activate', { code: '123456' }],
  ])('%s, which takes a ticket or a session, takes no API key', async (path, body) => {
    const { app, admin, keyOf } = kit
    const { key } = await keyOf(admin.access)
    expect(codeOf(await app.send('POST', `${base}/auth${path}`, { bearer: key, body }))).toEqual(forbidden)
  })

  it('does not take what looks like a key for one on those routes', async () => {
    const got = await kit.app.send('GET', `${base}/auth/sessions`, { bearer: 'cardea_nonsense' })
    expect(codeOf(got)).toEqual([401, 'token_invalid'])
  })
})

describe('createGuard with API keys', () => {
  const asked = (bearer: string) =>
    new Request('https://app.test/posts', { headers: { authorization: `Bearer ${bearer}` } })

  it('lets keys in with what they may, unless only sessions are wanted', async () => {
    const { guard, keyOf, programmer } = kit
    const { id, key } = await keyOf(programmer.access, { scopes: ['content:update'] })
    const { authentication, subject } = await guard.requirePermission(asked(key), 'content:update')
    expect(authentication).toMatchObject({ credential: 'api_key', principalId: programmer.id, apiKey: { id } })
    expect(authentication.session).toBeUndefined()
    expect(subject.can('content:read')).toBe(false)
    const refused = { code: 'forbidden' }
    await expect(guard.requirePermission(asked(key), 'tokens:create')).rejects.toMatchObject(refused)
    await expect(guard.require(asked(key), { credentials: 'session' })).rejects.toMatchObject(refused)
    await expect(guard.optional(asked(key), { credentials: 'session' })).rejects.toMatchObject(refused)
    await expect(guard.require(asked(programmer.access), { credentials: 'session' })).resolves.toBeDefined()
    await expect(guard.require(asked(key), { collections: ['customers'] })).rejects.toMatchObject({
      code: 'token_invalid',
    })
    await expect(guard.optional(asked(`${key}x`))).rejects.toMatchObject({ code: 'token_invalid' })
  })

  it('gives a key no password to change', async () => {
    const { app, guard, keyOf, admin } = kit
    const { authentication } = await guard.require(asked((await keyOf(admin.access)).key))
    const input = { currentPassword: 'correct horse battery', newPassword: 'another horse battery' }
    await expect(app.auth.users.changePassword(authentication, input)).rejects.toMatchObject({ code: 'forbidden' })
  })
})
