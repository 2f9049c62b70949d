import { beforeAll, describe, expect, it } from 'vitest'
import { type App, authPath, createApp, password } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'

const contracts: readonly RouteContract[] = Object.values(routeContracts)
const id = '01a2014d-b475-7215-8438-031c3b71c287'
const pathOf = ({ mount, path }: RouteContract) =>
  `${{ auth: authPath('users'), api: '/api/v1', root: '', site: '' }[mount]}${path.replace('{name}/records', 'customers/records').replace(/\{\w+\}/g, id)}`
const nameOf = (contract: RouteContract) => `${contract.method} ${contract.path}`
const fieldsOf = ({ body }: RouteContract) => [...(body?.required ?? []), ...(body?.optional ?? [])]

/** What decides who somebody is and what it may, as products of this kind call it. */
const privileged: Readonly<Record<string, unknown>> = {
  role: 'admin',
  role_id: id,
  roles: ['admin'],
  permissions: ['*'],
  is_admin: true,
  bypass: true,
  verified: true,
  email_verified: true,
  emailVerified: true,
  status: 'active',
  banned: false,
  disabled: false,
  id,
  user_id: id,
  userId: id,
  ownerId: id,
  principal_id: id,
  collection: 'users',
  hash: 'a hash',
  passwordHash: 'a hash',
  password_hash: 'a hash',
  tokenKey: 'a key',
  epoch: 0,
  authz_version: 1,
  createdAt: 0,
  created_at: '2026-01-15T10:00:00Z',
  mfa: false,
  mfa_enabled: false,
  mfaEnabled: false,
  skipMfa: true,
  aal: 2,
  trusted: true,
  tenant: 'acme',
  system_protected: false,
  scope: null,
}

/**
 * The routes that take one of these names, and what for. Whatever else takes one has to be written down here. What the server
 * alone decides is accepted from clients of the seeds, which send it, and ignored, or must be what it is: see below.
 */
const takenBy: Readonly<Record<string, readonly string[]>> = {
  // Whom a question is about; for others it takes a permission, and it changes nothing.
  'POST /authz/check': ['user_id', 'collection', 'tenant'],
  // Roles and permissions are what these are there for; ids, times and protection are ignored.
  'POST /roles': ['role_id', 'id', 'created_at', 'tenant', 'system_protected'],
  'PUT /roles/{id}': ['role_id', 'id', 'created_at', 'tenant', 'system_protected'],
  'POST /permissions': ['id', 'created_at', 'system_protected'],
  'PUT /permissions/{id}': ['id', 'created_at', 'system_protected'],
  'POST /role-permissions': ['role', 'role_id', 'id', 'created_at'],
  'POST /role-assignments': ['role', 'role_id', 'id', 'user_id', 'created_at', 'scope'],
  // Administration of users: each of these as far as the caller's own rights go. The hash is ignored.
  'POST /users': ['role', 'verified', 'hash'],
  'PUT /users': ['role', 'verified', 'status', 'user_id', 'hash'],
  'PUT /users/{id}': ['role', 'verified', 'status', 'user_id', 'hash'],
  'PATCH /users/{id}': ['role', 'verified', 'status', 'hash'],
  'POST /users/reassign-delete': ['user_id'],
  // Whether second factors may be set up at all.
  'PATCH /settings/auth': ['mfa_enabled'],
  'PATCH /collections/{name}/settings': ['mfa_enabled'],
  // Ignored: whoever registers gets the default role.
  'POST /register': ['role'],
  // As far as the rights of whoever invites go.
  'POST /invitations': ['role'],
  // Whose it is to be: for others, with the permission to do so. The hash is ignored.
  'POST /ssh-keys': ['user_id'],
  'POST /tokens': ['user_id', 'hash'],
  'PUT /tokens/{id}': ['hash'],
  // Of the one who is acted as, who is found in it and may not be more than the actor.
  'POST /users/{id}/impersonate': ['collection'],
}

const withBody = contracts.filter(({ body, foreignForm }) => body !== null && foreignForm !== true)

describe('fields that decide over rights', () => {
  let app: App
  let admin: string

  beforeAll(async () => {
    app = await createApp({ mail: {}, auth: { otp: { enabled: true }, mfa: { enabled: true } } })
    await app.auth.createFirstAdmin({ email: 'root@example.test', password, username: 'root', name: 'Root' })
    const signedIn = await app.send('POST', `${authPath('users')}/login`, {
      body: { email: 'root@example.test', password },
    })
    admin = String(signedIn.body['access_token'])
  })

  it('are taken by the routes that are written down here, and no other', () => {
    const order = (fields: readonly string[]) => Object.keys(privileged).filter((field) => fields.includes(field))
    const taken = withBody.map((contract) => [nameOf(contract), order(fieldsOf(contract))] as const)
    const found = Object.fromEntries(taken.filter(([, fields]) => fields.length !== 0))
    const sorted = Object.entries(takenBy).map(([name, fields]) => [name, order(fields)])
    expect(found).toEqual(Object.fromEntries(sorted))
  })

  it.each(withBody.map((contract) => [contract.method, pathOf(contract), contract] as const))(
    '%s %s refuses all others, and changes nothing',
    async (method, path, contract) => {
      // An admin, who lacks nothing but the right to send them.
      const sent = contract.access === 'public' ? {} : { bearer: admin }
      const others = Object.fromEntries((contract.body?.required ?? []).map((name) => [name, 'a text']))
      const before = await app.rows()
      for (const [field, value] of Object.entries(privileged)) {
        if (fieldsOf(contract).includes(field)) continue
        const got = await app.send(method, path, { ...sent, body: { ...others, [field]: value } })
        expect([field, got.status], got.text).toEqual([field, 422])
        // Beside what is wrong with the rest.
        expect(got.body['errors'], got.text).toContainEqual(
          expect.objectContaining({ path: field, code: 'unknown_field' }),
        )
      }
      expect(await app.rows()).toBe(before)
    },
  )

  it.each(withBody.map((contract) => [contract.method, pathOf(contract), contract] as const))(
    '%s %s refuses a prototype, at any depth',
    async (method, path, contract) => {
      const sent = contract.access === 'public' ? {} : { bearer: admin }
      const before = await app.rows()
      for (const raw of [
        '{"__proto__":{"role":"admin"}}',
        '{"data":{"__proto__":{"role":"admin"}}}',
        '{"fields":[{"__proto__":{"role":"admin"}}]}',
        '{"constructor":{"prototype":{"role":"admin"}}}',
      ]) {
        const got = await app.send(method, path, { ...sent, body: raw })
        expect([raw, got.status], got.text).toEqual([raw, 422])
      }
      expect(await app.rows()).toBe(before)
      expect(Object.hasOwn(Object.prototype, 'role')).toBe(false)
    },
  )

  const closed = contracts.filter(({ access }) => access !== 'public' && access !== 'optional')

  it.each(closed.map((contract) => [contract.method, pathOf(contract), contract] as const))(
    '%s %s is as closed to nobody who sends them',
    async (method, path, contract) => {
      const before = await app.rows()
      const [root] = (await app.auth.users.list({ filter: { username: { eq: 'root' } } })).items
      const names = ['user_id', 'userId', 'ownerId', 'principal_id', 'actor_id'] as const
      const whose = Object.fromEntries(names.map((name) => [name, root?.id]))
      const trusted = 'overrideAccess=true&trusted=1&skip_auth=1'
      for (const [sent, query] of [
        [contract.body === null ? {} : { body: { ...privileged, ...whose } }, ''],
        [{}, `?user_id=${root?.id}`],
        [{}, `?${trusted}`],
        [{ headers: { 'x-user-id': String(root?.id), 'x-role': 'admin' } }, ''],
      ] as const) {
        const got = await app.send(method, `${path}${query}`, sent)
        // Whatever is wrong with a request is said to whoever sends it; nothing else is.
        expect([400, 401, 403, 422], got.text).toContain(got.status)
        if (got.status === 403) expect(got.code).not.toBe('forbidden')
      }
      expect(await app.rows()).toBe(before)
    },
  )

  it('is decided by the server where it is for the server to decide', async () => {
    const made: Readonly<Record<string, object>> = {
      '/roles': { label: 'made_up' },
      '/permissions': { label: 'made_up:read' },
      '/role-permissions': { role: 'made_up', permission: 'content:read' },
      '/role-assignments': { role: 'made_up', user_id: (await app.signUp()).id },
    }
    const claimed = { id, system_protected: true, created_at: '2001-01-01T00:00:00Z' }
    for (const [path, body] of Object.entries(made)) {
      const own = Object.fromEntries(
        Object.entries(claimed).filter(([name]) => takenBy[`POST ${path}`]?.includes(name)),
      )
      const got = await app.send('POST', `/api/v1${path}`, { bearer: admin, body: { ...own, ...body } })
      expect([path, got.status], got.text).toEqual([path, 201])
      for (const [name, value] of Object.entries(own))
        expect([path, name, got.body[name] === value]).toEqual([path, name, false])
    }
  })
})
