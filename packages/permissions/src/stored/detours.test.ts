import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { defineRoles } from '../roles/define-roles.js'
import { codeOf } from './code-of.fixture.js'
import { createDatabase } from './stored.fixture.js'
import type { Actor, AssignOptions } from './stored-policy.js'

const catalogue = definePermissions({
  content: ['read', 'update', 'publish'],
  users: ['update'],
  invoices: ['pay', 'approve'],
})

const roles = defineRoles(
  catalogue,
  {
    admin: { bypass: true, protected: true },
    payer: { permissions: ['invoices:pay'] },
    approver: { permissions: ['invoices:approve'] },
  },
  { separationOfDuty: [{ name: 'four eyes', kind: 'dynamic', roles: ['payer', 'approver'], fewerThan: 2 }] },
)

async function prepared() {
  const database = await createDatabase()
  // The fixture's node is one over its own catalogue; this one is over another.
  const policy = database.node({ catalogue, roles } as object)
  await policy.sync()
  const { storage } = database
  const assign = (id: string, role: string, options?: AssignOptions) =>
    storage.transaction((transaction) => policy.assign(transaction, id, role, options))
  const unassign = (id: string, role: string, options?: AssignOptions) =>
    storage.transaction((transaction) => policy.unassign(transaction, id, role, options))
  const covers = (id: string, by: Actor) =>
    codeOf(storage.transaction((transaction) => policy.assertCovers(transaction, id, by)))
  /** Makes a role of grants; those with a leading `!` are denials. */
  const role = async (label: string, grants: readonly string[], inherits: readonly string[] = []) => {
    await policy.createRole({ label, inherits })
    for (const grant of grants) {
      if (grant.startsWith('!')) await policy.grant(label, grant.slice(1), { effect: 'deny' })
      else await policy.grant(label, grant)
    }
  }
  /** Makes a principal with roles, and who that is as an actor. */
  const person = async (...labels: readonly string[]) => {
    const id = await database.addPrincipal()
    for (const label of labels) await assign(id, label)
    const by: Actor = (within, options) => within.subject(id, undefined, options)
    return { id, by }
  }
  return { ...database, policy, assign, unassign, covers, role, person }
}

describe('a way around the ceiling', () => {
  it('is not to let a role that denies expire', async () => {
    const { policy, role, person, assign, time } = await prepared()
    await role('writer', ['content:*'])
    await role('muzzle', ['!content:publish'])
    const { id, by } = await person('writer', 'muzzle')
    const end = { expiresAt: time.now + 1, by }
    expect(await codeOf(assign(id, 'muzzle', end))).toBe('forbidden')
    time.now += 2
    expect((await policy.subject(id)).canUnchecked('content:publish')).toBe(false)
  })

  it('is not to deny somebody what he has more, and to take him over then', async () => {
    const { policy, role, person, covers } = await prepared()
    await role('everybody', ['content:read'])
    await role('treasurer', ['invoices:pay'])
    await role('muzzle', ['!invoices:pay'])
    await role('helper', ['users:update'])
    const [{ by }, victim] = [await person('everybody', 'helper'), await person('everybody', 'treasurer')]
    expect(await covers(victim.id, by)).toBe('forbidden')
    expect(await codeOf(policy.grant('everybody', 'invoices:pay', { effect: 'deny', by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('everybody', '*', { effect: 'deny', by }))).toBe('forbidden')
    expect(await codeOf(policy.updateRole('everybody', { inherits: ['muzzle'] }, { by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('everybody', 'users:update', { effect: 'deny', by }))).toBe('none')
    expect(await covers(victim.id, by)).toBe('forbidden')
  })

  it('is not to take over whom something denies for a while', async () => {
    const { role, person, covers, assign, time } = await prepared()
    await role('treasurer', ['invoices:pay'])
    await role('suspended', ['!*'])
    await role('helper', ['users:update'])
    const [{ by }, victim] = [await person('helper'), await person('treasurer')]
    await assign(victim.id, 'suspended', { expiresAt: time.now + 1_000 })
    expect(await covers(victim.id, by)).toBe('forbidden')
    const harmless = await person()
    await assign(harmless.id, 'suspended', { expiresAt: time.now + 1_000 })
    expect(await covers(harmless.id, by)).toBe('none')
    // Each instant costs: somebody could make them very many.
    for (let nth = 0; nth <= 100; nth += 1) {
      const scope = { resourceType: 'content', resourceId: String(nth) }
      await assign(harmless.id, 'suspended', { expiresAt: time.now + nth + 1, scope })
    }
    expect(await covers(harmless.id, by)).toBe('forbidden')
  })

  it('is not to take over whom a separation of duty keeps from his rights', async () => {
    const { role, person, covers, policy } = await prepared()
    await role('helper', ['users:update'])
    const [{ by }, victim] = [await person('helper'), await person('payer', 'approver')]
    expect((await policy.subject(victim.id)).list()).toEqual([])
    expect(await covers(victim.id, by)).toBe('forbidden')
  })

  it('is not to let a role expire that kept another one of his from being in force', async () => {
    const { person, assign, role, policy, time } = await prepared()
    await role('writer', ['content:*'])
    const { id, by } = await person('writer', 'payer', 'approver')
    expect(await codeOf(assign(id, 'payer', { expiresAt: time.now + 1, by }))).toBe('forbidden')
    time.now += 2
    expect((await policy.subject(id)).canUnchecked('invoices:approve')).toBe(false)
  })

  it('is not to take over whom he has less than in a tenant of his own alone', async () => {
    const { role, person, covers, assign } = await prepared()
    await role('writer', ['content:*'])
    await role('muzzle', ['!content:publish'])
    const [{ id, by }, victim] = [await person('writer'), await person('writer')]
    expect(await covers(victim.id, by)).toBe('none')
    await assign(id, 'muzzle', { scope: { tenant: 'acme' } })
    expect(await covers(victim.id, by)).toBe('forbidden')
  })

  it('is not to lift everywhere what is denied in a tenant alone', async () => {
    const { policy, role, person, assign } = await prepared()
    await role('writer', ['content:*'])
    await role('muzzle', ['!content:publish'])
    await role('guest', [], ['muzzle'])
    const { id, by } = await person('writer')
    await assign(id, 'guest', { scope: { tenant: 'acme' } })
    const [denial] = await policy.grantsOf('muzzle')
    expect(await codeOf(policy.revoke(denial?.id ?? '', { by }))).toBe('forbidden')
    expect(await codeOf(policy.updateRole('guest', { inherits: [] }, { by }))).toBe('forbidden')
    expect((await policy.subject(id, undefined, { tenant: 'acme' })).canUnchecked('content:publish')).toBe(false)
    const other = await person('writer')
    expect(await codeOf(policy.updateRole('guest', { inherits: [] }, { by: other.by }))).toBe('none')
    expect(await codeOf(policy.revoke(denial?.id ?? '', { by }))).toBe('none')
  })

  it('is not to swap the names of permissions', async () => {
    const { policy, role, person } = await prepared()
    await policy.createPermission({ label: 'safe:open' })
    await policy.createPermission({ label: 'door:open' })
    await role('porter', ['door:open'])
    const { by, id } = await person('porter')
    expect(await codeOf(policy.updatePermission('safe:open', { label: 'safe:old' }, { by }))).toBe('none')
    expect(await codeOf(policy.updatePermission('door:open', { label: 'safe:open' }, { by }))).toBe('forbidden')
    expect((await policy.subject(id)).canUnchecked('safe:open')).toBe(false)
  })

  it('is not to leave admins alone who are so for a while', async () => {
    const { person, assign, unassign, time } = await prepared()
    const [first, guest] = [await person('admin'), await person()]
    await assign(guest.id, 'admin', { expiresAt: time.now + 1_000 })
    expect(await codeOf(unassign(first.id, 'admin', { by: guest.by }))).toBe('last_admin')
    expect(await codeOf(assign(first.id, 'admin', { by: guest.by, expiresAt: time.now + 1_000 }))).toBe('last_admin')
    expect(await codeOf(unassign(guest.id, 'admin', { by: first.by }))).toBe('none')
  })
})
