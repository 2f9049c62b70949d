import { sha256 } from '@cardea/core/crypto'
import { audit, limits, systemTables } from '@cardea/storage'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofApp, expecting, type ProofApp, password } from './app.js'
import { type CountedStorage, proofStorages } from './storages.js'

const api = '/api/v1'

/** Everybody and everything that an attempt is made on. */
interface World {
  readonly admin: { readonly id: string; readonly bearer: string; readonly assignment: string }
  /** May administer users, roles and keys, and read content; not more. One role of it denies what another one gives. */
  readonly manager: { readonly id: string; readonly bearer: string }
  readonly denial: string
  readonly viewer: string
}

interface Attempt {
  readonly what: string
  readonly method: string
  readonly path: (world: World) => string
  readonly body?: (world: World) => unknown
  readonly code?: string
}

const attempt = (
  what: string,
  [method, path]: readonly [method: string, path: string | ((world: World) => string)],
  body?: unknown,
  code = 'forbidden',
): Attempt => ({
  what,
  method,
  path: typeof path === 'string' ? () => path : path,
  ...(body === undefined ? {} : { body: typeof body === 'function' ? (body as Attempt['body'] & object) : () => body }),
  code,
})
const userOf = (who: 'admin' | 'manager') => (world: World) => `/users/${world[who].id}`

/** All ways to more than one has. */
const attempts: readonly Attempt[] = [
  attempt('a permission for the own role', ['POST', '/role-permissions'], {
    role: 'manager',
    permission: 'collections:create',
  }),
  ...['*', 'content:*', '*:read', 'tokens:admin'].map((permission) =>
    attempt(`${permission} for the own role`, ['POST', '/role-permissions'], { role: 'manager', permission }),
  ),
  attempt('a condition that everything meets, for a new role', ['POST', '/role-permissions'], {
    role: 'spare',
    permission: 'content:update',
    condition: { op: 'and', conditions: [] },
  }),
  attempt('the editor’s rights by inheritance', ['PUT', '/roles/spare'], { inherits: ['editor'] }),
  attempt('a role that inherits them, from the beginning', ['POST', '/roles'], { label: 'new', inherits: ['editor'] }),
  attempt('the end of a denial', ['DELETE', ({ denial }) => `/role-permissions/${denial}`]),
  ...['admin', 'editor'].map((role) =>
    attempt(`the role ${role} for oneself`, ['POST', '/role-assignments'], ({ manager }: World) => ({
      user_id: manager.id,
      role,
    })),
  ),
  attempt('the role editor in a tenant', ['POST', '/role-assignments'], ({ manager }: World) => ({
    user_id: manager.id,
    role: 'editor',
    scope: { tenant: 'acme' },
  })),
  attempt('the role editor for somebody else', ['POST', '/role-assignments'], ({ viewer }: World) => ({
    user_id: viewer,
    role: 'editor',
  })),
  attempt('the admin’s role taken', ['DELETE', ({ admin }) => `/role-assignments/${admin.assignment}`]),
  attempt('the role admin as a field of the own account', ['PATCH', userOf('manager')], { role: 'admin' }),
  attempt('an admin of one’s own making', ['POST', '/users'], {
    email: 'puppet@example.com',
    username: 'puppet',
    name: 'Puppet',
    password,
    role: 'admin',
  }),
  attempt('the admin’s password', ['PATCH', userOf('admin')], { password: 'a password of the attacker' }),
  attempt('the admin’s address, as documented', ['PUT', '/users/'], ({ admin }: World) => ({
    user_id: admin.id,
    username: 'admin',
    name: 'Admin',
    email: 'attacker@example.com',
    role: 'admin',
  })),
  attempt('the admin demoted', ['PATCH', userOf('admin')], { role: 'viewer' }),
  attempt('the admin disabled', ['PATCH', userOf('admin')], { status: 'disabled' }),
  attempt('the admin deleted', ['DELETE', userOf('admin')]),
  attempt('the admin deleted, and what it owned', ['POST', '/users/reassign-delete'], ({ admin, manager }: World) => ({
    user_id: admin.id,
    reassign_to: manager.id,
  })),
  attempt('a key of the admin', ['POST', '/tokens'], ({ admin }: World) => ({
    user_id: admin.id,
    token_type: 'api_key',
  })),
  attempt('a key that reaches further', ['POST', '/tokens'], ({ manager }: World) => ({
    user_id: manager.id,
    token_type: 'api_key',
    scopes: ['collections:create'],
  })),
  attempt('acting as the admin', ['POST', ({ admin }) => `/users/${admin.id}/impersonate`], { reason: 'curiosity' }),
]

/** What nobody may, an admin included. */
const protectedThings: readonly Attempt[] = [
  attempt(
    'a permission more for a built-in role',
    ['POST', '/role-permissions'],
    { role: 'viewer', permission: 'content:update' },
    'protected',
  ),
  attempt('a built-in role renamed', ['PUT', '/roles/editor'], { label: 'author' }, 'protected'),
  attempt('a built-in role that inherits', ['PUT', '/roles/viewer'], { inherits: ['editor'] }, 'protected'),
  attempt('a built-in role deleted', ['DELETE', '/roles/viewer'], undefined, 'protected'),
  attempt(
    'a built-in permission renamed',
    ['PUT', '/permissions/?q=content:read'],
    { label: 'content:look' },
    'protected',
  ),
  attempt('a built-in permission deleted', ['DELETE', '/permissions/?q=content:read'], undefined, 'protected'),
  attempt('the last admin demoted', ['PATCH', userOf('admin')], { role: 'viewer' }, 'last_admin'),
  attempt('the last admin disabled', ['PATCH', userOf('admin')], { status: 'disabled' }, 'last_admin'),
  attempt('the last admin deleted', ['DELETE', userOf('admin')], undefined, 'last_admin'),
  attempt(
    'the last admin’s role taken',
    ['DELETE', ({ admin }) => `/role-assignments/${admin.assignment}`],
    undefined,
    'last_admin',
  ),
]

describe.each(firstWhereQuick(proofStorages))('rights on $name', ({ open }) => {
  let opened: CountedStorage
  let app: ProofApp
  let world: World

  beforeAll(async () => {
    opened = await open()
    app = await createProofApp(opened.storage)
    await app.auth.createFirstAdmin({ email: 'admin@example.com', password, username: 'admin', name: 'Admin' })
    world = await build()
  })

  afterAll(async () => {
    await app.close()
    await opened.drop()
  })

  async function register(username: string): Promise<string> {
    const body = { email: `${username}@example.com`, username, name: username, password }
    return String((await expecting(201, app.send('POST', `${api}/auth/register`, { body }))).body['user_id'])
  }

  async function signIn(username: string) {
    const body = { email: `${username}@example.com`, password }
    const { body: answer } = await expecting(200, app.send('POST', `${api}/auth/login`, { body }))
    return { id: String(answer['user_id']), bearer: String(answer['access_token']) }
  }

  async function build(): Promise<World> {
    const { permissions } = app.auth
    const viewer = await register('viewer_1')
    await register('manager')
    const manager = await signIn('manager')
    await permissions.roles.create({ label: 'manager' })
    for (const resource of ['users', 'roles', 'permissions', 'tokens'] as const) {
      for (const operation of ['create', 'read', 'update', 'delete'] as const) {
        if (resource === 'tokens' && operation === 'update') continue
        await permissions.grants.add('manager', `${resource}:${operation}`)
      }
    }
    for (const permission of ['roles:admin', 'impersonation:create', 'media:create'] as const) {
      await permissions.grants.add('manager', permission)
    }
    await permissions.roles.create({ label: 'curbed' })
    const denial = await permissions.grants.add('curbed', 'media:create', { effect: 'deny' })
    await permissions.roles.create({ label: 'spare' })
    for (const role of ['manager', 'curbed']) await permissions.assign(manager.id, role)
    const admin = await signIn('admin')
    const [assignment] = await permissions.assignments.list({ principalId: admin.id })
    return { admin: { ...admin, assignment: assignment?.id ?? '' }, manager, denial: denial.id, viewer }
  }

  /** Everything but what says that somebody has tried. */
  async function rows(): Promise<readonly string[]> {
    const tables = systemTables.filter(({ name }) => name !== limits.name && name !== audit.name)
    return await Promise.all(
      tables.map(async (table) => {
        const found = await opened.storage.find(table, { limit: 'all' })
        return `${table.name} ${found.length} ${sha256(JSON.stringify(found))}`
      }),
    )
  }

  const send = (bearer: string, { method, path, body }: Attempt) =>
    app.send(method, `${api}${path(world)}`, { bearer, ...(body === undefined ? {} : { body: body(world) }) })

  it.each(attempts)('do not come by way of $what', async (each) => {
    const before = await rows()
    const { status, body } = await send(world.manager.bearer, each)
    expect([status, body['code']], JSON.stringify(body)).toEqual([403, 'forbidden'])
    expect(await rows()).toEqual(before)
  })

  it.each(protectedThings)('are kept from everybody: $what', async (each) => {
    const before = await rows()
    const { status, body } = await send(world.admin.bearer, each)
    expect([status, body['code']], JSON.stringify(body)).toEqual([409, each.code])
    expect(await rows()).toEqual(before)
  })

  it('may be handed on as far as one has them', async () => {
    const { manager, viewer } = world
    const asManager = (method: string, path: string, body: unknown) =>
      app.send(method, `${api}${path}`, { bearer: manager.bearer, body })
    await expecting(201, asManager('POST', '/roles', { label: 'helper' }))
    await expecting(201, asManager('POST', '/role-permissions', { role: 'helper', permission: 'users:read' }))
    await expecting(201, asManager('POST', '/role-assignments', { user_id: viewer, role: 'helper' }))
    expect((await app.auth.permissions.subject(viewer)).can('users:read')).toBe(true)
  })

  it('leave an admin where two demote each other at once', async () => {
    const { permissions } = app.auth
    const other = await register('second')
    await permissions.assign(other, 'admin')
    const { admin } = world
    const { bearer } = await signIn('second')
    const demoted = await Promise.all([
      app.send('PATCH', `${api}/users/${other}`, { bearer: admin.bearer, body: { role: 'viewer' } }),
      app.send('PATCH', `${api}/users/${admin.id}`, { bearer, body: { role: 'viewer' } }),
    ])
    // Whoever comes second is an admin no more, or would be the last one.
    const codes = demoted.map(({ status, body }) => (status === 200 ? 'done' : body['code']))
    expect(codes).toContain('done')
    expect(codes.filter((code) => code === 'done')).toHaveLength(1)
    const left = await Promise.all([admin.id, other].map(async (id) => (await permissions.subject(id)).bypass))
    expect(left.filter((isAdmin) => isAdmin)).toHaveLength(1)
  })
})
