import { CardeaError, eq, isCardeaError } from '@cardea/core'
import { authz, roleAssignments, rolePermissions, roles as roleTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import type { AssignmentScope } from './assignment-scope.js'
import { codeOf } from './code-of.fixture.js'
import { createDatabase, interleaved } from './stored.fixture.js'

const acme = { tenant: 'acme' }

async function prepared() {
  const database = await createDatabase()
  const policy = database.node()
  await policy.sync()
  const { storage } = database
  const ann = await database.addPrincipal()
  return {
    ...database,
    policy,
    ann,
    assign: (role: string, scope?: AssignmentScope, id = ann) =>
      storage.transaction((transaction) => policy.assign(transaction, id, role, scope === undefined ? {} : { scope })),
    unassign: (role: string, scope?: AssignmentScope, id = ann) =>
      storage.transaction((transaction) =>
        policy.unassign(transaction, id, role, scope === undefined ? {} : { scope }),
      ),
  }
}

describe('an assignment in a tenant', () => {
  it('counts there alone, beside what counts everywhere', async () => {
    const { policy, ann, assign } = await prepared()
    await assign('viewer')
    expect(await assign('editor', acme)).toMatchObject({ tenant: 'acme', resourceType: '', resourceId: '' })
    expect((await policy.subject(ann)).list()).toEqual(['content:read'])
    expect((await policy.subject(ann, undefined, { tenant: 'other' })).list()).toEqual(['content:read'])
    expect((await policy.subject(ann, undefined, acme)).list()).toEqual(['content:read', 'content:update'])
    expect((await policy.subject(ann, undefined, acme)).roles.map(({ label }) => label)).toEqual(['editor', 'viewer'])
  })

  it('is another one than that elsewhere: each is given, changed and taken by itself', async () => {
    const { policy, ann, assign, unassign } = await prepared()
    for (const scope of [undefined, acme, { tenant: 'b' }, { resourceType: 'content', resourceId: '7' }]) {
      await assign('editor', scope)
      await assign('editor', scope)
    }
    expect(await policy.assignmentsOf(ann)).toHaveLength(4)
    expect(await unassign('editor', { ...acme, resourceType: 'content', resourceId: '7' })).toBe(false)
    expect(await unassign('editor', acme)).toBe(true)
    expect(await unassign('editor')).toBe(true)
    expect((await policy.assignmentsOf(ann)).map(({ tenant, resourceId }) => [tenant, resourceId])).toEqual([
      ['b', ''],
      ['', '7'],
    ])
  })

  it('for one object counts for that object, in its tenant', async () => {
    const { policy, ann, assign } = await prepared()
    await assign('editor', { ...acme, resourceType: 'content', resourceId: '7' })
    const there = await policy.subject(ann, undefined, acme)
    expect(there.can('content:update', { id: '7' })).toBe(true)
    expect(there.can('content:update', { id: 7 })).toBe(true)
    expect(there.can('content:update', { id: '8' })).toBe(false)
    expect((await policy.subject(ann)).can('content:update', { id: '7' })).toBe(false)
  })

  it('takes another field for the id of an object where the app says so', async () => {
    const { node, ann, assign } = await prepared()
    await assign('editor', { resourceType: 'content', resourceId: '7' })
    const subject = await node({ idFields: { content: 'slug' } }).subject(ann)
    expect(subject.can('content:update', { id: '7' })).toBe(false)
    expect(subject.can('content:update', { slug: '7' })).toBe(true)
  })

  it.each<[string, unknown]>([
    ['a tenant that is too long', { tenant: 'x'.repeat(65) }],
    ['a tenant with control characters', { tenant: 'a\u0000' }],
    ['half a surrogate pair', { tenant: '\ud800' }],
    ['a tenant that is no text', { tenant: 7 }],
    ['a resource without an object', { resourceType: 'content' }],
    ['an object without a resource', { resourceId: '7' }],
    ['a resource that is none', { resourceType: 'Content', resourceId: '7' }],
    ['an object that is too long', { resourceType: 'content', resourceId: 'x'.repeat(256) }],
    ['an object that is no text', { resourceType: 'content', resourceId: 7 }],
  ])('is refused for %s', async (_, scope) => {
    const { assign, unassign } = await prepared()
    // As from a body that was not checked.
    expect(await codeOf(assign('editor', scope as AssignmentScope))).toBe('invalid_request')
    expect(await codeOf(unassign('editor', scope as AssignmentScope))).toBe('invalid_request')
  })

  it('is never one of full access', async () => {
    const { policy, ann, assign, storage, createId, time } = await prepared()
    for (const scope of [acme, { resourceType: 'content', resourceId: '7' }]) {
      await expect(assign('admin', scope)).rejects.toSatisfy(
        (error) => isCardeaError(error, 'invalid_request') && error.issues?.[0]?.path === 'role',
      )
    }
    // Nor if somebody wrote it past this API, nor with a tenant's role that says so.
    const admin = await policy.findRole('admin')
    const [id, base] = [createId(), { principal_id: ann, created_at: time.now }]
    const stamps = { created_at: time.now, updated_at: time.now }
    await storage.insert(roleTable, { id, tenant: 'acme', label: 'owner', bypass: true, ...stamps })
    await storage.insert(roleAssignments, [
      { ...base, id: createId(), role_id: admin?.id ?? '', tenant: 'acme' },
      { ...base, id: createId(), role_id: id, tenant: 'acme' },
    ])
    expect((await policy.subject(ann, undefined, acme)).bypass).toBe(false)
    expect(await policy.hasBypassHolder()).toBe(false)
    expect(await codeOf(assign(id, acme))).toBe('invalid_request')
  })

  it('is refused for no tenant, when asked for a subject', async () => {
    const { policy, ann } = await prepared()
    expect(await codeOf(policy.subject(ann, undefined, { tenant: 'a\u0000' }))).toBe('invalid_request')
    expect(await codeOf(policy.listRoles({ tenant: 'x'.repeat(65) }))).toBe('invalid_request')
  })
})

describe('a role of a tenant', () => {
  it('is made, found, given and counts in its tenant alone', async () => {
    const { policy, ann, assign } = await prepared()
    const role = await policy.createRole({ ...acme, label: 'reviewer', inherits: ['viewer'] })
    expect(role).toMatchObject({ tenant: 'acme', inherits: ['viewer'] })
    await policy.grant(role.id, 'content:publish')
    expect(await policy.findRole('reviewer')).toBeUndefined()
    expect(await policy.findRole('reviewer', acme)).toEqual(role)
    expect(await policy.findRole('reviewer', { tenant: 'other' })).toBeUndefined()
    expect(await policy.findRole(role.id)).toEqual(role)
    expect((await policy.listRoles(acme)).map(({ label }) => label)).toEqual(['reviewer'])
    expect((await policy.listRoles()).map(({ label }) => label)).toEqual(['admin', 'editor', 'viewer'])
    for (const scope of [undefined, { tenant: 'other' }]) {
      expect(await codeOf(assign('reviewer', scope))).toBe('not_found')
      expect(await codeOf(assign(role.id, scope))).toBe('not_found')
    }
    await assign('reviewer', acme)
    expect((await policy.subject(ann, undefined, acme)).list()).toEqual(['content:read', 'content:publish'])
    expect((await policy.subject(ann, undefined, { tenant: 'other' })).list()).toEqual([])
    expect((await policy.subject(ann)).list()).toEqual([])
  })

  it('inherits of its own tenant and of all, and nothing inherits it elsewhere', async () => {
    const { policy } = await prepared()
    const base = await policy.createRole({ ...acme, label: 'base' })
    await policy.createRole({ ...acme, label: 'heir', inherits: ['base', 'editor'] })
    expect((await policy.findRole('heir', acme))?.inherits).toEqual(['base', 'editor'])
    expect(await codeOf(policy.createRole({ label: 'global', inherits: [base.id] }))).toBe('invalid_request')
    expect(await codeOf(policy.createRole({ label: 'global', inherits: ['base'] }))).toBe('not_found')
    const elsewhere = { tenant: 'b', label: 'stranger' }
    expect(await codeOf(policy.createRole({ ...elsewhere, inherits: [base.id] }))).toBe('invalid_request')
    expect(await codeOf(policy.updateRole('editor', { inherits: ['viewer', base.id] }))).toBe('invalid_request')
    expect(await codeOf(policy.createRole({ ...elsewhere, inherits: ['admin'] }))).toBe('invalid_request')
  })

  it('may be called as one of another tenant, but not as a global one', async () => {
    const { policy, ann, assign } = await prepared()
    await policy.createRole({ ...acme, label: 'owner' })
    await policy.createRole({ tenant: 'b', label: 'owner' })
    expect(await codeOf(policy.createRole({ ...acme, label: 'owner' }))).toBe('conflict')
    expect(await codeOf(policy.createRole({ ...acme, label: 'editor' }))).toBe('conflict')
    const own = await policy.findRole('owner', acme)
    expect(await codeOf(policy.updateRole(own?.id ?? '', { label: 'editor' }))).toBe('conflict')
    // A global role that comes later goes before it.
    const later = await policy.createRole({ label: 'owner' })
    expect(await assign('owner', acme)).toMatchObject({ roleId: later.id })
    expect(await assign(own?.id ?? '', acme)).toMatchObject({ roleId: own?.id })
    expect(await policy.assignmentsOf(ann)).toHaveLength(2)
  })

  it('is changed and deleted by its id', async () => {
    const { policy, ann, assign, unassign } = await prepared()
    const { id } = await policy.createRole({ ...acme, label: 'owner' })
    await assign(id, acme)
    await policy.grant(id, 'content:update')
    expect((await policy.subject(ann, undefined, acme)).can('content:update')).toBe(true)
    await policy.updateRole(id, { label: 'boss', inherits: ['viewer'] })
    expect((await policy.subject(ann, undefined, acme)).roles).toEqual([{ id, label: 'boss' }])
    expect((await policy.subject(ann, undefined, acme)).can('content:read')).toBe(true)
    expect(await codeOf(policy.deleteRole('boss'))).toBe('not_found')
    expect(await codeOf(policy.deleteRole(id))).toBe('role_in_use')
    await unassign(id, acme)
    await policy.deleteRole(id)
    expect(await policy.findRole(id)).toBeUndefined()
  })
})

describe('what is kept of tenants', () => {
  it('answers from memory without a statement, each for itself', async () => {
    const { policy, ann, assign, seen, statementsOf } = await prepared()
    await policy.createRole({ ...acme, label: 'reviewer' })
    await assign('reviewer', acme)
    await assign('viewer')
    const versions = await seen(ann)
    const [first, none, other] = [
      await policy.subject(ann, versions, acme),
      await policy.subject(ann, versions),
      await policy.subject(ann, versions, { tenant: 'other' }),
    ]
    const statements = await statementsOf(async () => {
      expect(await policy.subject(ann, versions, acme)).toBe(first)
      expect(await policy.subject(ann, versions)).toBe(none)
      expect(await policy.subject(ann, versions, { tenant: 'other' })).toBe(other)
    })
    expect(statements).toEqual([])
  })

  it('tells principals and tenants apart whatever characters stand in them', async () => {
    const { policy, addPrincipal, assign } = await prepared()
    const pairs = [
      ['a', 'b$$c'],
      ['a$$b', 'c'],
      ['a b', 'c'],
      ['a', 'b c'],
      ['__proto__', 'constructor'],
    ] as const
    for (const [id] of pairs) if ((await policy.versions(id)) === undefined) await addPrincipal(id)
    await assign('editor', { tenant: 'b$$c' }, 'a')
    await assign('editor', { tenant: 'constructor' }, '__proto__')
    const lists = []
    for (const [id, tenant] of [...pairs, ...pairs]) {
      lists.push((await policy.subject(id, undefined, { tenant })).canUnchecked('content:update'))
    }
    expect(lists).toEqual([true, false, false, false, true, true, false, false, false, true])
  })

  it('is read of a tenant when it is first asked for: its roles, then what belongs to them', async () => {
    const { policy, node, ann, assign, seen, statementsOf } = await prepared()
    await policy.createRole({ ...acme, label: 'reviewer' })
    await policy.createRole({ tenant: 'b', label: 'reviewer' })
    await assign('reviewer', acme)
    const fresh = node()
    const versions = await seen(ann)
    await fresh.subject(ann, versions)
    const own = ['find cardea_roles', 'find cardea_role_permissions', 'find cardea_role_parents', 'find cardea_authz']
    const subject = ['find cardea_role_assignments', 'find cardea_principals']
    expect(await statementsOf(() => fresh.subject(ann, versions, acme))).toEqual([...own, ...subject])
    // A tenant without roles of its own needs no grants and no policy of its own.
    expect(await statementsOf(() => fresh.subject(ann, versions, { tenant: 'none' }))).toEqual([
      'find cardea_roles',
      'find cardea_authz',
      ...subject,
    ])
  })

  it('is not read again for a change of a global role, but for which roles there are', async () => {
    const { policy, ann, assign, seen, statementsOf } = await prepared()
    for (let n = 0; n < 20; n += 1) await policy.createRole({ ...acme, label: `role ${n}`, inherits: ['editor'] })
    await assign('role 3', acme)
    await policy.subject(ann, await seen(ann), acme)
    await policy.grant('editor', 'users:read')
    const versions = await seen(ann)
    const statements = await statementsOf(async () => {
      expect((await policy.subject(ann, versions, acme)).can('users:read')).toBe(true)
    })
    expect(statements).toEqual([
      'find cardea_roles',
      'find cardea_permissions',
      'find cardea_role_permissions',
      'find cardea_role_parents',
      'find cardea_authz',
      'find cardea_roles',
      'find cardea_authz',
    ])
  })

  it('acts on a change of a tenant role with the next request, on every node', async () => {
    const { policy, node, ann, assign, seen } = await prepared()
    const { id } = await policy.createRole({ ...acme, label: 'reviewer' })
    await assign('reviewer', acme)
    const other = node()
    expect((await other.subject(ann, await seen(ann), acme)).can('content:publish')).toBe(false)
    const grant = await policy.grant(id, 'content:publish')
    expect((await other.subject(ann, await seen(ann), acme)).can('content:publish')).toBe(true)
    await policy.revoke(grant.id)
    expect((await other.subject(ann, await seen(ann), acme)).can('content:publish')).toBe(false)
  })

  it('holds no more subjects than it may, of all tenants together', async () => {
    const { node, ann, seen, statementsOf } = await prepared()
    const policy = node({ maxCachedSubjects: 4 })
    const versions = await seen(ann)
    for (let n = 0; n < 6; n += 1) await policy.subject(ann, versions, { tenant: `t${n}` })
    expect(await statementsOf(() => policy.subject(ann, versions, { tenant: 't5' }))).toEqual([])
    expect(await statementsOf(() => policy.subject(ann, versions, { tenant: 't0' }))).not.toEqual([])
  })

  it('holds the roles of no more tenants than it may', async () => {
    const { node, policy: first, ann, seen, statementsOf, addPrincipal } = await prepared()
    for (const tenant of ['a', 'b', 'c', 'd', 'e']) await first.createRole({ tenant, label: 'own' })
    const policy = node({ maxCachedTenants: 2 })
    const versions = await seen(ann)
    for (const tenant of ['a', 'b', 'c', 'd', 'e']) await policy.subject(ann, versions, { tenant })
    const bob = await addPrincipal()
    const seenOfBob = await seen(bob)
    const statementsFor = (tenant: string) => statementsOf(() => policy.subject(bob, seenOfBob, { tenant }))
    expect(await statementsFor('e')).not.toContain('find cardea_roles')
    expect(await statementsFor('a')).toContain('find cardea_roles')
    await expect(async () => node({ maxCachedTenants: 0 })).rejects.toThrow('maxCachedTenants')
  })

  it('drops the subjects of a tenant with its roles, which they would keep in memory', async () => {
    const { node, policy: first, ann, seen, statementsOf } = await prepared()
    for (const tenant of ['a', 'b', 'c', 'd', 'e']) await first.createRole({ tenant, label: 'own' })
    const policy = node({ maxCachedTenants: 2 })
    const versions = await seen(ann)
    const subject = await policy.subject(ann, versions, { tenant: 'a' })
    expect(await policy.subject(ann, versions, { tenant: 'a' })).toBe(subject)
    for (const tenant of ['b', 'c', 'd', 'e']) await policy.subject(ann, versions, { tenant })
    expect(await policy.subject(ann, versions, { tenant: 'a' })).not.toBe(subject)
    // What is known of the principal stays.
    await policy.subject(ann, versions, { tenant: 'b' })
    const statements = await statementsOf(() => policy.subject(ann, versions, { tenant: 'a' }))
    expect(statements).not.toContain('find cardea_role_assignments')
  })

  it('is loaded once when many ask at the same time', async () => {
    const { policy, node, addPrincipal, seen, statementsOf } = await prepared()
    await policy.createRole({ ...acme, label: 'reviewer' })
    const ids = await Promise.all(Array.from({ length: 10 }, () => addPrincipal()))
    const fresh = node()
    await fresh.subject(ids[0] ?? '', await seen(ids[0] ?? ''))
    const versions = await seen(ids[0] ?? '')
    const statements = await statementsOf(() => Promise.all(ids.map((id) => fresh.subject(id, versions, acme))))
    expect(statements.filter((statement) => statement === 'find cardea_roles')).toHaveLength(1)
  })

  it('never joins roles of a tenant with a policy of another version', async () => {
    const { policy, node, storage, ann, assign, seen } = await prepared()
    const { id } = await policy.createRole({ ...acme, label: 'reviewer', inherits: ['viewer'] })
    await assign('reviewer', acme)
    const old = await seen(ann)
    let raced = false
    const other = node({
      storage: interleaved(storage, (table) => {
        if (raced || table !== 'cardea_role_assignments') return undefined
        raced = true
        return policy.updateRole(id, { inherits: [] })
      }),
    })
    expect((await other.subject(ann, old, acme)).can('content:read')).toBe(false)
    expect((await other.subject(ann, await seen(ann), acme)).can('content:read')).toBe(false)
    let late = false
    const slow = node({
      storage: interleaved(storage, (table) => {
        if (late || table !== 'cardea_role_parents') return undefined
        late = true
        return policy.updateRole(id, { inherits: ['editor'] })
      }),
    })
    expect((await slow.subject(ann, await seen(ann), acme)).can('content:update')).toBe(true)
  })

  it('forgets what it knew of tenants when the version went back, as after a backup was restored', async () => {
    const { policy, storage, ann, assign, seen } = await prepared()
    const { id } = await policy.createRole({ ...acme, label: 'reviewer' })
    await assign('reviewer', acme)
    const grant = await policy.grant(id, 'content:publish')
    expect((await policy.subject(ann, await seen(ann), acme)).can('content:publish')).toBe(true)
    await storage.delete(rolePermissions, eq('id', grant.id))
    await storage.update(authz, { where: eq('id', 'authz'), set: { policy_version: 2 } })
    await storage.update(roleTable, { where: eq('id', id), set: { changed_version: 2 } })
    await policy.subject(ann, await seen(ann))
    // The version that was known before comes again, and is another one.
    await policy.createRole({ label: 'new' })
    expect(await seen(ann)).toMatchObject({ policyVersion: 3 })
    expect((await policy.subject(ann, await seen(ann), acme)).can('content:publish')).toBe(false)
  })

  it('fails for a tenant whose roles cannot be understood, and for no other', async () => {
    const { policy, storage, createId, time, ann, seen } = await prepared()
    const stamps = { created_at: time.now, updated_at: time.now }
    const id = createId()
    await storage.insert(roleTable, { id, tenant: 'acme', label: 'broken', changed_version: 1, ...stamps })
    await storage.insert(rolePermissions, {
      id: createId(),
      role_id: id,
      wildcard: 'no:*:wildcard',
      fingerprint: 'f',
      created_at: time.now,
    })
    const versions = await seen(ann)
    expect(await codeOf(policy.subject(ann, versions, acme))).toBe('configuration_invalid')
    expect(await codeOf(policy.subject(ann, versions))).toBe('none')
    expect(await codeOf(policy.subject(ann, versions, { tenant: 'b' }))).toBe('none')
  })
})

describe('minVersion', () => {
  it('keeps an answer from being older than what was made, whatever versions the request saw', async () => {
    const { policy, storage, ann, assign, seen } = await prepared()
    const old = await seen(ann)
    expect((await policy.subject(ann, old)).can('content:read')).toBe(false)
    await assign('viewer')
    const made = await policy.versions(ann)
    expect(made).toEqual({ authzVersion: 1, policyVersion: 1 })
    const minVersion = { policy: made?.policyVersion ?? 0, authz: made?.authzVersion ?? 0 }
    expect((await policy.subject(ann, old)).can('content:read')).toBe(false)
    expect((await policy.subject(ann, old, { minVersion })).can('content:read')).toBe(true)
    expect((await policy.subject(ann, made, { minVersion })).can('content:read')).toBe(true)
    const inside = await storage.transaction(async (transaction) => {
      await policy.unassign(transaction, ann, 'viewer')
      return await policy.versions(ann, transaction)
    })
    expect(inside).toEqual({ authzVersion: 2, policyVersion: 1 })
  })

  it('is unavailable where the database is behind, as a replica that lags', async () => {
    const { policy, ann, seen } = await prepared()
    const versions = await seen(ann)
    for (const minVersion of [{ policy: 2 }, { policy: 1, authz: 1 }]) {
      expect(await codeOf(policy.subject(ann, versions, { minVersion }))).toBe('unavailable')
      expect(await codeOf(policy.subject(ann, undefined, { minVersion }))).toBe('unavailable')
    }
    expect(await codeOf(policy.subject(ann, versions, { minVersion: { policy: 1 } }))).toBe('none')
  })

  it('costs no statement where the versions that the request saw are new enough', async () => {
    const { policy, ann, seen, statementsOf } = await prepared()
    const versions = await seen(ann)
    await policy.subject(ann, versions)
    expect(await statementsOf(() => policy.subject(ann, versions, { minVersion: { policy: 1 } }))).toEqual([])
  })
})

describe('activeRoles', () => {
  it('leaves the chosen ones in force of those that are held', async () => {
    const { policy, ann, assign } = await prepared()
    await assign('viewer')
    await assign('editor')
    const chosen = await policy.subject(ann, undefined, { activeRoles: ['viewer'] })
    expect(chosen.list()).toEqual(['content:read'])
    expect((await policy.subject(ann, undefined, { activeRoles: [] })).list()).toEqual([])
    expect((await policy.subject(ann)).list()).toEqual(['content:read', 'content:update'])
  })
})

describe('rolesWith', () => {
  it('finds the roles that have a permission, of all and of a tenant', async () => {
    const { policy } = await prepared()
    const own = await policy.createRole({ ...acme, label: 'reviewer', inherits: ['viewer'] })
    const id = async (label: string) => (await policy.findRole(label))?.id ?? ''
    const [admin, editor, viewer] = [await id('admin'), await id('editor'), await id('viewer')]
    const of = async (permission: string, tenant?: string) =>
      Object.fromEntries(
        (await policy.rolesWith(permission, { tenant })).map(({ roleId, decision }) => [roleId, decision]),
      )
    expect(await of('content:read')).toEqual({ [admin]: 'allowed', [editor]: 'allowed', [viewer]: 'allowed' })
    expect(await of('content:publish')).toEqual({ [admin]: 'allowed', [editor]: 'conditional' })
    expect(await of('content:read', 'acme')).toMatchObject({ [own.id]: 'allowed' })
    expect(await of('content:raed')).toEqual({})
  })
})

it('passes on what goes wrong while the roles of a tenant are read, and tries again the next time', async () => {
  const { node, storage, ann, seen } = await prepared()
  const versions = await seen(ann)
  let broken = false
  const policy = node({
    storage: interleaved(storage, async (table) => {
      if (broken && table === 'cardea_roles') throw new CardeaError('unavailable', 'storage: no answer')
    }),
  })
  await policy.subject(ann, versions)
  broken = true
  expect(await codeOf(policy.subject(ann, versions, acme))).toBe('unavailable')
  broken = false
  expect(await codeOf(policy.subject(ann, versions, acme))).toBe('none')
})
