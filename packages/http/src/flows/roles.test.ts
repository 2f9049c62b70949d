import { own } from 'cardea'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Account, createApp, type Got } from '../app.fixture.js'
import { createGuard } from '../index.js'

const base = '/api/v1'
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

async function setUp() {
  const app = await createApp()
  const { permissions } = app.auth
  /** Looks after roles, and has but the rights that this takes, and one of the app. */
  await permissions.roles.create({ label: 'warden', inherits: ['viewer'] })
  for (const permission of ['roles:*', 'permissions:*', 'users:read'] as const) {
    await permissions.grants.add('warden', permission)
  }
  const [admin, warden, viewer] = [await app.signUp(), await app.signUp(), await app.signUp()]
  await permissions.assign(admin.id, 'admin')
  await permissions.assign(warden.id, 'warden')
  const as =
    (account: Account | string) =>
    (method: string, path: string, body?: unknown): Promise<Got> =>
      app.send(method, `${base}${path}`, {
        bearer: typeof account === 'string' ? account : account.access,
        ...(body === undefined ? {} : { body }),
      })
  const idOf = async (label: string) => (await permissions.roles.find(label))?.id ?? ''
  const guard = createGuard(app.auth)
  /** What somebody may in a route of the app, with the next request. */
  const may = async ({ access }: Account) => {
    const request = new Request('https://app.test/posts', { headers: { authorization: `Bearer ${access}` } })
    return (await guard.require(request)).subject.list()
  }
  /** The key of an account, with no more than some scopes. */
  const keyOf = async (account: Account, scopes: readonly string[]) => {
    const got = await as(account)('POST', '/tokens', { scopes })
    return as(String(got.body['raw_token']))
  }
  return { app, admin, warden, viewer, as, byAdmin: as(admin), byWarden: as(warden), idOf, may, keyOf }
}

let kit: Awaited<ReturnType<typeof setUp>>
beforeEach(async () => {
  kit = await setUp()
})

const codeOf = ({ status, code }: Got) => [status, code]
const placesOf = ({ body }: Got) =>
  Array.isArray(body['errors']) ? body['errors'].map((issue: { path: string }) => issue.path) : []

describe('/roles', () => {
  it('makes, shows, changes and removes a role, by either spelling', async () => {
    const { byAdmin, idOf } = kit
    const created = await byAdmin('POST', '/roles', {
      label: 'contributor',
      description: 'Writes',
      inherits: ['viewer'],
    })
    expect(created.status).toBe(201)
    const id = String(created.body['role_id'])
    expect(created.headers.get('location')).toBe(`${base}/roles/${id}`)
    expect(created.body).toEqual({
      role_id: id,
      id,
      label: 'contributor',
      description: 'Writes',
      system_protected: false,
      inherits: ['viewer'],
      tenant: null,
      date_created: expect.stringMatching(instant),
      date_modified: expect.stringMatching(instant),
      created_at: created.body['date_created'],
      updated_at: created.body['date_modified'],
    })
    for (const path of [`/roles/${id}`, `/roles/?q=${id}`, `/roles?q=${id}`, '/roles/contributor']) {
      expect((await byAdmin('GET', path)).body).toEqual(created.body)
    }
    // Clients send back what they got.
    const changed = await byAdmin('PUT', `/roles/?q=${id}`, { ...created.body, label: 'author', inherits: [] })
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({ id, label: 'author', description: 'Writes', inherits: [] })
    expect((await byAdmin('PUT', `/roles/${id}`, { inherits: [await idOf('editor')] })).body).toMatchObject({
      label: 'author',
      inherits: ['editor'],
    })
    expect((await byAdmin('DELETE', `/roles/?q=${id}`)).status).toBe(204)
    expect(codeOf(await byAdmin('GET', `/roles/${id}`))).toEqual([404, 'not_found'])
    expect(codeOf(await byAdmin('DELETE', `/roles/${id}`))).toEqual([404, 'not_found'])
  })

  it('lists roles in every form, filtered, searched and sorted', async () => {
    const { app, byAdmin } = kit
    const labels = (got: Got, key?: string) =>
      (key === undefined ? got.list : (got.body[key] as readonly Record<string, unknown>[])).map(({ label }) => label)
    const all = (await app.auth.permissions.roles.list()).map(({ label }) => label)
    const total = all.length
    expect(labels(await byAdmin('GET', '/roles'))).toEqual(all)
    expect(labels(await byAdmin('GET', '/roles/'))).toEqual(all)
    const part = await byAdmin('GET', '/roles?limit=2&offset=1&sort=-label')
    expect(part.body).toMatchObject({ total, limit: 2, offset: 1 })
    expect(labels(part, 'data')).toEqual(all.toReversed().slice(1, 3))
    const page = await byAdmin('GET', '/roles?page=2&per_page=4')
    expect(page.body).toMatchObject({ page: 2, per_page: 4, total, total_pages: Math.ceil(total / 4) })
    expect(labels(page, 'items')).toEqual(all.slice(4, 8))
    const first = await byAdmin('GET', '/roles?cursor=&limit=4')
    const second = await byAdmin('GET', `/roles?cursor=${first.body['next_cursor']}&limit=100`)
    expect([...labels(first, 'data'), ...labels(second, 'data')]).toEqual(all)
    expect(second.body['next_cursor']).toBeNull()
    expect(labels(await byAdmin('GET', '/roles?filter[label][eq]=editor'))).toEqual(['editor'])
    expect(labels(await byAdmin('GET', '/roles?filter[system_protected][eq]=true'))).toEqual(['admin'])
    expect(labels(await byAdmin('GET', '/roles?search=EDIT'))).toEqual(['editor'])
    expect(codeOf(await byAdmin('GET', '/roles?sort=bypass'))).toEqual([422, 'unknown_field'])
    expect(codeOf(await byAdmin('GET', '/roles?filter[bypass][eq]=true'))).toEqual([422, 'unknown_field'])
  })

  it.each([
    [{}, ['label']],
    [{ label: '' }, ['label']],
    [{ label: unknownId }, ['label']],
    [{ label: 'x', inherits: ['admin'] }, ['inherits.0']],
    [{ label: 'x', description: 'é'.repeat(501) }, ['description']],
  ])('refuses to make %j', async (body, places) => {
    const got = await kit.byAdmin('POST', '/roles', body)
    expect([...codeOf(got), placesOf(got)]).toEqual([422, 'invalid_request', places])
  })

  it('refuses what it does not know, what there is, and a body that is about another', async () => {
    const { byAdmin, idOf } = kit
    expect(codeOf(await byAdmin('POST', '/roles', { label: 'x', bypass: true }))).toEqual([422, 'unknown_field'])
    expect(codeOf(await byAdmin('POST', '/roles', { label: 'viewer' }))).toEqual([409, 'conflict'])
    expect(codeOf(await byAdmin('POST', '/roles', { label: 'x', inherits: ['nobody'] }))).toEqual([404, 'not_found'])
    const other = { role_id: await idOf('viewer'), label: 'other' }
    expect(codeOf(await byAdmin('PUT', `/roles/${await idOf('warden')}`, other))).toEqual([422, 'invalid_request'])
    expect(codeOf(await byAdmin('PUT', '/roles/warden', { tenant: 'acme' }))).toEqual([422, 'invalid_request'])
    expect(codeOf(await byAdmin('PUT', `/roles/${unknownId}`, { label: 'x' }))).toEqual([404, 'not_found'])
    // Made protected by nobody but code.
    expect((await byAdmin('POST', '/roles', { label: 'y', system_protected: true })).body['system_protected']).toBe(
      false,
    )
  })

  it('keeps roles in use, and those that inherit each other from running in a circle', async () => {
    const { byAdmin, viewer, app } = kit
    await byAdmin('POST', '/roles', { label: 'parent' })
    await byAdmin('POST', '/roles', { label: 'child', inherits: ['parent'] })
    expect(codeOf(await byAdmin('DELETE', '/roles/parent'))).toEqual([409, 'role_in_use'])
    const circle = await byAdmin('PUT', '/roles/parent', { inherits: ['child'] })
    expect(circle.status).toBe(422)
    await app.auth.permissions.assign(viewer.id, 'child')
    expect(codeOf(await byAdmin('DELETE', '/roles/child'))).toEqual([409, 'role_in_use'])
    await app.auth.permissions.unassign(viewer.id, 'child')
    expect((await byAdmin('DELETE', '/roles/child')).status).toBe(204)
    expect((await byAdmin('DELETE', '/roles/parent')).status).toBe(204)
  })

  it.each([
    ['PUT', '/roles/admin', { label: 'root' }],
    ['PUT', '/roles/admin', { inherits: ['viewer'] }],
    ['DELETE', '/roles/admin', undefined],
    ['POST', '/role-permissions', { role: 'admin', permission: 'content:read' }],
    ['POST', '/role-permissions', { role: 'admin', permission: 'content:read', effect: 'deny' }],
    // Code declares it, and would make it again.
    ['PUT', '/roles/viewer', { label: 'reader' }],
    ['DELETE', '/roles/viewer', undefined],
  ])('protects roles of code: %s %s %j', async (method, path, body) => {
    const { app, byAdmin } = kit
    const before = await app.rows()
    expect(codeOf(await byAdmin(method, path, body))).toEqual([409, 'protected'])
    expect(await app.rows()).toBe(before)
  })
})

describe('/permissions', () => {
  it('lists what code declares as protected, and says where each comes from', async () => {
    const { byAdmin } = kit
    const { list } = await byAdmin('GET', '/permissions')
    const of = (label: string) => list.find((each) => each['label'] === label)
    expect(of('content:read')).toEqual({
      permission_id: of('content:read')?.['id'],
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      label: 'content:read',
      description: '',
      system_protected: true,
      origin: 'app',
      date_created: expect.stringMatching(instant),
      date_modified: expect.stringMatching(instant),
      created_at: expect.stringMatching(instant),
      updated_at: expect.stringMatching(instant),
    })
    expect(of('config:read')?.['origin']).toBe('cardea')
    expect(of('posts:read')?.['origin']).toBe('collection')
    const own = await byAdmin('GET', '/permissions?filter[origin][eq]=cardea&search=audit')
    expect(own.list.map(({ label }) => label)).toEqual(['audit:read'])
  })

  it('makes, shows, changes and removes one', async () => {
    const { byAdmin } = kit
    const created = await byAdmin('POST', '/permissions', { label: 'reports:send', description: 'Send' })
    expect(created.status).toBe(201)
    const id = String(created.body['permission_id'])
    expect(created.headers.get('location')).toBe(`${base}/permissions/${id}`)
    expect(created.body).toMatchObject({ id, label: 'reports:send', system_protected: false, origin: 'custom' })
    for (const path of [`/permissions/${id}`, `/permissions/?q=${id}`, '/permissions?q=reports:send']) {
      expect((await byAdmin('GET', path)).body).toEqual(created.body)
    }
    const changed = await byAdmin('PUT', `/permissions/?q=${id}`, { ...created.body, label: 'reports:mail' })
    expect(changed.body).toMatchObject({ id, label: 'reports:mail', description: 'Send' })
    const granted = await byAdmin('POST', '/role-permissions', { role: 'warden', permission_id: id })
    expect(granted.status).toBe(201)
    expect(codeOf(await byAdmin('DELETE', `/permissions/${id}`))).toEqual([409, 'conflict'])
    await byAdmin('DELETE', `/role-permissions/${granted.body['id']}`)
    expect((await byAdmin('DELETE', `/permissions/${id}`)).status).toBe(204)
    expect(codeOf(await byAdmin('GET', `/permissions/${id}`))).toEqual([404, 'not_found'])
  })

  it('protects those of code, and refuses labels of another form', async () => {
    const { app, byAdmin } = kit
    const before = await app.rows()
    expect(codeOf(await byAdmin('PUT', '/permissions/?q=content:read', { label: 'content:see' }))).toEqual([
      409,
      'protected',
    ])
    expect(codeOf(await byAdmin('DELETE', '/permissions/?q=content:read'))).toEqual([409, 'protected'])
    expect(codeOf(await byAdmin('POST', '/permissions', { label: 'content:read' }))).toEqual([409, 'conflict'])
    for (const label of ['content', 'content:*', '*', 'Content:read', 'content:read:all', 'content:re_ad', '']) {
      const got = await byAdmin('POST', '/permissions', { label })
      expect([...codeOf(got), placesOf(got)], label).toEqual([422, 'invalid_request', ['label']])
    }
    expect(codeOf(await byAdmin('GET', '/permissions/?q=%00'))).toEqual([404, 'not_found'])
    expect(await app.rows()).toBe(before)
  })
})

describe('/role-permissions', () => {
  it('gives a permission to a role, which counts with the next request, and takes it again', async () => {
    const { app, byAdmin, idOf, may, viewer } = kit
    const role = await idOf('viewer')
    await app.auth.permissions.roles.create({ label: 'contributor' })
    await app.auth.permissions.assign(viewer.id, 'contributor')
    expect(await may(viewer)).not.toContain('content:create')
    const permission = (await byAdmin('GET', '/permissions?q=content:create')).body['id']
    const contributor = await idOf('contributor')
    const body = { role_id: contributor, permission_id: permission }
    const granted = await byAdmin('POST', '/role-permissions', body)
    expect(granted.status).toBe(201)
    const id = String(granted.body['id'])
    expect(granted.headers.get('location')).toBe(`${base}/role-permissions/${id}`)
    expect(granted.body).toEqual({
      id,
      ...body,
      permission: 'content:create',
      effect: 'allow',
      condition: null,
      fields: null,
      date_created: expect.stringMatching(instant),
      created_at: granted.body['date_created'],
    })
    expect(await may(viewer)).toContain('content:create')
    expect(codeOf(await byAdmin('POST', '/role-permissions', body))).toEqual([409, 'conflict'])
    for (const path of [
      `/role-permissions/role/?q=${contributor}`,
      `/role-permissions/role?q=contributor`,
      `/role-permissions/role/${contributor}`,
      `/role-permissions?role_id=${contributor}`,
      '/role-permissions?filter[role_id][eq]=contributor',
    ]) {
      expect((await byAdmin('GET', path)).list, path).toEqual([granted.body])
    }
    expect((await byAdmin('GET', `/role-permissions/?q=${id}`)).body).toEqual(granted.body)
    expect((await byAdmin('GET', `/role-permissions/role/${role}`)).list).toHaveLength(1)
    expect((await byAdmin('DELETE', `/role-permissions/?q=${id}`)).status).toBe(204)
    expect(await may(viewer)).not.toContain('content:create')
    expect(codeOf(await byAdmin('DELETE', `/role-permissions/${id}`))).toEqual([404, 'not_found'])
  })

  it('lists in parts, by id', async () => {
    const { byAdmin } = kit
    const all = (await byAdmin('GET', '/role-permissions')).list.map(({ id }) => id)
    expect(all).toEqual([...all].sort())
    expect((await byAdmin('GET', '/role-permissions?limit=3&offset=2')).body).toMatchObject({
      data: [{ id: all[2] }, { id: all[3] }, { id: all[4] }],
      total: all.length,
    })
    const seen: unknown[] = []
    for (let cursor: unknown = ''; cursor !== null; ) {
      const { body } = await byAdmin('GET', `/role-permissions?cursor=${cursor}&limit=4`)
      seen.push(...(body['data'] as readonly { id: string }[]).map(({ id }) => id))
      cursor = body['next_cursor']
    }
    expect(seen).toEqual(all)
    expect(codeOf(await byAdmin('GET', '/role-permissions?sort=-id'))).toEqual([422, 'invalid_request'])
    expect(codeOf(await byAdmin('GET', '/role-permissions/role?q=nobody'))).toEqual([404, 'not_found'])
    expect(codeOf(await byAdmin('GET', '/role-permissions?role_id=nobody'))).toEqual([404, 'not_found'])
  })

  it('takes conditions, fields, denials and wildcards', async () => {
    const { byAdmin } = kit
    await byAdmin('POST', '/roles', { label: 'author' })
    const condition = own('author_id')
    const some = await byAdmin('POST', '/role-permissions', {
      role: 'author',
      permission: 'content:update',
      condition,
      fields: ['title'],
    })
    expect([some.status, some.body['fields'], some.body['condition']]).toEqual([201, ['title'], condition])
    const denied = await byAdmin('POST', '/role-permissions', {
      role: 'author',
      permission: 'content:*',
      effect: 'deny',
    })
    expect(denied.body).toMatchObject({ permission_id: null, permission: 'content:*', effect: 'deny' })
    const wrong = { role: 'author', permission: 'content:read' }
    for (const [more, code] of [
      [{ condition: { op: 'like', field: 'x' } }, 'invalid_request'],
      [{ condition: 'author_id = 1' }, 'invalid_request'],
      [{ effect: 'maybe' }, 'invalid_request'],
      [{ fields: [] }, 'invalid_request'],
      [{ role_id: unknownId }, 'invalid_request'],
      [{ permission_id: unknownId }, 'invalid_request'],
      [{ sudo: true }, 'unknown_field'],
    ] as const) {
      expect(codeOf(await byAdmin('POST', '/role-permissions', { ...wrong, ...more })), JSON.stringify(more)).toEqual([
        422,
        code,
      ])
    }
    expect(placesOf(await byAdmin('POST', '/role-permissions', { role: 'author' }))).toEqual(['permission_id'])
    expect(placesOf(await byAdmin('POST', '/role-permissions', { permission: 'content:read' }))).toEqual(['role_id'])
    for (const missing of [
      { role: 'nobody', permission: 'content:read' },
      { role: 'author', permission: 'content:fly' },
      { role: 'author', permission_id: unknownId },
    ]) {
      expect(codeOf(await byAdmin('POST', '/role-permissions', missing))).toEqual([404, 'not_found'])
    }
  })

  it('does not take from a role what code gives it', async () => {
    const { byAdmin } = kit
    const [grant] = (await byAdmin('GET', '/role-permissions/role/viewer')).list
    expect(codeOf(await byAdmin('DELETE', `/role-permissions/${grant?.['id']}`))).toEqual([409, 'protected'])
  })
})

describe('/role-assignments', () => {
  it('gives more than one role, for a while or a place, and takes them', async () => {
    const { app, byAdmin, idOf, may, viewer } = kit
    app.time.now += 1
    const expires = new Date(app.time.now + 60_000).toISOString()
    const body = { user_id: viewer.id, role_id: await idOf('editor'), expires_at: expires }
    const given = await byAdmin('POST', '/role-assignments', body)
    expect(given.status).toBe(201)
    const id = String(given.body['id'])
    expect(given.headers.get('location')).toBe(`${base}/role-assignments/${id}`)
    expect(given.body).toEqual({
      id,
      ...body,
      role: 'editor',
      scope: null,
      date_created: expect.stringMatching(instant),
      created_at: given.body['date_created'],
    })
    expect(await may(viewer)).toContain('content:update')
    app.time.now += 60_000
    expect(await may(viewer)).not.toContain('content:update')
    const scoped = await byAdmin('POST', '/role-assignments', {
      user_id: viewer.id,
      role: 'editor',
      scope: { tenant: 'acme', resource_type: null },
    })
    expect(scoped.body['scope']).toEqual({ tenant: 'acme', resource_type: null, resource_id: null })
    expect(await may(viewer)).not.toContain('content:update')
    const { list } = await byAdmin('GET', `/role-assignments?user_id=${viewer.id}`)
    expect(list.map(({ role, scope }) => [role, scope])).toEqual([
      ['viewer', null],
      ['editor', null],
      ['editor', { tenant: 'acme', resource_type: null, resource_id: null }],
    ])
    expect((await byAdmin('GET', '/role-assignments?filter[role_id][eq]=editor&limit=1')).body).toMatchObject({
      data: [{ id }],
      total: 2,
    })
    expect((await byAdmin('GET', `/role-assignments/?q=${id}`)).body).toEqual(given.body)
    expect((await byAdmin('DELETE', `/role-assignments/?q=${id}`)).status).toBe(204)
    expect(codeOf(await byAdmin('DELETE', `/role-assignments/${id}`))).toEqual([404, 'not_found'])
  })

  it('refuses what is no user, role, place or instant', async () => {
    const { app, byAdmin, viewer } = kit
    const user = { user_id: viewer.id }
    const past = new Date(app.time.now).toISOString()
    for (const [body, code] of [
      [{ user_id: unknownId, role: 'editor' }, 'not_found'],
      [{ user_id: '\u0000', role: 'editor' }, 'not_found'],
      [{ ...user, role: 'nobody' }, 'not_found'],
      [user, 'invalid_request'],
      [{ ...user, role: 'editor', role_id: unknownId }, 'invalid_request'],
      [{ ...user, role: 'editor', expires_at: past }, 'invalid_request'],
      [{ ...user, role: 'editor', expires_at: 'soon' }, 'invalid_request'],
      [{ ...user, role: 'editor', scope: 'acme' }, 'invalid_request'],
      // A tenant without a name must not come to mean all of them.
      [{ ...user, role: 'editor', scope: { tenant: '' } }, 'invalid_request'],
      [{ ...user, role: 'editor', scope: { tenant: null } }, 'invalid_request'],
      [{ ...user, role: 'editor', scope: {} }, 'invalid_request'],
      [{ ...user, role: 'editor', scope: { resource_type: 'content' } }, 'invalid_request'],
      [{ ...user, role: 'editor', scope: { team: 'x' } }, 'unknown_field'],
    ] as const) {
      expect((await byAdmin('POST', '/role-assignments', body)).code, JSON.stringify(body)).toBe(code)
    }
    expect((await byAdmin('GET', '/role-assignments?user_id=nobody')).list).toEqual([])
  })

  it('says which member of a body names nothing that there is', async () => {
    const { byAdmin, viewer } = kit
    const user = { user_id: viewer.id }
    const noRole = 'is no label or id of a role: '
    const noPermission = 'is no label or id of a permission: '
    const long = 'x'.repeat(1_000)
    for (const [path, body, place, code, message] of [
      ['/role-assignments', { ...user, role: 'nobody' }, 'role', 'unknown_role', `${noRole}nobody`],
      ['/role-assignments', { ...user, role_id: unknownId }, 'role_id', 'unknown_role', `${noRole}${unknownId}`],
      ['/role-assignments', { user_id: unknownId, role: 'editor' }, 'user_id', 'unknown_principal', /^must/],
      ['/role-assignments', { user_id: 'nobody', role: 'editor' }, 'user_id', 'unknown_principal', /^must/],
      ['/role-permissions', { role: 'nobody', permission: 'content:read' }, 'role', 'unknown_role', `${noRole}nobody`],
      ['/role-permissions', { role: long, permission: 'content:read' }, 'role', 'unknown_role', /x{129}…$/],
      [
        '/role-permissions',
        { role: 'editor', permission_id: unknownId },
        'permission_id',
        'unknown_permission',
        `${noPermission}${unknownId}`,
      ],
    ] as const) {
      const got = await byAdmin('POST', path, body)
      expect(codeOf(got), got.text).toEqual([404, 'not_found'])
      const matching = typeof message === 'string' ? message : expect.stringMatching(message)
      expect(got.body['errors'], got.text).toMatchObject([{ path: place, code, message: matching }])
    }
  })

  it('knows no assignment by what is no id', async () => {
    const { byAdmin } = kit
    expect(codeOf(await byAdmin('GET', '/role-assignments/x'))).toEqual([404, 'not_found'])
  })
})

describe('the grant ceiling', () => {
  it('lets nobody give what it does not have', async () => {
    const { app, byWarden, byAdmin, warden, viewer, may } = kit
    await byAdmin('POST', '/roles', { label: 'helper' })
    const before = await app.rows()
    const rights = await may(warden)
    for (const [method, path, body] of [
      // To others, and by way of them to itself.
      ['POST', '/role-permissions', { role: 'helper', permission: 'content:delete' }],
      ['POST', '/role-permissions', { role: 'warden', permission: 'content:delete' }],
      ['POST', '/role-permissions', { role: 'warden', permission: '*' }],
      ['POST', '/role-permissions', { role: 'helper', permission: 'content:*' }],
      ['POST', '/roles', { label: 'own', inherits: ['keeper'] }],
      ['PUT', '/roles/helper', { inherits: ['keeper'] }],
      ['PUT', '/roles/warden', { inherits: ['editor', 'viewer'] }],
      ['POST', '/role-assignments', { user_id: warden.id, role: 'admin' }],
      ['POST', '/role-assignments', { user_id: warden.id, role: 'editor' }],
      ['POST', '/role-assignments', { user_id: viewer.id, role: 'keeper' }],
      ['POST', '/role-assignments', { user_id: viewer.id, role: 'keeper', scope: { tenant: 'acme' } }],
    ] as const) {
      const got = await byWarden(method, path, body)
      expect([got.status, got.code], `${method} ${path} ${JSON.stringify(body)}: ${got.text}`).toEqual([
        403,
        'forbidden',
      ])
    }
    expect(await app.rows()).toBe(before)
    expect(await may(warden)).toEqual(rights)
    // What it has, it may give.
    expect((await byWarden('POST', '/role-permissions', { role: 'helper', permission: 'content:read' })).status).toBe(
      201,
    )
    expect((await byWarden('POST', '/role-permissions', { role: 'helper', permission: 'roles:*' })).status).toBe(201)
    expect((await byWarden('POST', '/role-assignments', { user_id: viewer.id, role: 'helper' })).status).toBe(201)
  })

  it('lets nobody change the roles of somebody stronger', async () => {
    const { app, byWarden, byAdmin, admin } = kit
    const { list } = await byAdmin('GET', `/role-assignments?user_id=${admin.id}`)
    const before = await app.rows()
    for (const { id } of list) {
      expect(codeOf(await byWarden('DELETE', `/role-assignments/${id}`))).toEqual([403, 'forbidden'])
    }
    expect(codeOf(await byWarden('POST', '/role-assignments', { user_id: admin.id, role: 'viewer' }))).toEqual([
      403,
      'forbidden',
    ])
    expect(await app.rows()).toBe(before)
  })

  it('counts the scopes of a key, also of an admin', async () => {
    const { app, admin, byAdmin, keyOf, viewer } = kit
    await byAdmin('POST', '/roles', { label: 'helper' })
    const byKey = await keyOf(admin, ['roles:create', 'roles:admin', 'users:read', 'content:read'])
    // That it is in use is noted once.
    expect((await byKey('GET', '/role-assignments')).status).toBe(200)
    await app.settle()
    const before = await app.rows()
    for (const [path, body] of [
      ['/role-permissions', { role: 'helper', permission: 'content:delete' }],
      ['/role-permissions', { role: 'helper', permission: '*' }],
      ['/roles', { label: 'other', inherits: ['keeper'] }],
      ['/role-assignments', { user_id: viewer.id, role: 'admin' }],
      ['/role-assignments', { user_id: viewer.id, role: 'editor' }],
    ] as const) {
      const got = await byKey('POST', path, body)
      expect([got.status, got.code], `${path} ${JSON.stringify(body)}: ${got.text}`).toEqual([403, 'forbidden'])
    }
    expect(codeOf(await byKey('DELETE', '/roles/helper'))).toEqual([403, 'forbidden'])
    expect(await app.rows()).toBe(before)
    expect((await byKey('POST', '/role-permissions', { role: 'helper', permission: 'content:read' })).status).toBe(201)
  })

  it('is asked for before anything is told of what it is about', async () => {
    const { as, viewer } = kit
    const byViewer = as(viewer)
    for (const [method, path] of [
      ['GET', '/roles'],
      ['GET', '/roles/admin'],
      ['GET', `/roles/${unknownId}`],
      ['PUT', `/roles/${unknownId}`],
      ['DELETE', `/roles/${unknownId}`],
      ['GET', '/permissions'],
      ['DELETE', `/permissions/${unknownId}`],
      ['GET', '/role-permissions/role/admin'],
      ['DELETE', `/role-permissions/${unknownId}`],
      ['GET', '/role-assignments'],
      ['DELETE', `/role-assignments/${unknownId}`],
    ] as const) {
      expect(codeOf(await byViewer(method, path))).toEqual([403, 'forbidden'])
    }
  })
})

describe('the last admin', () => {
  it('stays', async () => {
    const { byAdmin, admin } = kit
    const { list } = await byAdmin('GET', `/role-assignments?user_id=${admin.id}&role_id=admin`)
    expect(codeOf(await byAdmin('DELETE', `/role-assignments/${list[0]?.['id']}`))).toEqual([409, 'last_admin'])
    const soon = { user_id: admin.id, role: 'admin', expires_at: '2100-01-01T00:00:00Z' }
    expect(codeOf(await byAdmin('POST', '/role-assignments', soon))).toEqual([409, 'last_admin'])
  })

  it('is one of two who take it from each other at once', async () => {
    const { app, admin, byAdmin, as } = kit
    const other = await app.signUp()
    await app.auth.permissions.assign(other.id, 'admin')
    const idOf = async ({ id }: Account) =>
      String((await byAdmin('GET', `/role-assignments?user_id=${id}&role_id=admin`)).list[0]?.['id'])
    const [ofAdmin, ofOther] = [await idOf(admin), await idOf(other)]
    const answers = await Promise.all([
      as(admin)('DELETE', `/role-assignments/${ofOther}`),
      as(other)('DELETE', `/role-assignments/${ofAdmin}`),
    ])
    // Whoever comes second is no admin any more, or is the last one.
    expect(answers.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1)
    const refused = answers.find(({ status }) => status !== 204)
    expect(['last_admin', 'forbidden']).toContain(refused?.code)
    expect(await app.auth.permissions.hasAdmin()).toBe(true)
  })
})

describe('what is changed', () => {
  it('is told of, with who did it', async () => {
    const { app, admin, byAdmin, viewer } = kit
    app.events.length = 0
    await byAdmin('POST', '/roles', { label: 'helper' })
    const { body: helper } = await byAdmin('GET', '/roles/helper')
    await byAdmin('PUT', '/roles/helper', helper)
    await byAdmin('PUT', '/roles/helper', { ...helper, label: 'aide', description: 'Helps' })
    const grant = await byAdmin('POST', '/role-permissions', { role: 'aide', permission: 'content:*', effect: 'deny' })
    await byAdmin('DELETE', `/role-permissions/${grant.body['id']}`)
    const given = await byAdmin('POST', '/role-assignments', { user_id: viewer.id, role: 'aide' })
    await byAdmin('DELETE', `/role-assignments/${given.body['id']}`)
    await byAdmin('DELETE', '/roles/aide')
    await byAdmin('POST', '/permissions', { label: 'reports:send' })
    await byAdmin('PUT', '/permissions?q=reports:send', { label: 'reports:mail' })
    await byAdmin('DELETE', '/permissions?q=reports:mail')
    const whole = { actorId: admin.id, principalId: null, outcome: 'success' }
    expect(app.events).toMatchObject([
      { type: 'role.created', role: 'helper', ...whole },
      { type: 'role.updated', role: 'aide', previous: 'helper', fields: ['label', 'description'], ...whole },
      { type: 'grant.added', role: 'aide', permission: 'content:*', effect: 'deny', ...whole },
      { type: 'grant.removed', role: 'aide', permission: 'content:*', effect: 'deny', ...whole },
      { type: 'role.assigned', role: 'aide', ...whole, principalId: viewer.id },
      { type: 'role.unassigned', role: 'aide', ...whole, principalId: viewer.id },
      { type: 'role.deleted', role: 'aide', ...whole },
      { type: 'permission.created', permission: 'reports:send', ...whole },
      { type: 'permission.updated', permission: 'reports:mail', previous: 'reports:send', fields: ['label'], ...whole },
      { type: 'permission.deleted', permission: 'reports:mail', ...whole },
    ])
    const kept = await byAdmin('GET', `/audit?actor_id=${admin.id}&type=role.updated`)
    expect(kept.list[0]?.['details']).toEqual({ role: 'aide', previous: 'helper', fields: ['label', 'description'] })
  })

  it('is not changed by somebody who acts as an admin', async () => {
    const { app, admin } = kit
    const root = await app.signUp()
    await app.auth.permissions.assign(root.id, 'admin')
    const acting = await app.send('POST', `${base}/users/${admin.id}/impersonate`, { bearer: root.access, body: {} })
    const bearer = String(acting.body['access_token'])
    expect((await app.send('GET', `${base}/roles`, { bearer })).status).toBe(acting.status < 300 ? 200 : 401)
    expect((await app.send('POST', `${base}/roles`, { bearer, body: { label: 'x' } })).status).not.toBe(201)
  })
})

describe('the review at start', () => {
  it('finds nothing in an app that serves the routes', () => {
    expect(kit.app.log).toEqual([])
  })
})
