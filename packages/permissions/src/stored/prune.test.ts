import { eq } from '@cardea/core'
import { authz, permissions, roleParents, rolePermissions, roles as roleTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { defineRoles } from '../roles/define-roles.js'
import { codeOf } from './code-of.fixture.js'
import { catalogue, createDatabase } from './stored.fixture.js'

const smaller = definePermissions({ content: ['read', 'update'], users: ['read', 'delete'] })
const fewer = defineRoles(smaller, {
  admin: { bypass: true, protected: true },
  editor: { permissions: ['*:update'], deny: ['users:delete'] },
})

async function prepared() {
  const database = await createDatabase()
  const old = database.node()
  await old.sync()
  const policy = database.node({ catalogue: smaller, roles: fewer })
  const { storage } = database
  const assign = async (role: string, expiresAt: number | null = null) => {
    const id = await database.addPrincipal()
    await storage.transaction((transaction) => old.assign(transaction, id, role, { expiresAt }))
    return id
  }
  const contents = async () => ({
    version: (await storage.findOne(authz, { where: eq('id', 'authz') }))?.policy_version,
    permissions: (await storage.find(permissions, { limit: 'all' })).map(({ label }) => label).sort(),
    roles: (await storage.find(roleTable, { limit: 'all' })).map(({ label }) => label).sort(),
    grants: (await storage.find(rolePermissions, { limit: 'all' })).length,
    parents: (await storage.find(roleParents, { limit: 'all' })).length,
  })
  return { ...database, old, policy, assign, contents }
}

describe('sync', () => {
  it('names what code declares no more and is in force all the same, by no statement more', async () => {
    const { old, node, statementsOf } = await prepared()
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message), error: () => undefined }
    const current = node({ catalogue: smaller, roles: fewer, logger })
    expect(await statementsOf(() => current.sync())).toHaveLength((await statementsOf(() => old.sync())).length)
    const [warning, ...others] = warnings
    expect(others).toEqual([])
    expect(warning).toContain(': allow content:publish of role editor, role editor inherits viewer, role viewer. ')
    await current.prune()
    await current.sync()
    expect(warnings).toHaveLength(1)
  })

  it('names neither what was made at run time nor more than fits', async () => {
    const { policy, node, storage } = await prepared()
    await policy.prune()
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message), error: () => undefined }
    const current = node({ catalogue: smaller, roles: fewer, logger })
    await policy.createRole({ label: 'own', inherits: ['editor'] })
    await policy.grant('own', 'content:read')
    await policy.grant('editor', 'content:read')
    await current.sync()
    expect(warnings).toEqual([])
    const labels = Array.from({ length: 25 }, (_, index) => `role${String.fromCharCode(97 + index)}`)
    const many = defineRoles(smaller, {
      admin: { bypass: true, protected: true },
      editor: { permissions: ['*:update'], deny: ['users:delete'] },
      ...Object.fromEntries(labels.map((label) => [label, {}])),
    })
    await node({ catalogue: smaller, roles: many, storage }).sync()
    await current.sync()
    expect(warnings).toEqual([expect.stringContaining(' and 5 more. ')])
  })
})

describe('prune', () => {
  it('tells what would go without a lock or a write', async () => {
    const { policy, statementsOf } = await prepared()
    const statements = await statementsOf(() => policy.prune({ dryRun: true }))
    expect(statements.filter((sql) => !sql.startsWith('find '))).toEqual([])
  })

  it('removes what code declares no more, under one version, and then finds nothing', async () => {
    const { policy, contents, assign } = await prepared()
    const ann = await assign('editor')
    expect((await policy.subject(ann)).can('content:read')).toBe(true)
    expect(await policy.prune()).toEqual({
      roles: ['viewer'],
      permissions: ['content:publish'],
      grants: [{ role: 'editor', permission: 'content:publish', effect: 'allow' }],
      inheritance: [{ role: 'editor', parent: 'viewer' }],
      kept: [],
    })
    expect(await contents()).toEqual({
      version: 2,
      permissions: ['content:read', 'content:update', 'users:delete', 'users:read'],
      roles: ['admin', 'editor'],
      grants: 2,
      parents: 0,
    })
    expect((await policy.subject(ann)).list()).toEqual(['content:update'])
    expect((await policy.subject(ann)).check('users:delete')).toBe('denied')
    const before = await contents()
    expect(await policy.prune()).toEqual({ roles: [], permissions: [], grants: [], inheritance: [], kept: [] })
    expect(await contents()).toEqual(before)
    expect(await policy.sync()).toBe(false)
  })

  it('only tells at a dry run', async () => {
    const { policy, contents } = await prepared()
    const before = await contents()
    const planned = await policy.prune({ dryRun: true })
    expect(planned.roles).toEqual(['viewer'])
    expect(await contents()).toEqual(before)
    expect(await policy.prune()).toEqual(planned)
  })

  it('is what alone removes a role that code has declared', async () => {
    const { policy } = await prepared()
    expect(await codeOf(policy.deleteRole('viewer'))).toBe('protected')
  })

  it('leaves what was made at run time', async () => {
    const { old, policy, storage, contents } = await prepared()
    await old.createPermission({ label: 'reports:read' })
    await storage.transaction((transaction) =>
      old.addPermissions(transaction, definePermissions({ members: ['read'] })),
    )
    await old.createRole({ label: 'intern' })
    await old.grant('intern', 'content:read')
    await old.grant('editor', 'users:read')
    await old.createRole({ tenant: 'acme', label: 'viewer of acme' })
    await policy.prune()
    const after = await contents()
    expect(after.roles).toEqual(['admin', 'editor', 'intern', 'viewer of acme'])
    expect(after.permissions).toEqual(expect.arrayContaining(['reports:read', 'members:read']))
    expect((await old.grantsOf('editor')).map(({ permission }) => permission)).toEqual([
      '*:update',
      'users:delete',
      'users:read',
    ])
  })

  it('keeps a role that somebody holds, until then, and what it was granted', async () => {
    const { policy, assign, time, contents } = await prepared()
    await assign('viewer', time.now + 10)
    const kept = [{ kind: 'role', label: 'viewer', reason: 'held' }]
    expect(await policy.prune()).toMatchObject({ roles: [], kept })
    expect((await contents()).roles).toContain('viewer')
    time.now += 10
    expect(await policy.prune()).toMatchObject({ roles: ['viewer'], kept: [] })
  })

  it('keeps a role that another one inherits, and what that inherits', async () => {
    const { old, policy } = await prepared()
    await old.createRole({ label: 'intern', inherits: ['viewer'] })
    expect(await policy.prune()).toMatchObject({
      roles: [],
      inheritance: [{ role: 'editor', parent: 'viewer' }],
      kept: [{ kind: 'role', label: 'viewer', reason: 'inherited' }],
    })
    await old.createRole({ tenant: 'acme', label: 'own', inherits: ['viewer'] })
    await old.deleteRole('intern')
    expect((await policy.prune()).kept).toEqual([{ kind: 'role', label: 'viewer', reason: 'inherited' }])
  })

  it('keeps a permission that a role was granted at run time, also one of a tenant', async () => {
    const { old, policy } = await prepared()
    const { id } = await old.createRole({ tenant: 'acme', label: 'own' })
    const grant = await old.grant(id, 'content:publish')
    expect((await policy.prune()).kept).toEqual([{ kind: 'permission', label: 'content:publish', reason: 'granted' }])
    await old.revoke(grant.id)
    expect(await policy.prune()).toMatchObject({ permissions: ['content:publish'], kept: [] })
  })

  it('removes chains of roles, and each kept one keeps what it inherits', async () => {
    const database = await createDatabase()
    const chain = defineRoles(catalogue, {
      a: {},
      b: { inherits: ['a'] },
      c: { inherits: ['b'] },
      d: { inherits: ['a'] },
    })
    const old = database.node({ roles: chain })
    await old.sync()
    const none = database.node({ roles: defineRoles(catalogue, {}) })
    const ann = await database.addPrincipal()
    const { storage } = database
    await storage.transaction((transaction) => old.assign(transaction, ann, 'b'))
    expect(await none.prune()).toMatchObject({
      roles: ['c', 'd'],
      kept: [
        { kind: 'role', label: 'b', reason: 'held' },
        { kind: 'role', label: 'a', reason: 'inherited' },
      ],
    })
    await storage.transaction((transaction) => old.unassign(transaction, ann, 'b'))
    expect((await none.prune()).roles).toEqual(['a', 'b'])
  })

  it('knows as declared what was made at run time and is declared by now', async () => {
    const { old, policy, node } = await prepared()
    await old.createPermission({ label: 'reports:read' })
    await old.createRole({ label: 'reporter' })
    await old.grant('reporter', 'content:read')
    await old.updateRole('reporter', { inherits: ['viewer'] })
    const wider = definePermissions({ content: ['read'], reports: ['read'] })
    const declaring = node({
      catalogue: wider,
      roles: defineRoles(wider, { viewer: {}, reporter: { permissions: ['content:read'], inherits: ['viewer'] } }),
    } as object)
    expect(await declaring.sync()).toBe(true)
    expect(await declaring.sync()).toBe(false)
    const [grant] = await old.grantsOf('reporter')
    expect(await codeOf(old.revoke(grant?.id ?? ''))).toBe('protected')
    expect(await codeOf(old.updateRole('reporter', { inherits: [] }))).toBe('protected')
    expect(await codeOf(old.updateRole('reporter', { label: 'x' }))).toBe('protected')
    expect(await codeOf(old.deleteRole('reporter'))).toBe('protected')
    expect(await codeOf(old.deletePermission('reports:read'))).toBe('protected')
    expect(await policy.prune()).toMatchObject({
      roles: ['reporter', 'viewer'],
      permissions: ['content:publish', 'reports:read'],
    })
  })

  it('does not undo what an old and a new node of a rolling deployment write by turns', async () => {
    const { old, node } = await prepared()
    const current = node({ roles: fewer, catalogue: smaller })
    expect([await current.sync(), await old.sync(), await current.sync()]).toEqual([false, false, false])
    await current.prune()
    // The old node writes again what it declares: prune once there is none left.
    expect([await old.sync(), await current.sync(), await old.sync()]).toEqual([true, false, false])
    expect(await old.findRole('viewer')).toMatchObject({ declared: true })
  })
})
