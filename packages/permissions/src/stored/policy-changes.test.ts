import { eq, isCardeaError } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { authz, rolePermissions, roles as roleTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { builtInRoles } from '../roles/built-in-roles.js'
import { codeOf } from './code-of.fixture.js'
import { catalogue, createDatabase, inTransaction } from './stored.fixture.js'

async function prepared() {
  const database = await createDatabase()
  const policy = database.node()
  await policy.sync()
  const { storage } = database
  return {
    ...database,
    policy,
    version: async () => (await storage.findOne(authz, { where: eq('id', 'authz') }))?.policy_version,
    changedVersion: async (label: string) =>
      (await storage.find(roleTable, { where: eq('label', label), limit: 1 }))[0]?.changed_version,
  }
}

describe('createRole', () => {
  it('makes a role without bypass or protection, under a new version', async () => {
    const { policy, version, changedVersion, time } = await prepared()
    const role = await policy.createRole({ label: 'contributor', description: 'Adds', inherits: ['viewer', 'viewer'] })
    expect(role).toEqual({
      id: role.id,
      tenant: '',
      label: 'contributor',
      description: 'Adds',
      systemProtected: false,
      declared: false,
      bypass: false,
      inherits: ['viewer'],
      createdAt: time.now,
      updatedAt: time.now,
    })
    expect(await policy.findRole(role.id)).toEqual(role)
    expect(await policy.findRole('contributor')).toEqual(role)
    expect(await version()).toBe(2)
    expect(await changedVersion('contributor')).toBe(2)
  })

  it('takes a label as it is: commas, case, names of object members', async () => {
    const { policy } = await prepared()
    for (const label of ['editor,viewer', 'Editor', '__proto__', 'constructor', "o'hara; drop table"]) {
      const role = await policy.createRole({ label })
      expect(await policy.findRole(label)).toEqual(role)
    }
    expect(await policy.listRoles()).toHaveLength(8)
  })

  it('gives nothing of a protected role to one whose label differs in case only', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    await policy.createRole({ label: 'Admin' })
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'Admin'))
    expect((await policy.subject(ann)).bypass).toBe(false)
  })

  it('refuses a label that exists, also when both are made at the same time', async () => {
    const { policy, version } = await prepared()
    expect(await codeOf(policy.createRole({ label: 'editor' }))).toBe('conflict')
    const codes = await Promise.all([1, 2].map(() => codeOf(policy.createRole({ label: 'new' }))))
    expect(codes.sort()).toEqual(['conflict', 'none'])
    expect(await version()).toBe(2)
  })

  it('refuses bad labels and descriptions, unknown parents and inheriting a bypass', async () => {
    const { policy, version } = await prepared()
    for (const label of ['', ' editor', 'a\u0000', 'x'.repeat(65), '0196f0c8-7a5e-7000-8000-000000000000']) {
      expect(await codeOf(policy.createRole({ label }))).toBe('invalid_request')
    }
    expect(await codeOf(policy.createRole({ label: 'a', description: 'x'.repeat(1_001) }))).toBe('invalid_request')
    for (const description of ['a\0b', '\ud800']) {
      expect(await codeOf(policy.createRole({ label: 'a', description }))).toBe('invalid_request')
      expect(await codeOf(policy.updateRole('editor', { description }))).toBe('invalid_request')
      expect(await codeOf(policy.createPermission({ label: 'reports:read', description }))).toBe('invalid_request')
    }
    expect(await codeOf(policy.createRole({ label: 'a', inherits: ['nobody'] }))).toBe('not_found')
    expect(await codeOf(policy.createRole({ label: 'a', inherits: ['admin'] }))).toBe('invalid_request')
    expect(await version()).toBe(1)
  })
})

describe('deleteRole', () => {
  it('deletes a role with its grants', async () => {
    const { policy, storage, version } = await prepared()
    const role = await policy.createRole({ label: 'contributor', inherits: ['viewer'] })
    await policy.grant(role.id, 'content:update')
    await policy.deleteRole('contributor')
    expect(await policy.findRole(role.id)).toBeUndefined()
    expect(await storage.count(rolePermissions, eq('role_id', role.id))).toBe(0)
    expect(await version()).toBe(4)
  })

  it('refuses protected and declared roles, and what does not exist', async () => {
    const { policy, version } = await prepared()
    expect(await codeOf(policy.deleteRole('admin'))).toBe('protected')
    expect(await codeOf(policy.deleteRole('viewer'))).toBe('protected')
    expect(await codeOf(policy.deleteRole('editor'))).toBe('protected')
    expect(await codeOf(policy.deleteRole('nobody'))).toBe('not_found')
    expect(await version()).toBe(1)
  })

  it('refuses a role that somebody holds or that another role inherits', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    await policy.createRole({ label: 'held' })
    await policy.createRole({ label: 'inherited' })
    await policy.createRole({ label: 'heir', inherits: ['inherited'] })
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'held'))
    expect(await codeOf(policy.deleteRole('held'))).toBe('role_in_use')
    expect(await codeOf(policy.deleteRole('inherited'))).toBe('role_in_use')
    await inTransaction(storage, (transaction) => policy.unassign(transaction, ann, 'held'))
    expect(await codeOf(policy.deleteRole('held'))).toBe('none')
    expect(await codeOf(policy.deleteRole('heir'))).toBe('none')
    expect(await codeOf(policy.deleteRole('inherited'))).toBe('none')
  })

  it('is not held up by assignments that have expired', async () => {
    const { policy, storage, addPrincipal, time } = await prepared()
    await policy.createRole({ label: 'temporary' })
    const ann = await addPrincipal()
    const expiresAt = time.now + 10
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'temporary', { expiresAt }))
    time.now = expiresAt - 1
    expect(await codeOf(policy.deleteRole('temporary'))).toBe('role_in_use')
    time.now = expiresAt
    expect(await codeOf(policy.deleteRole('temporary'))).toBe('none')
  })

  it('never leaves an assignment of a role that is gone when both happen at once', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    await policy.createRole({ label: 'contested' })
    const ann = await addPrincipal()
    const codes = await Promise.all([
      codeOf(policy.deleteRole('contested')),
      codeOf(inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'contested'))),
    ])
    expect([
      ['none', 'not_found'],
      ['role_in_use', 'none'],
    ]).toContainEqual(codes)
  })
})

describe('grant and revoke', () => {
  it('add and remove a grant, by label or id, under new versions of policy and role', async () => {
    const { policy, version, changedVersion, storage, addPrincipal } = await prepared()
    const role = await policy.createRole({ label: 'contributor' })
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'contributor'))
    const [permission] = (await policy.listPermissions()).filter((entry) => entry.label === 'content:update')
    const made = await policy.grant(role.id, permission?.id ?? '')
    expect(made).toMatchObject({
      roleId: role.id,
      permissionId: permission?.id,
      permission: 'content:update',
      effect: 'allow',
    })
    expect(await policy.grantsOf('contributor')).toEqual([made])
    expect([await version(), await changedVersion('contributor')]).toEqual([3, 3])
    expect((await policy.subject(ann)).can('content:update')).toBe(true)
    await policy.revoke(made.id)
    expect([await version(), await changedVersion('contributor')]).toEqual([4, 4])
    expect((await policy.subject(ann)).can('content:update')).toBe(false)
    expect(await policy.grantsOf('contributor')).toEqual([])
  })

  it('answers with the change at once on the node that made it', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    await policy.createRole({ label: 'contributor' })
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'contributor'))
    const { id } = await policy.grant('contributor', '*')
    expect((await policy.subject(ann)).canAll(catalogue.permissions)).toBe(true)
    await policy.revoke(id)
    expect((await policy.subject(ann)).canAny(catalogue.permissions)).toBe(false)
  })

  it('take wildcards, denials, conditions and fields', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    await policy.createRole({ label: 'contributor' })
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'contributor'))
    await policy.grant('contributor', '*:read')
    await policy.grant('contributor', 'users:*', { effect: 'deny' })
    await policy.grant('contributor', 'content:update', { when: own('author_id'), fields: ['title'] })
    const subject = await policy.subject(ann)
    expect(subject.list()).toEqual(['content:read'])
    expect(subject.can('content:update', { author_id: ann }, 'title')).toBe(true)
    expect(subject.can('content:update', { author_id: ann }, 'slug')).toBe(false)
    expect(subject.can('content:update', { author_id: 'bob' }, 'title')).toBe(false)
    expect(
      (await policy.grantsOf('contributor')).map((grant) => [grant.permission, grant.permissionId === null]),
    ).toEqual([
      ['*:read', true],
      ['users:*', true],
      ['content:update', false],
    ])
  })

  it('keep the same grant from existing twice, however its condition and fields are written', async () => {
    const { policy, version } = await prepared()
    await policy.createRole({ label: 'contributor' })
    await policy.grant('contributor', 'content:update', { when: own('author_id'), fields: ['b', 'a'] })
    const when = { value: { ref: 'principal.id' }, field: 'author_id', op: 'eq' } as const
    const before = await version()
    const again = policy.grant('contributor', 'content:update', { fields: ['a', 'b', 'a'], when })
    expect(await codeOf(again)).toBe('conflict')
    expect(await codeOf(policy.grant('contributor', 'content:update', { when }))).toBe('none')
    expect(await codeOf(policy.grant('contributor', 'content:update'))).toBe('none')
    expect(await codeOf(policy.grant('contributor', 'content:update', { effect: 'deny' }))).toBe('none')
    expect(await version()).toBe((before ?? 0) + 3)
  })

  it('keep the fingerprint of the five columns before it', async () => {
    const { policy, storage } = await prepared()
    await policy.createRole({ label: 'contributor' })
    const { id } = await policy.grant('contributor', 'content:*', { when: own('a'), fields: ['x'] })
    const row = await storage.findOne(rolePermissions, { where: eq('id', id) })
    const text = '[null,"content:*","allow",{"field":"a","op":"eq","value":{"ref":"principal.id"}},["x"]]'
    expect(row?.fingerprint).toBe(sha256(text))
    const single = await policy.grant('contributor', 'content:read')
    const other = await storage.findOne(rolePermissions, { where: eq('id', single.id) })
    expect(other?.fingerprint).toBe(sha256(`["${single.permissionId}",null,"allow",null,null]`))
  })

  it('refuse any change of a protected role, additions included', async () => {
    const { policy, version } = await prepared()
    const [granted] = await policy.grantsOf('viewer')
    expect(await codeOf(policy.grant('viewer', 'users:delete'))).toBe('protected')
    expect(await codeOf(policy.grant('admin', 'users:delete', { effect: 'deny' }))).toBe('protected')
    expect(await codeOf(policy.revoke(granted?.id ?? ''))).toBe('protected')
    expect(await version()).toBe(1)
  })

  it('refuse the same on a node whose code does not know the role any more', async () => {
    const { policy, node } = await prepared()
    const [granted] = await policy.grantsOf('viewer')
    const older = node({ roles: builtInRoles })
    expect(await codeOf(older.deleteRole('viewer'))).toBe('protected')
    expect(await codeOf(older.grant('viewer', 'users:delete'))).toBe('protected')
    expect(await codeOf(older.revoke(granted?.id ?? ''))).toBe('protected')
  })

  it('refuse to revoke what code declares, since it would come back, but let it be denied', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'editor'))
    for (const declared of await policy.grantsOf('editor'))
      expect(await codeOf(policy.revoke(declared.id))).toBe('protected')
    const added = await policy.grant('editor', 'users:read')
    expect(await codeOf(policy.revoke(added.id))).toBe('none')
    await policy.grant('editor', 'content:update', { effect: 'deny' })
    expect((await policy.subject(ann)).can('content:update')).toBe(false)
  })

  it.each<[string, string, object, string]>([
    ['an unknown permission', 'content:reed', {}, 'not_found'],
    ['an unknown id', '0196f0c8-7a5e-7000-8000-000000000000', {}, 'not_found'],
    ['no permission', 'content:', {}, 'invalid_request'],
    ['a wildcard of another form', '*:*', {}, 'invalid_request'],
    ['a list', 'content:read,content:update', {}, 'invalid_request'],
    ['a bad effect', 'content:read', { effect: 'maybe' }, 'invalid_request'],
    [
      'a bad condition',
      'content:read',
      { when: { op: 'eq', field: 'a', value: { ref: 'param.x' } } },
      'invalid_request',
    ],
    ['no fields', 'content:read', { fields: [] }, 'invalid_request'],
  ])('refuse %s', async (_, permission, options, code) => {
    const { policy, version } = await prepared()
    await policy.createRole({ label: 'contributor' })
    // As from a body that was not checked.
    expect(await codeOf(policy.grant('contributor', permission, options))).toBe(code)
    expect(await version()).toBe(2)
  })

  it('refuse roles and grants that do not exist', async () => {
    const { policy, createId } = await prepared()
    expect(await codeOf(policy.grant('nobody', 'content:read'))).toBe('not_found')
    expect(await codeOf(policy.grantsOf('nobody'))).toBe('not_found')
    expect(await codeOf(policy.revoke(createId()))).toBe('not_found')
  })
})

describe('createPermission', () => {
  it('adds a permission that can be granted, under a new version', async () => {
    const { policy, version, storage, addPrincipal } = await prepared()
    const made = await policy.createPermission({ label: 'reports:read', description: 'See reports' })
    expect(made).toMatchObject({ label: 'reports:read', description: 'See reports', systemProtected: false })
    expect(await version()).toBe(2)
    await policy.createRole({ label: 'analyst' })
    await policy.grant('analyst', 'reports:read')
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'analyst'))
    expect((await policy.subject(ann)).canUnchecked('reports:read')).toBe(true)
    expect((await policy.listPermissions()).map((entry) => entry.label)).toEqual([
      'content:publish',
      'content:read',
      'content:update',
      'reports:read',
      'users:delete',
      'users:read',
    ])
  })

  it('refuses what exists and what is no permission', async () => {
    const { policy, version } = await prepared()
    expect(await codeOf(policy.createPermission({ label: 'content:read' }))).toBe('conflict')
    for (const label of ['admin', 'Content:read', 'content:*', '*', '__proto__:read', 'a:b:c', 'content:re_ad']) {
      expect(await codeOf(policy.createPermission({ label }))).toBe('invalid_request')
    }
    expect(await version()).toBe(1)
  })
})

describe('addPermissions', () => {
  const added = definePermissions({ members: ['read', 'create'] }, { descriptions: { 'members:read': 'See members' } })

  it('adds what comes with something else, for every node, and holds it against changes', async () => {
    const { policy, node, version, storage, addPrincipal } = await prepared()
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'admin'))
    const other = node()
    expect((await other.subject(ann)).canUnchecked('members:read')).toBe(false)
    await inTransaction(storage, (transaction) => policy.addPermissions(transaction, added))
    expect(await version()).toBe(2)
    expect((await other.subject(ann)).canUnchecked('members:read')).toBe(true)
    const listed = await policy.listPermissions()
    expect(listed).toContainEqual(
      expect.objectContaining({ label: 'members:read', description: 'See members', systemProtected: true }),
    )
    expect(await policy.sync()).toBe(false)
  })

  it('refuses what exists, and undoes all that goes with it', async () => {
    const { policy, version, storage } = await prepared()
    await policy.createPermission({ label: 'members:create' })
    const attempt = inTransaction(storage, (transaction) => policy.addPermissions(transaction, added))
    expect(await codeOf(attempt)).toBe('conflict')
    expect(await version()).toBe(2)
    expect((await policy.listPermissions()).map(({ label }) => label)).not.toContain('members:read')
  })
})

describe('updateRole', () => {
  it('changes label, description and inheritance, under new versions of policy and role, at once everywhere', async () => {
    const { policy, node, version, changedVersion, storage, addPrincipal, time } = await prepared()
    const made = await policy.createRole({ label: 'contributor', description: 'Adds', inherits: ['viewer'] })
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'contributor'))
    const other = node()
    expect((await other.subject(ann)).list()).toEqual(['content:read'])
    time.now += 5
    const changes = { label: 'writer', description: '', inherits: ['editor'] }
    const changed = await policy.updateRole('contributor', changes)
    expect(changed).toEqual({ ...made, ...changes, updatedAt: time.now })
    expect(await policy.findRole(made.id)).toEqual(changed)
    expect([await version(), await changedVersion('writer')]).toEqual([3, 3])
    expect((await other.subject(ann)).roles).toEqual([{ id: made.id, label: 'writer' }])
    expect((await other.subject(ann)).can('content:update')).toBe(true)
    await policy.updateRole(made.id, { inherits: [] })
    expect((await other.subject(ann)).list()).toEqual([])
    expect((await policy.findRole('writer'))?.inherits).toEqual([])
  })

  it('changes what is named alone, and nothing where nothing changes', async () => {
    const { policy, version } = await prepared()
    const made = await policy.createRole({ label: 'contributor', description: 'Adds', inherits: ['viewer', 'editor'] })
    const { id, label, description } = made
    expect(await policy.updateRole(id, { label, description, inherits: ['editor', 'viewer', 'editor'] })).toEqual(made)
    expect(await policy.updateRole('viewer', { label: 'viewer' })).toMatchObject({ label: 'viewer' })
    expect(await policy.updateRole(id, {})).toEqual(made)
    expect(await version()).toBe(2)
    expect(await policy.updateRole(id, { description: 'More' })).toMatchObject({
      label,
      inherits: ['editor', 'viewer'],
    })
    expect(await policy.updateRole(id, { inherits: ['viewer'] })).toMatchObject({ label, description: 'More' })
  })

  it('refuses what is protected, declared, taken, unknown or no name', async () => {
    const { policy, version } = await prepared()
    await policy.createRole({ label: 'contributor' })
    const code = (role: string, changes: object) => codeOf(policy.updateRole(role, changes))
    for (const changes of [{ label: 'x' }, { description: 'x' }, { inherits: ['editor'] }]) {
      expect(await code('viewer', changes)).toBe('protected')
      expect(await code('admin', changes)).toBe('protected')
    }
    expect(await code('editor', { label: 'x' })).toBe('protected')
    expect(await code('editor', { inherits: [] })).toBe('protected')
    expect(await code('contributor', { label: 'editor' })).toBe('conflict')
    expect(await code('contributor', { label: ' x' })).toBe('invalid_request')
    expect(await code('contributor', { description: 'x'.repeat(1_001) })).toBe('invalid_request')
    expect(await code('contributor', { inherits: ['nobody'] })).toBe('not_found')
    expect(await code('contributor', { inherits: ['admin'] })).toBe('invalid_request')
    expect(await code('nobody', { label: 'x' })).toBe('not_found')
    expect(await version()).toBe(2)
    // What code declares of it stays; more may be added.
    expect(await code('editor', { description: 'x', inherits: ['viewer', 'contributor'] })).toBe('none')
    expect(await code('editor', { inherits: ['viewer'] })).toBe('none')
  })

  it('refuses inheritance that runs in a circle, at any depth, with the place', async () => {
    const { policy } = await prepared()
    for (const [n, label] of ['a', 'b', 'c', 'd'].entries()) {
      await policy.createRole({ label, inherits: n === 0 ? [] : [String.fromCharCode(96 + n)] })
    }
    for (const parent of ['a', 'b', 'd']) {
      await expect(policy.updateRole('a', { inherits: [parent] })).rejects.toSatisfy(
        (error) => isCardeaError(error, 'invalid_request') && error.issues?.[0]?.path === 'inherits',
      )
    }
    expect(await codeOf(policy.updateRole('d', { inherits: ['a', 'b'] }))).toBe('none')
  })

  it('makes no circle of two changes at the same time', async () => {
    const { policy } = await prepared()
    await policy.createRole({ label: 'a' })
    await policy.createRole({ label: 'b' })
    const codes = await Promise.all([
      codeOf(policy.updateRole('a', { inherits: ['b'] })),
      codeOf(policy.updateRole('b', { inherits: ['a'] })),
    ])
    expect(codes.sort()).toEqual(['invalid_request', 'none'])
  })
})

describe('updatePermission and deletePermission', () => {
  it('rename a permission with its grants, on every node, and nothing else', async () => {
    const { policy, node, version, storage, addPrincipal, time } = await prepared()
    const made = await policy.createPermission({ label: 'reports:read' })
    const role = await policy.createRole({ label: 'analyst' })
    await policy.grant('analyst', 'reports:read')
    const own = await policy.createRole({ tenant: 'acme', label: 'own' })
    await policy.grant(own.id, 'reports:read')
    const ann = await addPrincipal()
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, role.id))
    const scope = { scope: { tenant: 'acme' } }
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, own.id, scope))
    const other = node()
    await other.subject(ann)
    await other.subject(ann, undefined, { tenant: 'acme' })
    time.now += 5
    const changed = await policy.updatePermission('reports:read', { label: 'reports:show', description: 'See' })
    expect(changed).toEqual({ ...made, label: 'reports:show', description: 'See', updatedAt: time.now })
    expect(await policy.findPermission(made.id)).toEqual(changed)
    expect(await policy.findPermission('reports:read')).toBeUndefined()
    for (const tenant of ['', 'acme']) {
      const subject = await other.subject(ann, undefined, { tenant })
      expect([subject.list(), subject.canUnchecked('reports:read')]).toEqual([['reports:show'], false])
    }
    expect(await version()).toBe(7)
    expect(await policy.updatePermission(made.id, { label: 'reports:show' })).toEqual(changed)
    expect(await version()).toBe(7)
  })

  it('refuse what is declared, brought along, taken, granted or unknown', async () => {
    const { policy, storage } = await prepared()
    await policy.createPermission({ label: 'reports:read' })
    const brought = definePermissions({ members: ['read'] })
    await inTransaction(storage, (transaction) => policy.addPermissions(transaction, brought))
    for (const label of ['content:read', 'members:read']) {
      expect(await codeOf(policy.updatePermission(label, { description: 'x' }))).toBe('protected')
      expect(await codeOf(policy.deletePermission(label))).toBe('protected')
    }
    expect(await codeOf(policy.updatePermission('reports:read', { label: 'content:read' }))).toBe('conflict')
    expect(await codeOf(policy.updatePermission('reports:read', { label: 'content' }))).toBe('invalid_request')
    expect(await codeOf(policy.updatePermission('reports:none', { label: 'a:b' }))).toBe('not_found')
    expect(await codeOf(policy.deletePermission('reports:none'))).toBe('not_found')
    expect(await codeOf(policy.deletePermission('no permission'))).toBe('not_found')
    await policy.createRole({ label: 'analyst' })
    const grant = await policy.grant('analyst', 'reports:read')
    expect(await codeOf(policy.deletePermission('reports:read'))).toBe('conflict')
    await policy.revoke(grant.id)
    expect(await policy.deletePermission('reports:read')).toMatchObject({ label: 'reports:read' })
    expect(await policy.findPermission('reports:read')).toBeUndefined()
  })
})

describe('lists in pages', () => {
  it('go through all assignments by the last id, for one principal or one role', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    const ids = [await addPrincipal(), await addPrincipal(), await addPrincipal()]
    const made = []
    for (const id of ids) {
      for (const label of ['viewer', 'editor']) {
        made.push(await storage.transaction((transaction) => policy.assign(transaction, id, label)))
      }
    }
    const [ann = ''] = ids
    const scope = { tenant: 'acme' }
    made.push(await storage.transaction((transaction) => policy.assign(transaction, ann, 'editor', { scope })))
    const first = await policy.listAssignments({ limit: 3 })
    const second = await policy.listAssignments({ limit: 3, after: first.at(-1)?.id })
    expect([...first, ...second]).toEqual(made.slice(0, 6))
    expect(await policy.listAssignments({ limit: 10, after: second.at(-1)?.id })).toEqual(made.slice(6))
    expect(await policy.listAssignments({ limit: 2, offset: 5 })).toEqual(made.slice(5))
    const roleId = made[1]?.roleId
    const filters = [{}, { principalId: ann }, { roleId }, { principalId: ann, roleId }, { roleId, tenant: 'acme' }]
    const counts = []
    for (const filter of filters) {
      counts.push(await policy.countAssignments(filter))
      expect(await policy.listAssignments({ ...filter, limit: 1_000 })).toHaveLength(counts.at(-1) ?? -1)
    }
    expect(counts).toEqual([7, 3, 4, 2, 1])
    expect(await policy.findAssignment(made[2]?.id ?? '')).toEqual(made[2])
  })

  it('go through all grants in the same way, for one role or one permission', async () => {
    const { policy } = await prepared()
    await policy.createRole({ label: 'analyst' })
    const made = [await policy.grant('analyst', 'content:read'), await policy.grant('analyst', 'users:*')]
    const all = await policy.listGrants({ limit: 1_000 })
    expect(all.slice(-2)).toEqual(made)
    expect(await policy.countGrants()).toBe(all.length)
    const page = await policy.listGrants({ limit: 3, after: all[0]?.id })
    expect(page).toEqual(all.slice(1, 4))
    const { roleId = '', permissionId } = made[0] ?? {}
    expect(await policy.listGrants({ limit: 10, roleId })).toEqual(made)
    expect(await policy.countGrants({ roleId })).toBe(2)
    expect(await policy.countGrants({ permissionId: permissionId ?? '' })).toBe(2)
    expect(await policy.findGrant(made[1]?.id ?? '')).toEqual(made[1])
    expect(made[1]).toMatchObject({ roleLabel: 'analyst', permission: 'users:*', permissionId: null })
  })

  it('find nothing for what can be no id, and refuse a page that is none', async () => {
    const { policy } = await prepared()
    for (const text of ['a\u0000b', 'x'.repeat(300), '\ud800']) {
      expect(await policy.listAssignments({ limit: 1, principalId: text })).toEqual([])
      expect(await policy.countAssignments({ roleId: text })).toBe(0)
      expect(await policy.listGrants({ limit: 1, roleId: text })).toEqual([])
      expect(await policy.countGrants({ permissionId: text })).toBe(0)
      expect(await policy.findGrant(text)).toBeUndefined()
      expect(await policy.findAssignment(text)).toBeUndefined()
      expect(await policy.findPermission(text)).toBeUndefined()
    }
    for (const page of [
      { limit: 0 },
      { limit: 1_002 },
      { limit: 1.5 },
      { limit: 1, offset: -1 },
      { limit: 1, after: 'x'.repeat(37) },
    ]) {
      expect(await codeOf(policy.listAssignments(page))).toBe('invalid_request')
      expect(await codeOf(policy.listGrants(page))).toBe('invalid_request')
    }
  })
})
