import { and, CardeaError, eq, isCardeaError, lte, oneOf } from '@cardea/core'
import { roleAssignments, roleParents, roles as roleTable, type StorageOperations } from '@cardea/storage'
import { findCycle } from '../../roles/find-cycle.js'
import { roleLabelProblem } from '../../roles/role-label.js'
import { checkTenant, everywhere } from '../assignment-scope.js'
import type { ChangeDeps } from '../change-context.js'
import { advancePolicy, lockPolicy } from '../policy-row.js'
import type { NewRole, RoleChanges, RoleRecord } from '../records.js'
import { findRoleRow, type RoleRow, requireRole } from '../role-lookup.js'
import type { ChangeOptions } from '../stored-policy.js'
import { assertMayGive, assertNotEnlarged, grantsOf, rightsOf } from './ceiling.js'
import { checkDescription } from './permissions.js'
import { assertMayChange, requireUndeclared, requireUnprotected } from './role-changes.js'
import { describeRole, viewRole } from './role-queries.js'
import { assertHoldersSeparated, staticConstraints } from './separation.js'

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

export async function updateRole(
  deps: ChangeDeps,
  labelOrId: string,
  changes: RoleChanges,
  { by }: ChangeOptions,
): Promise<RoleRecord> {
  const label = changes.label === undefined ? undefined : checkLabel(changes.label)
  const description = changes.description === undefined ? undefined : checkDescription(changes.description)
  const now = deps.clock()
  return await conflicting(() =>
    deps.storage.transaction(async (transaction) => {
      await lockPolicy(transaction)
      const role = await requireRole(transaction, labelOrId)
      const parentRows = await transaction.find(roleParents, { where: eq('role_id', role.id), limit: 'all' })
      const parents =
        changes.inherits === undefined ? undefined : await requireParents(transaction, changes.inherits, role.tenant)
      const wanted = new Set(parents === undefined ? parentRows.map((row) => row.parent_id) : idsOf(parents))
      const present = new Set(parentRows.map((row) => row.parent_id))
      const added = [...wanted].filter((id) => !present.has(id))
      const removed = parentRows.filter((row) => !wanted.has(row.parent_id))
      const renamed = label !== undefined && label !== role.label
      const described = description !== undefined && description !== role.description
      // Whoever sends a role as it is changes nothing, and needs no right to.
      if (!renamed && !described && added.length === 0 && removed.length === 0) {
        return await describeRole(transaction, role)
      }

      requireUnprotected(role)
      if (renamed) requireUndeclared(deps.roles, role)
      if (removed.some((row) => row.declared)) {
        throw new CardeaError('protected', 'What the role inherits is declared in code, which would add it again.')
      }

      const policy = deps.within(transaction)
      const rights = await rightsOf(deps, transaction, policy, by, { ...everywhere, tenant: role.tenant })
      const { roles } = await policy.inForce(role.tenant)
      await assertMayChange(policy, rights, role)
      assertMayGive(rights, grantsOf(roles, added, 'allow'))
      // Who takes a parent away gives what it denied.
      assertMayGive(
        rights,
        grantsOf(
          roles,
          removed.map((row) => row.parent_id),
          'deny',
        ),
      )

      requireNoCycle(new Map([...roles].map(([id, { parents: own }]) => [id, own])), role.id, [...wanted])
      if (renamed) await requireFreeLabel(transaction, label, role.tenant)
      const version = await advancePolicy(transaction)
      const set = {
        ...(renamed ? { label } : {}),
        ...(described ? { description } : {}),
        changed_version: version,
        updated_at: now,
      }
      await transaction.update(roleTable, { where: eq('id', role.id), set })
      const gone = removed.map((row) => row.parent_id)
      if (gone.length > 0) {
        await transaction.delete(roleParents, and(eq('role_id', role.id), oneOf('parent_id', gone)))
      }
      if (added.length > 0) {
        await transaction.insert(
          roleParents,
          added.map((id) => ({ role_id: role.id, parent_id: id })),
        )
        await assertHoldersSeparated(transaction, staticConstraints(deps.roles), [role.id], now)
      }
      await assertNotEnlarged(rights, policy, by, role.tenant)
      return await describeRole(transaction, { ...role, ...set })
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

async function requireParents(
  transaction: StorageOperations,
  labelsOrIds: readonly string[],
  tenant: string,
): Promise<RoleRow[]> {
  const parents = new Map<string, RoleRow>()
  for (const [index, labelOrId] of labelsOrIds.entries()) {
    const parent = await requireRole(transaction, labelOrId, tenant)
    if (parent.bypass) throw invalidParent(index, 'is a role with bypass, which cannot be inherited')
    // What a tenant can change must not reach beyond it.
    if (parent.tenant !== '' && parent.tenant !== tenant) throw invalidParent(index, 'is a role of a tenant')
    parents.set(parent.id, parent)
  }
  return [...parents.values()]
}

function invalidParent(index: number, message: string): CardeaError {
  return new CardeaError('invalid_request', `inherits.${index} ${message}`, {
    issues: [{ path: `inherits.${index}`, code: 'invalid_value', message }],
  })
}

function requireNoCycle(
  parentsOf: ReadonlyMap<string, readonly string[]>,
  roleId: string,
  parents: readonly string[],
): void {
  if (findCycle(new Map([...parentsOf, [roleId, parents]])) === undefined) return
  const message = 'would make the role inherit itself'
  throw new CardeaError('invalid_request', `inherits ${message}`, {
    issues: [{ path: 'inherits', code: 'invalid_value', message }],
  })
}

/**
 * A tenant has no role that goes by the label of a global one: who names it would not know which is meant. A global role
 * that comes later wins.
 *
 * @throws CardeaError `conflict`
 */
async function requireFreeLabel(transaction: StorageOperations, label: string, tenant: string): Promise<void> {
  if ((await findRoleRow(transaction, label, tenant)) !== undefined) throw labelTaken()
}

const labelTaken = (cause?: unknown): CardeaError =>
  new CardeaError('conflict', 'There is a role with this label already.', { cause })

async function conflicting<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isCardeaError(error, 'unique_violation')) throw labelTaken(error)
    throw error
  }
}

function checkLabel(label: string): string {
  const problem = roleLabelProblem(label)
  if (problem === undefined) return label
  throw new CardeaError('invalid_request', `label ${problem}`, {
    issues: [{ path: 'label', code: 'invalid_format', message: problem }],
  })
}

const idsOf = (rows: readonly RoleRow[]): readonly string[] => rows.map(({ id }) => id)
const labelsOf = (rows: readonly RoleRow[]): readonly string[] => rows.map(({ label }) => label)
