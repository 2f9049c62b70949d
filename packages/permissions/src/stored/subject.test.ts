import { CardeaError, eq, isCardeaError } from '@cardea/core'
import {
  authz,
  principals,
  roleAssignments,
  rolePermissions,
  roles as roleTable,
  type StorageOperations,
} from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createDatabase, inTransaction, interleaved } from './stored.fixture.js'

async function prepared() {
  const database = await createDatabase()
  const node = database.node()
  await node.sync()
  const ann = await database.addPrincipal()
  await inTransaction(database.storage, (transaction) => node.assign(transaction, ann, 'viewer'))
  return { ...database, policy: node, ann }
}

const rejectsWith = async (promise: Promise<unknown>, code: CardeaError['code']) =>
  await expect(promise).rejects.toSatisfy((error) => isCardeaError(error, code))

describe('subject', () => {
  it('needs no statement when the versions that the request saw are those in memory', async () => {
    const { policy, ann, seen, statementsOf } = await prepared()
    const versions = await seen(ann)
    const first = await policy.subject(ann, versions)
    expect(first.list()).toEqual(['content:read'])
    expect(await statementsOf(() => policy.subject(ann, versions))).toEqual([])
    expect(await policy.subject(ann, { ...versions })).toBe(first)
  })

  it('loads at first use: the policy in five statements, a principal in two', async () => {
    const { node, addPrincipal, seen, statementsOf } = await prepared()
    const policy = node()
    const bob = await addPrincipal()
    const versions = await seen(bob)
    expect(await statementsOf(() => policy.subject(bob, versions))).toEqual([
      'find cardea_roles',
      'find cardea_permissions',
      'find cardea_role_permissions',
      'find cardea_role_parents',
      'find cardea_authz',
      'find cardea_role_assignments',
      'find cardea_principals',
    ])
    const carl = await addPrincipal()
    const versionsOfCarl = await seen(carl)
    expect(await statementsOf(() => policy.subject(carl, versionsOfCarl))).toEqual([
      'find cardea_role_assignments',
      'find cardea_principals',
    ])
  })

  it('reads the versions first when the request saw none', async () => {
    const { policy, ann, statementsOf } = await prepared()
    await policy.subject(ann)
    expect(await statementsOf(() => policy.subject(ann))).toEqual(['find cardea_principals'])
  })

  it('acts on a change of roles with the next request, on every node, reading that principal alone', async () => {
    const { policy, node, storage, ann, seen, statementsOf } = await prepared()
    const other = node()
    await other.subject(ann, await seen(ann))
    await policy.subject(ann, await seen(ann))
    await inTransaction(storage, (transaction) => policy.unassign(transaction, ann, 'viewer'))
    const versions = await seen(ann)
    for (const each of [policy, other]) {
      const statements = await statementsOf(async () => {
        expect((await each.subject(ann, versions)).can('content:read')).toBe(false)
      })
      expect(statements).toEqual(['find cardea_role_assignments', 'find cardea_principals'])
    }
  })

  it('acts on a change of a role with the next request, on every node, reading the grants of that role alone', async () => {
    const { policy, node, storage, ann, seen, statementsOf } = await prepared()
    const role = await policy.createRole({ label: 'reporter' })
    const bystander = await policy.createRole({ label: 'bystander' })
    await policy.grant(bystander.id, 'users:delete')
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, role.id))
    const other = node()
    await other.subject(ann, await seen(ann))
    const grant = await policy.grant('reporter', 'users:read')

    const queried: unknown[] = []
    const watching = node({
      storage: {
        ...storage,
        find: (table, query, params) => {
          if (table.name === 'cardea_role_permissions') queried.push(query.where)
          return storage.find(table, query, params)
        },
      },
    })
    await watching.subject(ann, { ...(await seen(ann)) })
    expect((await other.subject(ann, await seen(ann))).can('users:read')).toBe(true)
    await policy.revoke(grant.id)
    const versions = await seen(ann)
    expect((await other.subject(ann, versions)).can('users:read')).toBe(false)
    expect((await policy.subject(ann, versions)).can('users:read')).toBe(false)
    expect((await watching.subject(ann, versions)).can('users:read')).toBe(false)
    expect(queried).toEqual([
      { op: 'in', field: 'role_id', values: (await policy.listRoles()).map(({ id }) => id).sort() },
      { op: 'in', field: 'role_id', values: [role.id] },
    ])
    // Assignments did not change, so they were not read again.
    expect(await statementsOf(() => other.subject(ann, versions))).toEqual([])
  })

  it('keeps the principals in memory across a change of policy', async () => {
    const { policy, ann, seen, statementsOf } = await prepared()
    await policy.subject(ann, await seen(ann))
    await policy.createRole({ label: 'new' })
    const versions = await seen(ann)
    const statements = await statementsOf(() => policy.subject(ann, versions))
    expect(statements).not.toContain('find cardea_role_assignments')
  })

  it('sees that a role is gone, and a permission that is new', async () => {
    const { policy, node, ann, seen } = await prepared()
    const other = node()
    await policy.createRole({ label: 'short-lived' })
    await other.subject(ann, await seen(ann))
    await policy.deleteRole('short-lived')
    await policy.createPermission({ label: 'reports:read' })
    const admin = await other.subject(ann, await seen(ann))
    expect(admin.canUnchecked('reports:read')).toBe(false)
    expect(() => admin.can('reports:read' as 'content:read')).not.toThrow()
  })

  it('ends an expired assignment at that instant in memory too, without a statement', async () => {
    const { policy, storage, time, ann, seen, statementsOf } = await prepared()
    const expiresAt = time.now + 1_000
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'editor', { expiresAt }))
    const versions = await seen(ann)
    expect((await policy.subject(ann, versions)).can('content:update')).toBe(true)
    time.now = expiresAt - 1
    expect((await policy.subject(ann, versions)).can('content:update')).toBe(true)
    time.now = expiresAt
    const statements = await statementsOf(async () => {
      const subject = await policy.subject(ann, versions)
      expect(subject.can('content:update')).toBe(false)
      expect(subject.can('content:read')).toBe(true)
    })
    expect(statements).toEqual([])
  })

  it('leaves out assignments for a tenant or a resource', async () => {
    const { policy, storage, createId, time, ann } = await prepared()
    const admin = await policy.findRole('admin')
    const base = { principal_id: ann, role_id: admin?.id ?? '', created_at: time.now }
    await storage.insert(roleAssignments, [
      { ...base, id: createId(), tenant: 'acme' },
      { ...base, id: createId(), resource_type: 'content' },
      { ...base, id: createId(), resource_id: '7' },
    ])
    const subject = await policy.subject(ann)
    expect(subject.bypass).toBe(false)
    expect(subject.roles.map((role) => role.label)).toEqual(['viewer'])
  })

  it('leaves out a role of a tenant, whatever its assignment says', async () => {
    const { policy, storage, createId, time, ann } = await prepared()
    const id = createId()
    const stamps = { created_at: time.now, updated_at: time.now }
    await storage.insert(roleTable, { id, tenant: 'acme', label: 'owner', bypass: true, ...stamps })
    await storage.insert(roleAssignments, { id: createId(), principal_id: ann, role_id: id, created_at: time.now })
    const subject = await policy.subject(ann)
    expect(subject.bypass).toBe(false)
    expect(subject.roles.map((role) => role.label)).toEqual(['viewer'])
  })

  it('counts all of 150 roles', async () => {
    const { policy, storage, ann } = await prepared()
    for (let n = 0; n < 150; n += 1) {
      await policy.createPermission({ label: `r_${n}:read` })
      await policy.createRole({ label: `role ${n}` })
      await policy.grant(`role ${n}`, `r_${n}:read`)
      await inTransaction(storage, (transaction) => policy.assign(transaction, ann, `role ${n}`))
    }
    const subject = await policy.subject(ann)
    for (let n = 0; n < 150; n += 1) expect(subject.canUnchecked(`r_${n}:read`)).toBe(true)
    expect(await policy.assignmentsOf(ann)).toHaveLength(151)
    expect(await policy.listRoles()).toHaveLength(153)
  })

  it('gives a principal that does not exist nothing, and does not remember it', async () => {
    const { policy, createId, addPrincipal, storage } = await prepared()
    const id = createId()
    expect((await policy.subject(id)).list()).toEqual([])
    expect((await policy.subject(id, { authzVersion: 0, policyVersion: 1 })).list()).toEqual([])
    await addPrincipal(id)
    await inTransaction(storage, (transaction) => policy.assignNew(transaction, id, 'viewer'))
    expect((await policy.subject(id, { authzVersion: 0, policyVersion: 1 })).list()).toEqual(['content:read'])
  })

  it('does not take a principal whose id is the id of a role for its holder', async () => {
    const { policy, addPrincipal } = await prepared()
    const admin = await policy.findRole('admin')
    await addPrincipal(admin?.id ?? '')
    expect((await policy.subject(admin?.id ?? '')).bypass).toBe(false)
  })

  it('keeps no more principals than it may', async () => {
    const { node, addPrincipal, seen, statementsOf } = await prepared()
    const policy = node({ maxCachedSubjects: 2 })
    const ids = [await addPrincipal(), await addPrincipal(), await addPrincipal()]
    for (const id of ids) await policy.subject(id, await seen(id))
    const [oldest = '', , newest = ''] = ids
    const versions = [await seen(oldest), await seen(newest)]
    expect(await statementsOf(() => policy.subject(newest, versions[1]))).toEqual([])
    expect(await statementsOf(() => policy.subject(oldest, versions[0]))).toHaveLength(2)
  })

  it('loads once when many requests ask at the same time', async () => {
    const { node, ann, seen, statementsOf } = await prepared()
    const policy = node()
    const versions = await seen(ann)
    const statements = await statementsOf(async () => {
      const subjects = await Promise.all(Array.from({ length: 50 }, () => policy.subject(ann, versions)))
      expect(new Set(subjects).size).toBe(1)
    })
    expect(statements).toHaveLength(7)
  })

  it('does not answer from a load that began before what the request saw', async () => {
    const { policy, node, storage, ann, seen } = await prepared()
    const old = await seen(ann)
    let held: ((value: unknown) => void) | undefined
    const gate = new Promise((resolve) => {
      held = resolve
    })
    let reads = 0
    const slow: typeof storage = {
      ...storage,
      findOne: async (table, query, params) => {
        const row = await storage.findOne(table, query, params)
        // The first load has read its last version and is slow to say so.
        if (table.name === 'cardea_principals' && reads++ === 0) await gate
        return row
      },
    }
    const other = node({ storage: slow })
    const early = other.subject(ann, old)
    await new Promise((resolve) => setImmediate(resolve))
    await inTransaction(storage, (transaction) => policy.unassign(transaction, ann, 'viewer'))
    const late = other.subject(ann, await seen(ann))
    held?.(undefined)
    expect((await early).can('content:read')).toBe(true)
    expect((await late).can('content:read')).toBe(false)
    expect((await other.subject(ann, await seen(ann))).can('content:read')).toBe(false)
  })

  it('never keeps assignments that changed while they were read', async () => {
    const { policy, node, storage, ann, seen } = await prepared()
    const old = await seen(ann)
    let changed = false
    const other = node({
      storage: interleaved(storage, (table) => {
        if (changed || table !== 'cardea_principals') return undefined
        changed = true
        return inTransaction(storage, (transaction) => policy.unassign(transaction, ann, 'viewer'))
      }),
    })
    // The rows are read before the change, the version after it.
    expect((await other.subject(ann, old)).can('content:read')).toBe(false)
    expect((await other.subject(ann, await seen(ann))).can('content:read')).toBe(false)
  })

  it('never keeps a policy that changed while it was read', async () => {
    const { policy, node, storage, ann, seen } = await prepared()
    await policy.createRole({ label: 'reporter' })
    await policy.grant('reporter', 'users:read')
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'reporter'))
    const [grant] = await policy.grantsOf('reporter')
    const old = await seen(ann)
    let changed = false
    const other = node({
      storage: interleaved(storage, (table) => {
        if (changed || table !== 'cardea_role_parents') return undefined
        changed = true
        return policy.revoke(grant?.id ?? '')
      }),
    })
    expect((await other.subject(ann, old)).can('users:read')).toBe(false)
    expect((await other.subject(ann, await seen(ann))).can('users:read')).toBe(false)
  })

  it('never puts an old policy together with new assignments, nor the other way round', async () => {
    const { policy, node, storage, ann, seen } = await prepared()
    await policy.createRole({ label: 'reporter' })
    const grant = await policy.grant('reporter', 'users:read')
    const other = node()
    await other.subject(ann, await seen(ann))
    const old = await seen(ann)
    let changed = false
    const racing = node({
      storage: interleaved(storage, (table) => {
        if (changed || table !== 'cardea_role_assignments') return undefined
        changed = true
        // The role loses its permission and is given to Ann only then: she never had it.
        return policy
          .revoke(grant.id)
          .then(() => inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'reporter')))
      }),
    })
    expect((await racing.subject(ann, old)).can('users:read')).toBe(false)
  })

  it('is unavailable rather than wrong when everything keeps changing', async () => {
    const { node, storage, ann, seen } = await prepared()
    const old = await seen(ann)
    const everChanging = node({
      storage: interleaved(storage, (table) =>
        table === 'cardea_role_assignments'
          ? storage.update(principals, { where: eq('id', ann), increment: { authz_version: 1 } })
          : undefined,
      ),
    })
    await rejectsWith(everChanging.subject(ann, old), 'unavailable')
    const policyChanging = node({
      storage: interleaved(storage, (table) =>
        table === 'cardea_role_parents'
          ? storage.update(authz, { where: eq('id', 'authz'), increment: { policy_version: 1 } })
          : undefined,
      ),
    })
    await rejectsWith(policyChanging.subject(ann, old), 'unavailable')
  })

  it('refuses rows that are older than what the request saw, as from a replica that lags behind', async () => {
    const { policy, ann, seen } = await prepared()
    const versions = await seen(ann)
    await rejectsWith(policy.subject(ann, { ...versions, authzVersion: versions.authzVersion + 1 }), 'unavailable')
    await rejectsWith(policy.subject(ann, { ...versions, policyVersion: versions.policyVersion + 1 }), 'unavailable')
    await rejectsWith(policy.subject(ann, { ...versions, authzVersion: Number.NaN }), 'unavailable')
    expect((await policy.subject(ann, versions)).can('content:read')).toBe(true)
  })

  it('loads the policy anew when its version went back, as after a backup was restored', async () => {
    const { policy, storage, ann, seen } = await prepared()
    await policy.createRole({ label: 'reporter' })
    const grant = await policy.grant('reporter', 'users:read')
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'reporter'))
    expect((await policy.subject(ann, await seen(ann))).can('users:read')).toBe(true)
    await storage.delete(rolePermissions, eq('id', grant.id))
    await storage.update(authz, { where: eq('id', 'authz'), set: { policy_version: 2 } })
    expect((await policy.subject(ann, await seen(ann))).can('users:read')).toBe(false)
    expect((await policy.subject(ann)).can('users:read')).toBe(false)
  })

  it('passes on what goes wrong while loading, and tries again the next time', async () => {
    const { node, storage, ann, seen } = await prepared()
    let broken = true
    const down = () => {
      if (broken) throw new CardeaError('unavailable', 'storage: no answer')
      return undefined
    }
    const policy = node({ storage: interleaved(storage, async () => down()) })
    const versions = await seen(ann)
    await rejectsWith(policy.subject(ann, versions), 'unavailable')
    await rejectsWith(policy.subject(ann), 'unavailable')
    broken = false
    expect((await policy.subject(ann, versions)).can('content:read')).toBe(true)
  })

  it('denies everything with an error when a stored grant cannot be understood, and reports it', async () => {
    const { node, storage, ann, seen } = await prepared()
    await storage.update(rolePermissions, { where: eq('effect', 'deny'), set: { effect: 'Deny' } })
    const errors: string[] = []
    const logger = { warn: () => undefined, error: (message: string) => errors.push(message) }
    const policy = node({ logger })
    await rejectsWith(policy.subject(ann, await seen(ann)), 'configuration_invalid')
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain('effect')
  })

  it('reports names from data that are no permission, without repeating what may be anything', async () => {
    const { node, ann } = await prepared()
    const reported: unknown[] = []
    const logger = { warn: (_: string, fields?: object) => reported.push(fields), error: () => undefined }
    const subject = await node({ logger }).subject(ann)
    expect(subject.canUnchecked('content:reed')).toBe(false)
    expect(subject.canUnchecked('Bearer secret')).toBe(false)
    expect(reported).toEqual([{ permission: 'content:reed' }, {}])
  })
})

describe('within', () => {
  it('sees what its transaction wrote, while the others see nothing of it', async () => {
    const { policy, storage, ann, seen } = await prepared()
    await policy.subject(ann, await seen(ann))
    const work = async (transaction: StorageOperations) => {
      const inside = policy.within(transaction)
      const role = await inside.createRole({ label: 'reporter' })
      await inside.grant(role.id, 'users:read')
      await inside.assign(transaction, ann, 'reporter')
      expect((await inside.subject(ann)).can('users:read')).toBe(true)
      expect((await policy.subject(ann)).can('users:read')).toBe(false)
      throw new Error('the app changed its mind')
    }
    await expect(storage.transaction(work)).rejects.toThrow('changed its mind')
    expect((await policy.subject(ann, await seen(ann))).can('users:read')).toBe(false)
    expect(await policy.findRole('reporter')).toBeUndefined()
  })

  it('does not mistake what is committed later for what was rolled back under the same versions', async () => {
    const { policy, storage, ann, seen } = await prepared()
    await policy.subject(ann)
    const rolledBack = storage.transaction(async (transaction) => {
      const inside = policy.within(transaction)
      await inside.assign(transaction, ann, 'admin')
      expect((await inside.subject(ann)).bypass).toBe(true)
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    await inTransaction(storage, (transaction) => policy.assign(transaction, ann, 'editor'))
    const subject = await policy.subject(ann, await seen(ann))
    expect(subject.bypass).toBe(false)
    expect(subject.can('content:update')).toBe(true)
  })

  it('works over a joined storage', async () => {
    const { policy, storage, ann } = await prepared()
    await storage.transaction(async (transaction) => {
      const inside = policy.within(storage.join(transaction))
      await inside.createRole({ label: 'reporter' })
      await inside.assign(transaction, ann, 'reporter')
      expect((await inside.subject(ann)).roles.map((role) => role.label)).toEqual(['reporter', 'viewer'])
    })
    expect((await policy.subject(ann)).roles.map((role) => role.label)).toEqual(['reporter', 'viewer'])
  })

  it('takes over the policy in memory, so that one subject costs three statements', async () => {
    const { policy, storage, ann, seen, statementsOf } = await prepared()
    await policy.subject(ann, await seen(ann))
    await inTransaction(storage, async (transaction) => {
      expect(await statementsOf(() => policy.within(transaction).subject(ann))).toEqual([
        'find cardea_principals',
        'find cardea_role_assignments',
        'find cardea_principals',
      ])
    })
  })
})
