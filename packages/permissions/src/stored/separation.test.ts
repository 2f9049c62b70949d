import { isCardeaError } from '@cardea/core'
import { principals, roleAssignments, roles as roleTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { defineRoles } from '../roles/define-roles.js'
import { codeOf } from './code-of.fixture.js'
import { catalogue, createDatabase } from './stored.fixture.js'
import type { AssignOptions } from './stored-policy.js'

const roles = defineRoles(
  catalogue,
  {
    admin: { bypass: true, protected: true },
    payer: { permissions: ['content:update'] },
    approver: { permissions: ['content:publish'] },
    auditor: { permissions: ['users:read'] },
    'chief payer': { inherits: ['payer'] },
    first: {},
    second: {},
    third: {},
  },
  {
    separationOfDuty: [
      { name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'static' },
      { name: 'three of a kind', roles: ['first', 'second', 'third'], fewerThan: 3, kind: 'static' },
      { name: 'at one time', roles: ['auditor', 'approver'], fewerThan: 2, kind: 'dynamic' },
    ],
  },
)

async function prepared() {
  const database = await createDatabase()
  const policy = database.node({ roles })
  await policy.sync()
  const { storage } = database
  const ann = await database.addPrincipal()
  const assign = (role: string, options: AssignOptions = {}, id = ann) =>
    storage.transaction((transaction) => policy.assign(transaction, id, role, options))
  const held = async (id = ann) => (await policy.assignmentsOf(id)).map(({ roleLabel }) => roleLabel).sort()
  return { ...database, policy, ann, assign, held }
}

describe('a static separation of duty', () => {
  it('keeps a principal from holding too many, and is named', async () => {
    const { assign, held, seen, ann } = await prepared()
    await assign('payer')
    const versions = await seen(ann)
    await expect(assign('approver')).rejects.toSatisfy(
      (error) => isCardeaError(error, 'conflict') && error.message.includes('payments'),
    )
    expect(await held()).toEqual(['payer'])
    expect(await seen(ann)).toEqual(versions)
    await assign('first')
    await assign('second')
    expect(await codeOf(assign('third'))).toBe('conflict')
  })

  it('looks through inheritance, at any depth, and through roles of tenants', async () => {
    const { policy, assign } = await prepared()
    await policy.createRole({ label: 'deputy', inherits: ['chief payer'] })
    await policy.createRole({ tenant: 'acme', label: 'deep', inherits: ['deputy'] })
    await assign('approver')
    expect(await codeOf(assign('chief payer'))).toBe('conflict')
    expect(await codeOf(assign('deputy'))).toBe('conflict')
    expect(await codeOf(assign('deep', { scope: { tenant: 'acme' } }))).toBe('conflict')
  })

  it('counts wherever a role is held', async () => {
    const { assign } = await prepared()
    await assign('payer', { scope: { tenant: 'a' } })
    expect(await codeOf(assign('approver', { scope: { tenant: 'b' } }))).toBe('conflict')
    expect(await codeOf(assign('approver', { scope: { resourceType: 'content', resourceId: '1' } }))).toBe('conflict')
  })

  it('counts no assignment that has expired, and none that was taken', async () => {
    const { policy, storage, ann, assign, time } = await prepared()
    await assign('payer', { expiresAt: time.now + 5 })
    expect(await codeOf(assign('approver'))).toBe('conflict')
    time.now += 5
    expect(await codeOf(assign('approver'))).toBe('none')
    // It must not come back by being prolonged.
    expect(await codeOf(assign('payer'))).toBe('conflict')
    await storage.transaction((transaction) => policy.unassign(transaction, ann, 'approver'))
    expect(await codeOf(assign('payer'))).toBe('none')
  })

  it('keeps a role that has too many by itself from being held by anybody', async () => {
    const { policy, assign, storage, createId } = await prepared()
    await policy.createRole({ label: 'both', inherits: ['payer', 'approver'] })
    expect(await codeOf(assign('both'))).toBe('conflict')
    const made = storage.transaction(async (transaction) => {
      await policy.lock(transaction)
      await policy.assignNew(transaction, createId(), 'both')
    })
    // The foreign key is looked at first.
    expect(['conflict', 'not_found']).toContain(await codeOf(made))
  })

  it('does not mean a role of a tenant that has the label of one of the set', async () => {
    const { policy, assign, storage, createId, time } = await prepared()
    const stamps = { created_at: time.now, updated_at: time.now }
    const id = createId()
    await storage.insert(roleTable, { id, tenant: 'acme', label: 'approver', ...stamps })
    expect(await policy.findRole(id)).toMatchObject({ tenant: 'acme' })
    await assign('payer')
    expect(await codeOf(assign(id, { scope: { tenant: 'acme' } }))).toBe('none')
  })

  it('lets one of two win that would be too many together', async () => {
    const { assign, held } = await prepared()
    const codes = await Promise.all([codeOf(assign('payer')), codeOf(assign('approver'))])
    expect(codes.sort()).toEqual(['conflict', 'none'])
    expect(await held()).toHaveLength(1)
  })
})

describe('a change of inheritance', () => {
  it('is refused when somebody would come to have too many, by the role or by one that inherits it', async () => {
    const { policy, assign, storage, ann } = await prepared()
    await policy.createRole({ label: 'base' })
    await policy.createRole({ label: 'heir', inherits: ['base'] })
    await policy.createRole({ tenant: 'acme', label: 'deep', inherits: ['heir'] })
    await assign('approver')
    expect(await codeOf(policy.updateRole('base', { inherits: ['chief payer'] }))).toBe('none')
    await policy.updateRole('base', { inherits: [] })
    await assign('deep', { scope: { tenant: 'acme' } })
    expect(await codeOf(policy.updateRole('base', { inherits: ['chief payer'] }))).toBe('conflict')
    expect((await policy.findRole('base'))?.inherits).toEqual([])
    expect(await codeOf(policy.updateRole('base', { inherits: ['auditor', 'first'] }))).toBe('none')
    await storage.transaction((transaction) => policy.unassign(transaction, ann, 'approver'))
    expect(await codeOf(policy.updateRole('base', { inherits: ['chief payer'] }))).toBe('none')
  })

  it('is refused when a role that somebody holds would have too many by itself', async () => {
    const { policy, assign, time } = await prepared()
    await policy.createRole({ label: 'base', inherits: ['payer'] })
    await assign('base', { expiresAt: time.now + 10 })
    expect(await codeOf(policy.updateRole('base', { inherits: ['payer', 'approver'] }))).toBe('conflict')
    time.now += 10
    expect(await codeOf(policy.updateRole('base', { inherits: ['payer', 'approver'] }))).toBe('none')
  })

  it('finds the one among many holders, from whichever side fewer hold, and reads them in pages', async () => {
    const { policy, assign, addPrincipal, storage, statementsOf, ann, createId, time } = await prepared()
    await policy.createRole({ label: 'common' })
    const role = await policy.findRole('common')
    const ids = Array.from({ length: 1_200 }, () => createId())
    const base = { created_at: time.now }
    await storage.insert(
      principals,
      ids.map((id) => ({ ...base, id, collection: 'users', record_key: id, status: 'active' })),
    )
    await storage.insert(
      roleAssignments,
      ids.map((id) => ({ ...base, id: createId(), principal_id: id, role_id: role?.id ?? '' })),
    )
    expect(await codeOf(policy.updateRole('common', { inherits: ['payer'] }))).toBe('none')
    await policy.updateRole('common', { inherits: [] })
    await assign('approver', {}, ids[700] ?? '')
    const few = await statementsOf(async () => {
      expect(await codeOf(policy.updateRole('common', { inherits: ['payer'] }))).toBe('conflict')
    })
    // The holders of the three other roles of the set, and what one of them holds besides: not the 1,200.
    expect(few.filter((statement) => statement === 'find cardea_role_assignments')).toHaveLength(4)
    for (const id of await Promise.all(Array.from({ length: 3 }, () => addPrincipal()))) await assign('first', {}, id)
    await assign('second', {}, ann)
    // Three sets would be reached by the common role alone, so all of its holders are looked at.
    const all = { inherits: ['first', 'second', 'third'] }
    expect(await codeOf(policy.updateRole('common', all))).toBe('conflict')
  })

  it('is looked at page after page', async () => {
    const { policy, assign, storage, createId, time } = await prepared()
    await policy.createRole({ label: 'common' })
    await policy.createRole({ label: 'other' })
    const [common, other] = [await policy.findRole('common'), await policy.findRole('other')]
    const ids = Array.from({ length: 1_200 }, () => createId())
    const base = { created_at: time.now }
    await storage.insert(
      principals,
      ids.map((id) => ({ ...base, id, collection: 'users', record_key: id, status: 'active' })),
    )
    // More hold the other role than the common one, of which the last alone holds what it takes.
    await policy.updateRole('other', { inherits: ['approver'] })
    await storage.insert(
      roleAssignments,
      ids.map((id) => ({ ...base, id: createId(), principal_id: id, role_id: common?.id ?? '' })),
    )
    const strangers = Array.from({ length: 1_300 }, () => createId())
    await storage.insert(
      principals,
      strangers.map((id) => ({ ...base, id, collection: 'users', record_key: id, status: 'active' })),
    )
    await storage.insert(
      roleAssignments,
      strangers.map((id) => ({ ...base, id: createId(), principal_id: id, role_id: other?.id ?? '' })),
    )
    expect(await codeOf(policy.updateRole('common', { inherits: ['payer'] }))).toBe('none')
    await policy.updateRole('common', { inherits: [] })
    await assign('other', {}, ids.at(-1) ?? '')
    expect(await codeOf(policy.updateRole('common', { inherits: ['payer'] }))).toBe('conflict')
  })
})

describe('a dynamic separation of duty', () => {
  it('lets both be held and neither be in force until one is chosen', async () => {
    const { policy, ann, assign } = await prepared()
    await assign('auditor')
    await assign('approver')
    expect((await policy.subject(ann)).list()).toEqual([])
    expect((await policy.subject(ann, undefined, { activeRoles: ['auditor'] })).list()).toEqual(['users:read'])
    const both = policy.subject(ann, undefined, { activeRoles: ['auditor', 'approver'] })
    expect(await codeOf(both)).toBe('conflict')
  })

  it('is not lifted for another by who has not what comes into force', async () => {
    const { policy, storage, ann, assign, addPrincipal } = await prepared()
    await assign('auditor')
    await assign('approver')
    const boss = await addPrincipal()
    await assign('approver', {}, boss)
    const unassign = (role: string) =>
      storage.transaction((transaction) =>
        policy.unassign(transaction, ann, role, {
          by: (within, options) => within.subject(boss, undefined, options),
        }),
      )
    // Ann would be an auditor then, who may see users, and can choose to be one now. Her boss may not.
    expect(await codeOf(unassign('approver'))).toBe('forbidden')
    expect(await codeOf(unassign('auditor'))).toBe('forbidden')
    await assign('auditor', {}, boss)
    expect(await codeOf(unassign('auditor'))).toBe('forbidden')
    await storage.transaction((transaction) => policy.assign(transaction, boss, 'admin'))
    expect(await codeOf(unassign('auditor'))).toBe('none')
  })
})
