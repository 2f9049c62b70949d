import { and, CardeaError, eq, isCardeaError, lte } from '@cardea/core'
import { roleAssignments, roleParents, roles as roleTable, type StorageOperations } from '@cardea/storage'
import { checkTenant, everywhere } from '../assignment-scope.js'
import type { ChangeDeps } from '../change-context.js'
import { advancePolicy, lockPolicy } from '../policy-row.js'
import type { NewRole, RoleRecord } from '../records.js'
import { requireRole } from '../role-lookup.js'
import type { ChangeOptions } from '../stored-policy.js'
import { assertMayGive } from './ceiling.js'
import { grantsOf } from './closure.js'
import { checkDescription } from './permissions.js'
import { rightsOf } from './rights.js'
import { assertMayChange, requireUndeclared, requireUnprotected } from './role-changes.js'
import { checkLabel, conflicting, idsOf, labelsOf, requireFreeLabel, requireParents } from './role-input.js'
import { describeRole, viewRole } from './role-queries.js'

export async function createRole(deps: ChangeDeps, input: NewRole, { by }: ChangeOptions): Promise<RoleRecord> {
  const { inherits = [] } = input
  const label = checkLabel(input.label)
  const tenant = checkTenant(input.tenant ?? '')
  const description = checkDescription(input.description ?? '')
  const id = deps.createId()
  const now = deps.clock()
  return await conflicting(() =>
    deps.storage.transaction(async (transaction) => {
      await lockPolicy(transaction)
      const parents = await requireParents(transaction, inherits, tenant)
      const policy = deps.within(transaction)
      const rights = await rightsOf(deps, transaction, policy, by, { ...everywhere, tenant })
      if (rights !== undefined) {
        const { roles } = await policy.inForce(tenant)
        assertMayGive(rights, grantsOf(roles, idsOf(parents), 'allow'))
      }
      await requireFreeLabel(transaction, label, tenant)
      const row = {
        id,
        tenant,
        label,
        description,
        system_protected: false,
        declared: false,
        bypass: false,
        changed_version: await advancePolicy(transaction),
        created_at: now,
        updated_at: now,
      }
      await transaction.insert(roleTable, row)
      // Nothing can inherit from a role that did not exist, so no cycle can come of it; and nobody holds it yet.
      const parentRows = parents.map((parent) => ({ role_id: id, parent_id: parent.id }))
      if (parentRows.length > 0) await transaction.insert(roleParents, parentRows)
      return viewRole(row, labelsOf(parents))
    }),
  )
}

export async function deleteRole(deps: ChangeDeps, labelOrId: string, { by }: ChangeOptions): Promise<RoleRecord> {
  try {
    return await deps.storage.transaction(async (transaction) => {
      await lockPolicy(transaction)
      const role = await requireRole(transaction, labelOrId)
      requireUnprotected(role)
      requireUndeclared(deps.roles, role)
      const policy = deps.within(transaction)
      const rights = await rightsOf(deps, transaction, policy, by, { ...everywhere, tenant: role.tenant })
      await assertMayChange(policy, rights, role)
      await requireUnused(transaction, role.id, deps.clock())
      const record = await describeRole(transaction, role)
      await advancePolicy(transaction)
      await transaction.delete(roleTable, eq('id', role.id))
      return record
    })
  } catch (error) {
    // Somebody was given the role after it was counted.
    if (isCardeaError(error, 'foreign_key_violation')) throw inUse('somebody holds it', error)
    throw error
  }
}

/**
 * Refuses to go on while a role is held or inherited. An expired assignment counts for nothing; it must not keep a role for
 * ever either, and goes.
 *
 * @throws CardeaError `role_in_use`
 */
export async function requireUnused(transaction: StorageOperations, roleId: string, now: number): Promise<void> {
  await transaction.delete(roleAssignments, and(eq('role_id', roleId), lte('expires_at', now)))
  if ((await transaction.count(roleAssignments, eq('role_id', roleId))) > 0) throw inUse('somebody holds it')
  if ((await transaction.count(roleParents, eq('parent_id', roleId))) > 0) throw inUse('another one inherits it')
}

const inUse = (reason: string, cause?: unknown): CardeaError =>
  new CardeaError('role_in_use', `The role is in use: ${reason}.`, { cause })
