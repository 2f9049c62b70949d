import { eq } from '@cardea/core'
import { authz, principals, roleAssignments, roles as roleTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import type { AssignmentScope } from './assignment-scope.js'
import { codeOf } from './code-of.fixture.js'
import { createDatabase, inTransaction } from './stored.fixture.js'

async function prepared() {
  const database = await createDatabase()
  const policy = database.node()
  await policy.sync()
  const { storage } = database
  return {
    ...database,
    policy,
    assign: (id: string, role: string, options?: { expiresAt?: number | null }) =>
      storage.transaction((transaction) => policy.assign(transaction, id, role, options)),
    unassign: (id: string, role: string) =>
      storage.transaction((transaction) => policy.unassign(transaction, id, role)),
    disable: (id: string) =>
      inTransaction(storage, async (transaction) => {
        await policy.assertNotLastAdmin(transaction, id)
        await transaction.update(principals, { where: eq('id', id), set: { status: 'disabled' } })
      }),
  }
}

describe('assign', () => {
  it('takes a role by label or id and tells what it made', async () => {
    const { policy, addPrincipal, assign, time } = await prepared()
    const ann = await addPrincipal()
    const role = await policy.findRole('editor')
    const made = await assign(ann, 'editor')
    expect(made).toMatchObject({
      principalId: ann,
      roleId: role?.id,
      roleLabel: 'editor',
      tenant: '',
      expiresAt: null,
      createdAt: time.now,
    })
    expect(await policy.assignmentsOf(ann)).toEqual([made])
    const bob = await addPrincipal()
    expect(await assign(bob, role?.id ?? '')).toMatchObject({ roleId: role?.id, roleLabel: 'editor' })
  })

  it('moves the version of the principal alone, so that no node loads the policy again', async () => {
    const { addPrincipal, assign, unassign, seen } = await prepared()
    const [ann, bob] = [await addPrincipal(), await addPrincipal()]
    await assign(ann, 'admin')
    await assign(bob, 'admin')
    expect(await seen(ann)).toEqual({ authzVersion: 1, policyVersion: 1 })
    await unassign(ann, 'admin')
    expect(await seen(ann)).toEqual({ authzVersion: 2, policyVersion: 1 })
    expect(await seen(bob)).toEqual({ authzVersion: 1, policyVersion: 1 })
  })

  it('changes the expiry of an assignment that exists', async () => {
    const { policy, addPrincipal, assign, time, seen } = await prepared()
    const ann = await addPrincipal()
    const first = await assign(ann, 'editor', { expiresAt: time.now + 10 })
    const second = await assign(ann, 'editor', { expiresAt: time.now + 99 })
    expect(second).toEqual({ ...first, expiresAt: time.now + 99 })
    await assign(ann, 'editor')
    expect((await policy.assignmentsOf(ann)).map((assignment) => assignment.expiresAt)).toEqual([null])
    expect((await seen(ann)).authzVersion).toBe(3)
  })

  it('makes one assignment when two are made at the same time', async () => {
    const { policy, addPrincipal, assign } = await prepared()
    const ann = await addPrincipal()
    await Promise.all([assign(ann, 'editor'), assign(ann, 'editor'), assign(ann, 'viewer')])
    expect((await policy.assignmentsOf(ann)).map((assignment) => assignment.roleLabel).sort()).toEqual([
      'editor',
      'viewer',
    ])
  })

  it.each([
    'nobody',
    '',
    'Editor',
    'editor,viewer',
    'a\u0000b',
    'x'.repeat(300),
    '0196f0c8-7a5e-7000-8000-000000000000',
  ])('refuses the role "%s"', async (role) => {
    const { addPrincipal, assign } = await prepared()
    expect(await codeOf(assign(await addPrincipal(), role))).toBe('not_found')
  })

  it('refuses a principal that does not exist', async () => {
    const { createId, assign, unassign } = await prepared()
    expect(await codeOf(assign(createId(), 'editor'))).toBe('not_found')
    expect(await codeOf(unassign(createId(), 'editor'))).toBe('not_found')
  })

  it('refuses an expiry that is not in the future or no instant', async () => {
    const { addPrincipal, assign, time } = await prepared()
    const ann = await addPrincipal()
    for (const expiresAt of [time.now, time.now - 1, 0, Number.NaN, Number.POSITIVE_INFINITY, time.now + 0.5]) {
      expect(await codeOf(assign(ann, 'editor', { expiresAt }))).toBe('invalid_request')
    }
    // As from a body that was not checked.
    expect(await codeOf(assign(ann, 'editor', { expiresAt: String(time.now + 5) as never }))).toBe('invalid_request')
  })

  it('gives nothing everywhere to whom a tenant or an object was meant that has no name', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    const ann = await addPrincipal()
    const assignIn = (scope: AssignmentScope) =>
      inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'editor', { scope }))
    for (const scope of [
      { tenant: '' },
      // As from code without types.
      { tenant: undefined as never },
      { tenant: null as never },
      { resourceType: '', resourceId: '' },
      { tenant: 'acme', resourceType: '', resourceId: '' },
    ]) {
      expect([scope, await codeOf(assignIn(scope))]).toEqual([scope, 'invalid_request'])
    }
    expect((await policy.subject(ann)).list()).toEqual([])
  })

  it('does not give a role of a tenant everywhere', async () => {
    const { storage, createId, addPrincipal, assign, time } = await prepared()
    const id = createId()
    const stamps = { created_at: time.now, updated_at: time.now }
    await storage.insert(roleTable, { id, tenant: 'acme', label: 'owner', bypass: true, ...stamps })
    const ann = await addPrincipal()
    expect(await codeOf(assign(ann, id))).toBe('not_found')
    expect(await codeOf(assign(ann, 'owner'))).toBe('not_found')
  })
})

describe('assignNew', () => {
  it('gives a role to a principal made in the same transaction, by two statements and without moving a version', async () => {
    const { policy, storage, createId, time, seen, statementsOf } = await prepared()
    const ann = createId()
    const statements = await statementsOf(() =>
      inTransaction(storage, async (transaction) => {
        const row = { id: ann, collection: 'users', record_key: ann, status: 'active', created_at: time.now }
        await transaction.insert(principals, row)
        await policy.assignNew(transaction, ann, 'viewer')
      }),
    )
    expect(statements).toEqual(['insert cardea_principals', 'find cardea_roles', 'insert cardea_role_assignments'])
    expect((await seen(ann)).authzVersion).toBe(0)
    expect((await policy.subject(ann)).can('content:read')).toBe(true)
  })

  it('refuses what does not exist', async () => {
    const { policy, storage, createId } = await prepared()
    const give = (role: string) => storage.transaction((transaction) => policy.assignNew(transaction, createId(), role))
    expect(await codeOf(give('nobody'))).toBe('not_found')
    expect(await codeOf(give('viewer'))).toBe('not_found')
  })
})

describe('unassign', () => {
  it('takes a role away and tells whether there was one', async () => {
    const { policy, addPrincipal, assign, unassign } = await prepared()
    const ann = await addPrincipal()
    await assign(ann, 'editor')
    await assign(ann, 'viewer')
    expect(await unassign(ann, 'editor')).toBe(true)
    expect(await unassign(ann, 'editor')).toBe(false)
    expect((await policy.assignmentsOf(ann)).map((assignment) => assignment.roleLabel)).toEqual(['viewer'])
  })

  it('leaves what the role gives for a tenant alone', async () => {
    const { policy, storage, createId, addPrincipal, assign, unassign, time } = await prepared()
    const ann = await addPrincipal()
    const { roleId } = await assign(ann, 'editor')
    const row = { id: createId(), principal_id: ann, role_id: roleId, tenant: 'acme', created_at: time.now }
    await storage.insert(roleAssignments, row)
    await unassign(ann, 'editor')
    expect((await policy.assignmentsOf(ann)).map((assignment) => assignment.tenant)).toEqual(['acme'])
  })

  it('lets its transaction be undone', async () => {
    const { policy, storage, addPrincipal, assign, seen } = await prepared()
    const ann = await addPrincipal()
    await assign(ann, 'editor')
    const versions = await seen(ann)
    const undone = storage.transaction(async (transaction) => {
      await policy.unassign(transaction, ann, 'editor')
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await seen(ann)).toEqual(versions)
    expect((await policy.subject(ann)).can('content:update')).toBe(true)
  })
})

describe('the last admin', () => {
  it('can be neither demoted nor disabled, and nothing of the attempt stays', async () => {
    const { policy, addPrincipal, assign, unassign, disable, seen } = await prepared()
    const ann = await addPrincipal()
    await assign(ann, 'admin')
    const versions = await seen(ann)
    expect(await codeOf(unassign(ann, 'admin'))).toBe('last_admin')
    expect(await codeOf(disable(ann))).toBe('last_admin')
    expect(await seen(ann)).toEqual(versions)
    expect((await policy.subject(ann)).bypass).toBe(true)
  })

  it('can go when another one is there, of whatever collection', async () => {
    const { policy, addPrincipal, assign, unassign } = await prepared()
    const [ann, bob] = [await addPrincipal(), await addPrincipal(undefined, 'staff')]
    await assign(ann, 'admin')
    await assign(bob, 'admin')
    expect(await unassign(ann, 'admin')).toBe(true)
    expect(await codeOf(unassign(bob, 'admin'))).toBe('last_admin')
    expect((await policy.subject(ann)).bypass).toBe(false)
  })

  it('is not replaced by one who is disabled, expired or an admin of a tenant only', async () => {
    const { policy, storage, createId, addPrincipal, assign, unassign, disable, time } = await prepared()
    const [ann, disabled, expired, tenant] = [
      await addPrincipal(),
      await addPrincipal(),
      await addPrincipal(),
      await addPrincipal(),
    ]
    const { roleId } = await assign(ann, 'admin')
    await assign(disabled, 'admin')
    await disable(disabled)
    await assign(expired, 'admin', { expiresAt: time.now + 5 })
    const row = { id: createId(), principal_id: tenant, role_id: roleId, tenant: 'acme', created_at: time.now }
    await storage.insert(roleAssignments, row)
    time.now += 5
    expect(await codeOf(unassign(ann, 'admin'))).toBe('last_admin')
    expect(await codeOf(disable(ann))).toBe('last_admin')
    expect(await policy.hasBypassHolder()).toBe(true)
  })

  it('may not become an admin for a while only, unless another one is an admin for ever', async () => {
    const { addPrincipal, assign, time } = await prepared()
    const [ann, bob] = [await addPrincipal(), await addPrincipal()]
    await assign(ann, 'admin')
    expect(await codeOf(assign(ann, 'admin', { expiresAt: time.now + 5 }))).toBe('last_admin')
    expect(await codeOf(assign(bob, 'admin', { expiresAt: time.now + 5 }))).toBe('none')
    expect(await codeOf(assign(ann, 'admin', { expiresAt: time.now + 5 }))).toBe('last_admin')
    expect(await codeOf(assign(bob, 'admin'))).toBe('none')
    expect(await codeOf(assign(ann, 'admin', { expiresAt: time.now + 5 }))).toBe('none')
  })

  it('may lose one of two roles with bypass', async () => {
    const { storage, policy, addPrincipal, assign, unassign } = await prepared()
    const { id } = await policy.createRole({ label: 'root' })
    await storage.update(roleTable, { where: eq('id', id), set: { bypass: true } })
    const ann = await addPrincipal()
    await assign(ann, 'admin')
    await assign(ann, 'root')
    expect(await codeOf(unassign(ann, 'admin'))).toBe('none')
    expect(await codeOf(unassign(ann, 'root'))).toBe('last_admin')
  })

  it('does not keep anybody else from being disabled, also while there is no admin at all', async () => {
    const { addPrincipal, assign, unassign, disable } = await prepared()
    const [ann, bob] = [await addPrincipal(), await addPrincipal()]
    await assign(bob, 'editor')
    expect(await codeOf(disable(bob))).toBe('none')
    await assign(ann, 'admin')
    expect(await codeOf(unassign(bob, 'editor'))).toBe('none')
    expect(await codeOf(unassign(bob, 'admin'))).toBe('none')
  })

  it('stays when two admins remove each other at the same time', async () => {
    for (const way of ['unassign', 'disable'] as const) {
      const database = await prepared()
      const [ann, bob] = [await database.addPrincipal(), await database.addPrincipal()]
      await database.assign(ann, 'admin')
      await database.assign(bob, 'admin')
      const remove = (id: string) => (way === 'disable' ? database.disable(id) : database.unassign(id, 'admin'))
      const codes = await Promise.all([codeOf(remove(ann)), codeOf(remove(bob))])
      expect(codes.sort()).toEqual(['last_admin', 'none'])
      expect(await database.policy.hasBypassHolder()).toBe(true)
    }
  })

  it('is counted behind the policy lock, which comes before any lock of a principal', async () => {
    const { addPrincipal, assign, unassign, disable, statementsOf } = await prepared()
    const [ann, bob] = [await addPrincipal(), await addPrincipal()]
    await assign(ann, 'admin')
    await assign(bob, 'admin')
    expect(await statementsOf(() => unassign(bob, 'admin'))).toEqual([
      'update cardea_authz',
      'find cardea_roles',
      'find cardea_role_assignments',
      'update cardea_principals',
      'find cardea_role_assignments',
      'find cardea_role_assignments',
      'delete cardea_role_assignments',
    ])
    await assign(bob, 'admin')
    expect((await statementsOf(() => disable(bob)))[0]).toBe('update cardea_authz')
  })
})

describe('hasBypassHolder', () => {
  it('tells whether anybody has full access, also inside a transaction', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    const ann = await addPrincipal()
    expect(await policy.hasBypassHolder()).toBe(false)
    await inTransaction(storage, async (transaction) => {
      await policy.lock(transaction)
      expect(await policy.hasBypassHolder(transaction)).toBe(false)
      await policy.assign(transaction, ann, 'admin')
      expect(await policy.hasBypassHolder(transaction)).toBe(true)
      expect(await policy.hasBypassHolder()).toBe(false)
    })
    expect(await policy.hasBypassHolder()).toBe(true)
  })

  it('lets only one of several first admins be made', async () => {
    const { policy, storage, addPrincipal } = await prepared()
    const ids = await Promise.all([1, 2, 3].map(() => addPrincipal()))
    const claim = (id: string) =>
      storage.transaction(async (transaction) => {
        await policy.lock(transaction)
        if (await policy.hasBypassHolder(transaction)) return false
        await policy.assign(transaction, id, 'admin')
        return true
      })
    expect((await Promise.all(ids.map(claim))).filter((made) => made)).toHaveLength(1)
  })
})

describe('lock', () => {
  it('writes the policy row without moving its version', async () => {
    const { policy, storage, statementsOf } = await prepared()
    const before = await storage.find(authz, { limit: 'all' })
    const statements = await statementsOf(() => inTransaction(storage, (transaction) => policy.lock(transaction)))
    expect(statements).toEqual(['update cardea_authz'])
    expect(await storage.find(authz, { limit: 'all' })).toEqual(before)
  })

  it('says so when the database has no such row', async () => {
    const { policy, storage } = await prepared()
    await storage.delete(authz, eq('id', 'authz'))
    expect(await codeOf(inTransaction(storage, (transaction) => policy.lock(transaction)))).toBe('schema_outdated')
  })
})
