import { eq } from '@cardea/core'
import { principals, roleAssignments } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import { codeOf } from './code-of.fixture.js'
import { createDatabase } from './stored.fixture.js'
import type { Actor, AssignOptions } from './stored-policy.js'

const catalogue = definePermissions({
  content: ['read', 'update', 'delete', 'publish'],
  users: ['read', 'update', 'delete'],
  media: ['read', 'delete'],
})

const roles = defineRoles(catalogue, {
  admin: { bypass: true, protected: true },
  viewer: { permissions: ['content:read'], protected: true },
  declared: { permissions: ['content:read'], inherits: ['viewer'] },
})

async function prepared() {
  const database = await createDatabase()
  // The fixture's node is one over its own catalogue; this one is over a larger one.
  const policy = database.node({ catalogue, roles } as object)
  await policy.sync()
  const { storage } = database
  const assign = (id: string, role: string, options?: AssignOptions) =>
    storage.transaction((transaction) => policy.assign(transaction, id, role, options))
  const unassign = (id: string, role: string, options?: AssignOptions) =>
    storage.transaction((transaction) => policy.unassign(transaction, id, role, options))
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
  const limited =
    (id: string, scopes: readonly string[]): Actor =>
    async (within, options) =>
      (await within.subject(id, undefined, options)).restrict(scopes)
  const grantId = async (label: string, permission: string) =>
    (await policy.grantsOf(label)).find((grant) => grant.permission === permission)?.id ?? ''
  return { ...database, policy, assign, unassign, role, person, limited, grantId }
}

describe('a grant by somebody', () => {
  it('is made of what he has for every object and field, and of nothing else', async () => {
    const { policy, role, person } = await prepared()
    await role('keeper', ['content:update', 'users:read'])
    await role('target', [])
    const { by } = await person('keeper')
    expect(await codeOf(policy.grant('target', 'content:update', { by }))).toBe('none')
    expect(await codeOf(policy.grant('target', 'content:publish', { by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'users:read', { by, fields: ['name'], when: own('a') }))).toBe('none')
    expect((await policy.grantsOf('target')).map(({ permission }) => permission)).toEqual([
      'content:update',
      'users:read',
    ])
  })

  it('takes a wildcard only from one who has a wildcard that covers it, since it will mean more', async () => {
    const { policy, role, person } = await prepared()
    await role('all of media', ['media:read', 'media:delete'])
    await role('media', ['media:*'])
    await role('everything', ['*'])
    await role('target', [])
    const [singly, wide, widest] = [await person('all of media'), await person('media'), await person('everything')]
    expect(await codeOf(policy.grant('target', 'media:*', { by: singly.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', '*:read', { by: wide.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', '*', { by: wide.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'media:*', { by: wide.by }))).toBe('none')
    expect(await codeOf(policy.grant('target', '*:read', { by: widest.by }))).toBe('none')
    expect(await codeOf(policy.grant('target', '*', { by: widest.by }))).toBe('none')
  })

  it('takes no wildcard from one who is denied any of it, also of what is not declared yet', async () => {
    const { policy, role, person } = await prepared()
    await role('all but users', ['*', '!users:*'])
    await role('all but later', ['*', '!reports:*'])
    await role('target', [])
    const [users, later] = [await person('all but users'), await person('all but later')]
    expect(await codeOf(policy.grant('target', '*', { by: users.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', '*:read', { by: users.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'users:read', { by: users.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', '*:read', { by: later.by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'content:*', { by: later.by }))).toBe('none')
  })

  it('may be conditional for one who has it under the same condition, with his fields at most', async () => {
    const { policy, role, person } = await prepared()
    await role('author', [])
    await policy.grant('author', 'content:update', { when: own('author_id'), fields: ['title', 'body'] })
    await role('target', [])
    const { by } = await person('author')
    const give = (options: object) => codeOf(policy.grant('target', 'content:update', { ...options, by }))
    expect(await give({})).toBe('forbidden')
    expect(await give({ when: own('author_id') })).toBe('forbidden')
    expect(await give({ when: own('editor_id'), fields: ['title'] })).toBe('forbidden')
    expect(await give({ when: own('author_id'), fields: ['title', 'slug'] })).toBe('forbidden')
    expect(await give({ fields: ['title'] })).toBe('forbidden')
    const reordered = { value: { ref: 'principal.id' }, field: 'author_id', op: 'eq' }
    expect(await give({ when: reordered, fields: ['title'] })).toBe('none')
  })

  it('may not be conditional for one who is denied a part', async () => {
    const { policy, role, person } = await prepared()
    await role('author', [])
    await policy.grant('author', 'content:update', { when: own('author_id') })
    await policy.grant('author', 'content:update', { effect: 'deny', when: eq('locked', true) })
    await role('target', [])
    const { by } = await person('author')
    expect(await codeOf(policy.grant('target', 'content:update', { when: own('author_id'), by }))).toBe('forbidden')
  })

  it('is anything for one with full access', async () => {
    const { policy, role, person } = await prepared()
    await role('target', [])
    const { by } = await person('admin')
    expect(await codeOf(policy.grant('target', '*', { by }))).toBe('none')
  })

  it('is, for a key with scopes of one with full access, of what the scopes name', async () => {
    const { policy, role, person, limited, assign } = await prepared()
    await role('target', [])
    const { id } = await person('admin')
    const by = limited(id, ['content:*'])
    expect(await codeOf(policy.grant('target', 'users:read', { by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', '*', { by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'content:update', { by }))).toBe('none')
    const other = await person()
    expect(await codeOf(assign(other.id, 'admin', { by }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'target', { by }))).toBe('none')
  })

  it('is, for one who has chosen some of his roles, of what those give', async () => {
    const { policy, role, person } = await prepared()
    await role('wide', ['media:*'])
    await role('narrow', ['content:*'])
    await role('target', [])
    const { id } = await person('wide', 'narrow')
    const by: Actor = (within, options) => within.subject(id, undefined, { ...options, activeRoles: ['narrow'] })
    expect(await codeOf(policy.grant('target', 'media:*', { by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'media:read', { by }))).toBe('forbidden')
    expect(await codeOf(policy.grant('target', 'content:*', { by }))).toBe('none')
  })

  it('does not change a role that has more than he has, neither by giving nor by denying nor by taking away', async () => {
    const { policy, role, person, grantId } = await prepared()
    await role('keeper', ['content:update'])
    await role('parent', ['users:delete'])
    await role('stronger', ['content:read', 'content:update'], ['parent'])
    const { by } = await person('keeper')
    expect(await codeOf(policy.grant('stronger', 'content:update', { by, fields: ['a'] }))).toBe('forbidden')
    expect(await codeOf(policy.grant('stronger', 'content:read', { by, effect: 'deny' }))).toBe('forbidden')
    expect(await codeOf(policy.revoke(await grantId('stronger', 'content:update'), { by }))).toBe('forbidden')
    expect(await codeOf(policy.updateRole('stronger', { description: 'x' }, { by }))).toBe('forbidden')
    expect(await codeOf(policy.deleteRole('stronger', { by }))).toBe('forbidden')
  })

  it('takes no denial away that he is under himself, nor one of what he has not', async () => {
    const { policy, role, person, grantId } = await prepared()
    await role('keeper', ['content:*', '!content:publish'])
    await role('other', ['content:read', '!content:update', '!users:delete', '!content:publish'])
    const { by, id } = await person('keeper')
    expect(await codeOf(policy.revoke(await grantId('keeper', 'content:publish'), { by }))).toBe('forbidden')
    expect(await codeOf(policy.revoke(await grantId('other', 'content:publish'), { by }))).toBe('forbidden')
    expect(await codeOf(policy.revoke(await grantId('other', 'users:delete'), { by }))).toBe('forbidden')
    expect(await codeOf(policy.revoke(await grantId('other', 'content:update'), { by }))).toBe('none')
    expect((await policy.subject(id)).canUnchecked('content:publish')).toBe(false)
  })

  it('is made by nobody who has been disabled meanwhile, with full access or without', async () => {
    const { policy, role, person, storage } = await prepared()
    await role('keeper', ['content:update'])
    await role('target', [])
    for (const label of ['admin', 'keeper']) {
      const { id, by } = await person(label)
      await storage.update(principals, { where: eq('id', id), set: { status: 'disabled' } })
      expect(await codeOf(policy.grant('target', 'content:update', { by }))).toBe('forbidden')
      await storage.update(principals, { where: eq('id', id), set: { status: 'active' } })
      expect(await codeOf(policy.updateRole('target', { description: label }, { by }))).toBe('none')
    }
  })

  it('is judged by what he may at that moment, inside the transaction', async () => {
    const { policy, role, person, storage, unassign } = await prepared()
    await role('keeper', ['content:update'])
    await role('target', [])
    const { id, by } = await person('keeper')
    await policy.subject(id)
    await unassign(id, 'keeper')
    expect(await codeOf(policy.grant('target', 'content:update', { by }))).toBe('forbidden')
    const inside = storage.transaction(async (transaction) => {
      await policy.assign(transaction, id, 'keeper')
      await policy.within(transaction).grant('target', 'content:update', { by })
    })
    expect(await codeOf(inside)).toBe('none')
  })
})

describe('a role by somebody', () => {
  it('inherits what he has, and is not freed of what its parents deny', async () => {
    const { policy, role, person } = await prepared()
    await role('strong', ['users:delete'])
    await role('weak', ['content:read'])
    await role('muzzle', ['!users:read'])
    await role('keeper', ['content:read', 'content:update'])
    const { by } = await person('keeper')
    expect(await codeOf(policy.createRole({ label: 'a', inherits: ['strong'] }, { by }))).toBe('forbidden')
    expect(await codeOf(policy.createRole({ label: 'a', inherits: ['weak', 'muzzle'] }, { by }))).toBe('none')
    expect(await codeOf(policy.updateRole('a', { inherits: ['weak', 'muzzle', 'strong'] }, { by }))).toBe('forbidden')
    expect(await codeOf(policy.updateRole('a', { inherits: ['weak'] }, { by }))).toBe('forbidden')
    expect(await codeOf(policy.updateRole('a', { inherits: ['muzzle'] }, { by }))).toBe('none')
    expect(await codeOf(policy.updateRole('a', { label: 'b', description: 'B' }, { by }))).toBe('none')
    expect(await codeOf(policy.deleteRole('b', { by }))).toBe('none')
  })

  it('does not give him more by a change of his own one', async () => {
    const { policy, role, person, assign } = await prepared()
    await role('muzzle', ['!users:read'])
    await role('keeper', ['content:*', 'users:read'], ['muzzle'])
    const { id, by } = await person('keeper')
    expect(await codeOf(policy.updateRole('keeper', { inherits: [] }, { by }))).toBe('forbidden')
    await role('silence', ['!content:publish'])
    await assign(id, 'silence')
    expect(await codeOf(policy.deleteRole('silence', { by }))).toBe('role_in_use')
    expect((await policy.subject(id)).list()).toEqual(['content:read', 'content:update', 'content:delete'])
  })
})

describe('an assignment by somebody', () => {
  it('is of a role that he has all of, what it inherits included', async () => {
    const { role, person, assign, policy } = await prepared()
    await role('parent', ['users:delete'])
    await role('heir', ['content:read'], ['parent'])
    await role('equal', ['content:read'])
    await role('keeper', ['content:read', 'content:update'])
    const [{ by }, other] = [await person('keeper'), await person()]
    expect(await codeOf(assign(other.id, 'heir', { by }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'admin', { by }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'equal', { by }))).toBe('none')
    expect((await policy.assignmentsOf(other.id)).map(({ roleLabel }) => roleLabel)).toEqual(['equal'])
  })

  it('gives full access only from full access', async () => {
    const { person, assign, unassign } = await prepared()
    const [first, second, third] = [await person('admin'), await person('admin'), await person()]
    expect(await codeOf(assign(third.id, 'admin', { by: first.by }))).toBe('none')
    expect(await codeOf(unassign(second.id, 'admin', { by: first.by }))).toBe('none')
    expect(await codeOf(unassign(first.id, 'admin', { by: second.by }))).toBe('forbidden')
    expect(await codeOf(unassign(first.id, 'admin', { by: first.by }))).toBe('none')
    expect(await codeOf(unassign(third.id, 'admin', { by: third.by }))).toBe('last_admin')
  })

  it('does not touch somebody who has more, conditional rights included', async () => {
    const { role, person, assign, unassign, policy } = await prepared()
    await role('keeper', ['content:read'])
    await role('stronger', ['users:read'])
    await role('author', [])
    await policy.grant('author', 'content:update', { when: own('author_id') })
    await role('harmless', ['content:read'])
    const { by } = await person('keeper')
    for (const label of ['admin', 'stronger', 'author']) {
      const other = await person(label, 'harmless')
      expect(await codeOf(assign(other.id, 'keeper', { by }))).toBe('forbidden')
      expect(await codeOf(unassign(other.id, 'harmless', { by }))).toBe('forbidden')
      expect(await codeOf(unassign(other.id, label, { by }))).toBe('forbidden')
    }
    const weak = await person('harmless')
    expect(await codeOf(unassign(weak.id, 'harmless', { by }))).toBe('none')
    // What he may do to some objects is less than what another may do to all, or to others.
    await role('updater', ['content:update'])
    const [author, colleague, updater] = [await person('author'), await person('author'), await person('updater')]
    expect(await codeOf(unassign(updater.id, 'updater', { by: author.by }))).toBe('forbidden')
    expect(await codeOf(unassign(colleague.id, 'author', { by: author.by }))).toBe('forbidden')
    expect(await codeOf(unassign(author.id, 'author', { by: updater.by }))).toBe('none')
  })

  it('does not take a role that denies from himself, nor from somebody who would have more than he', async () => {
    const { role, person, assign, unassign, policy } = await prepared()
    await role('muzzle', ['!users:delete', '!content:publish'])
    await role('writer', ['content:*'])
    await role('deleter', ['users:delete'])
    const self = await person('writer', 'muzzle')
    expect(await codeOf(unassign(self.id, 'muzzle', { by: self.by }))).toBe('forbidden')
    const boss = await person('writer')
    const other = await person('muzzle')
    expect(await codeOf(unassign(other.id, 'muzzle', { by: boss.by }))).toBe('forbidden')
    await assign(boss.id, 'deleter')
    expect(await codeOf(unassign(other.id, 'muzzle', { by: boss.by }))).toBe('none')
    expect(await codeOf(unassign(self.id, 'writer', { by: self.by }))).toBe('none')
    expect((await policy.subject(self.id)).list()).toEqual([])
  })

  it('does not give himself more: neither a role nor back what he was denied', async () => {
    const { role, person, assign, policy } = await prepared()
    await role('keeper', ['content:read'])
    await role('stronger', ['content:read', 'users:read'])
    const { id, by } = await person('keeper')
    expect(await codeOf(assign(id, 'stronger', { by }))).toBe('forbidden')
    expect(await codeOf(assign(id, 'admin', { by }))).toBe('forbidden')
    expect((await policy.assignmentsOf(id)).map(({ roleLabel }) => roleLabel)).toEqual(['keeper'])
  })

  it('is not undone or prolonged by a key that has less than its owner', async () => {
    const { role, person, assign, unassign, limited } = await prepared()
    await role('keeper', ['content:read', 'users:read'])
    const { id } = await person('keeper')
    const by = limited(id, ['content:read'])
    expect(await codeOf(unassign(id, 'keeper', { by }))).toBe('forbidden')
    expect(await codeOf(assign(id, 'keeper', { by }))).toBe('forbidden')
  })

  it('does not outlast what he has himself', async () => {
    const { role, person, assign, time } = await prepared()
    await role('keeper', ['content:read'])
    const { id, by } = await person()
    const until = time.now + 1_000
    await assign(id, 'keeper', { expiresAt: until })
    const other = await person()
    expect(await codeOf(assign(other.id, 'keeper', { by }))).toBe('forbidden')
    expect(await codeOf(assign(id, 'keeper', { by }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'keeper', { by, expiresAt: until + 1 }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'keeper', { by, expiresAt: until }))).toBe('none')
    const guest = await person()
    await assign(guest.id, 'admin', { expiresAt: until })
    expect(await codeOf(assign(other.id, 'admin', { by: guest.by }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'admin', { by: guest.by, expiresAt: until }))).toBe('none')
  })

  it('is checked in order: what there is, what he may, what the state allows', async () => {
    const { person, assign, unassign, createId } = await prepared()
    const [admin, nobody] = [await person('admin'), await person()]
    expect(await codeOf(assign(createId(), 'admin', { by: nobody.by }))).toBe('not_found')
    expect(await codeOf(assign(admin.id, 'nothing', { by: nobody.by }))).toBe('not_found')
    expect(await codeOf(unassign(admin.id, 'admin', { by: nobody.by }))).toBe('forbidden')
  })

  it('is made for a new principal by the same rules', async () => {
    const { storage, policy, role, person, createId, time } = await prepared()
    await role('keeper', ['content:read'])
    await role('stronger', ['users:read'])
    const { by } = await person('keeper')
    const make = (label: string) =>
      storage.transaction(async (transaction) => {
        await policy.lock(transaction)
        const id = createId()
        const row = { id, collection: 'users', record_key: id, status: 'active', created_at: time.now }
        await transaction.insert(principals, row)
        await policy.assignNew(transaction, id, label, { by })
      })
    expect(await codeOf(make('stronger'))).toBe('forbidden')
    expect(await codeOf(make('admin'))).toBe('forbidden')
    expect(await codeOf(make('keeper'))).toBe('none')
  })

  it('goes by its id as well, under the same rules', async () => {
    const { storage, policy, person, assign, role, createId } = await prepared()
    await role('keeper', ['content:read'])
    const [keeper, other] = [await person('keeper'), await person()]
    const remove = (id: string, by?: Actor) =>
      storage.transaction((transaction) => policy.removeAssignment(transaction, id, { by }))
    await assign(other.id, 'admin')
    const last = (await policy.assignmentsOf(other.id))[0]?.id ?? ''
    expect(await codeOf(remove(createId(), keeper.by))).toBe('not_found')
    expect(await codeOf(remove('no id', keeper.by))).toBe('not_found')
    expect(await codeOf(remove(last, keeper.by))).toBe('forbidden')
    expect(await codeOf(remove(last))).toBe('last_admin')
    const made = await assign(other.id, 'keeper')
    expect(await remove(made.id)).toEqual(made)
    expect(await policy.findAssignment(made.id)).toBeUndefined()
  })
})

describe('assertCovers', () => {
  it('asks for all rights of the other, in every tenant and for single objects', async () => {
    const { storage, policy, role, person, assign } = await prepared()
    await role('keeper', ['content:read', 'users:update'])
    await role('stronger', ['media:delete'])
    const { by } = await person('keeper')
    const covers = (id: string, who = by) =>
      codeOf(storage.transaction((transaction) => policy.assertCovers(transaction, id, who)))
    const other = await person('viewer')
    expect(await covers(other.id)).toBe('none')
    await assign(other.id, 'stronger', { scope: { tenant: 'acme' } })
    expect(await covers(other.id)).toBe('forbidden')
    const third = await person()
    await assign(third.id, 'stronger', { scope: { resourceType: 'media', resourceId: '7' } })
    expect(await covers(third.id)).toBe('forbidden')
    const admin = await person('admin')
    expect(await covers(admin.id)).toBe('forbidden')
    expect(await covers(other.id, admin.by)).toBe('none')
  })
})

describe('an assignment in a scope by somebody', () => {
  it('is measured by what he has there', async () => {
    const { role, person, assign, policy } = await prepared()
    await role('owner', ['content:*'])
    await role('member', ['content:read'])
    const owner = await person()
    await assign(owner.id, 'owner', { scope: { tenant: 'acme' } })
    const other = await person()
    expect(await codeOf(assign(other.id, 'member', { by: owner.by }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'member', { by: owner.by, scope: { tenant: 'other' } }))).toBe('forbidden')
    expect(await codeOf(assign(other.id, 'member', { by: owner.by, scope: { tenant: 'acme' } }))).toBe('none')
    const somewhere: Actor = (within) => within.subject(owner.id, undefined, { tenant: 'acme' })
    expect(await codeOf(assign(other.id, 'member', { by: somewhere }))).toBe('forbidden')
    expect((await policy.subject(other.id)).list()).toEqual([])
    expect((await policy.subject(other.id, undefined, { tenant: 'acme' })).list()).toEqual(['content:read'])
  })

  it('shares one object by who has as much of it', async () => {
    const { role, person, assign } = await prepared()
    await role('owner', ['content:read', 'content:update', 'users:read'])
    await role('reader', ['content:read', 'users:delete'])
    const owner = await person()
    const scope = { resourceType: 'content', resourceId: '5' }
    await assign(owner.id, 'owner', { scope })
    const other = await person()
    const give = (more: object) => codeOf(assign(other.id, 'reader', { by: owner.by, ...more }))
    expect(await give({})).toBe('forbidden')
    expect(await give({ scope: { resourceType: 'content', resourceId: '6' } })).toBe('forbidden')
    expect(await give({ scope: { resourceType: 'users', resourceId: '5' } })).toBe('forbidden')
    // Of the role there counts what is about content alone.
    expect(await give({ scope })).toBe('none')
  })

  it('shares no object by a key that has less of it, nor by a role for it that has expired', async () => {
    const { role, person, assign, limited, time } = await prepared()
    await role('owner', ['content:*'])
    await role('sharer', ['content:read', 'content:update'])
    const [owner, former, other] = [await person('viewer'), await person('viewer'), await person()]
    const scope = { resourceType: 'content', resourceId: '5' }
    await assign(owner.id, 'owner', { scope })
    await assign(former.id, 'owner', { scope, expiresAt: time.now + 5 })
    const give = (by: Actor) => codeOf(assign(other.id, 'sharer', { by, scope }))
    expect(await give(limited(owner.id, ['content:read']))).toBe('forbidden')
    time.now += 5
    expect(await give(former.by)).toBe('forbidden')
    expect(await give(owner.by)).toBe('none')
  })

  it('does not take a condition on other fields for met by an object that is only named', async () => {
    const { role, person, assign, policy } = await prepared()
    await role('author', [])
    await policy.grant('author', 'content:update', { when: { op: 'isNull', field: 'published_at' } })
    await role('updater', ['content:update'])
    const author = await person('author')
    const other = await person()
    const scope = { resourceType: 'content', resourceId: '5' }
    expect(await codeOf(assign(other.id, 'updater', { by: author.by, scope }))).toBe('forbidden')
  })
})

describe('a permission by somebody', () => {
  it('is changed by who has it, and renamed by who may give the new name, unless nobody was granted it', async () => {
    const { policy, role, person } = await prepared()
    await policy.createPermission({ label: 'reports:read' })
    await role('keeper', ['content:read'])
    const { by } = await person('keeper')
    expect(await codeOf(policy.updatePermission('reports:read', { description: 'x' }, { by }))).toBe('none')
    await role('reporter', ['reports:read'])
    expect(await codeOf(policy.updatePermission('reports:read', { label: 'reports:show' }, { by }))).toBe('forbidden')
    expect(await codeOf(policy.deletePermission('reports:read', { by }))).toBe('forbidden')
    const reporter = await person('reporter')
    const options = { by: reporter.by }
    expect(await codeOf(policy.updatePermission('reports:read', { description: 'y' }, options))).toBe('none')
    expect(await codeOf(policy.updatePermission('reports:read', { label: 'reports:show' }, options))).toBe('forbidden')
    await policy.grant('reporter', 'reports:*')
    expect(await codeOf(policy.updatePermission('reports:read', { label: 'reports:show' }, options))).toBe('none')
    expect(await codeOf(policy.deletePermission('reports:show', options))).toBe('conflict')
    expect((await policy.subject(reporter.id)).list()).toEqual(['reports:show'])
  })
})

it('leaves expired rows out of what somebody has', async () => {
  const { policy, role, person, assign, time, storage } = await prepared()
  await role('keeper', ['media:*'])
  await role('target', [])
  const { id, by } = await person()
  await assign(id, 'keeper', { expiresAt: time.now + 5 })
  time.now += 5
  expect(await storage.count(roleAssignments, eq('principal_id', id))).toBe(1)
  expect(await codeOf(policy.grant('target', 'media:*', { by }))).toBe('forbidden')
})

describe('assertAssignable', () => {
  it('lets through who could give the role, before there is anybody to give it to', async () => {
    const { storage, policy, role, person, limited } = await prepared()
    await role('keeper', ['content:update', 'content:read'])
    await role('publisher', ['content:publish'])
    const keeper = await person('keeper')
    const admin = await person('admin')
    const ask = (label: string, by: Actor) =>
      codeOf(storage.transaction((transaction) => policy.assertAssignable(transaction, label, by)))
    expect(await ask('keeper', keeper.by)).toBe('none')
    expect(await ask('viewer', keeper.by)).toBe('none')
    expect(await ask('publisher', keeper.by)).toBe('forbidden')
    expect(await ask('admin', keeper.by)).toBe('forbidden')
    expect(await ask('admin', admin.by)).toBe('none')
    expect(await ask('admin', limited(admin.id, ['content:read']))).toBe('forbidden')
    expect(await ask('keeper', limited(keeper.id, ['content:read']))).toBe('forbidden')
    expect(await ask('nothing', admin.by)).toBe('not_found')
  })
})
