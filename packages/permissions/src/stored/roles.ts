import { and, CardeaError, eq, isCardeaError, lte, oneOf } from '@cardea/core'
import { roleAssignments, roleParents, roles as roleTable, type StorageOperations } from '@cardea/storage'
import { roleLabelProblem } from '../roles/role-label.js'
import type { StoredPolicyDeps } from './context.js'
import { checkDescription } from './permissions.js'
import { advancePolicy } from './policy-row.js'
import { findRoleRow, type RoleRow, requireRole } from './role-lookup.js'

/** A role as it is stored. */
export interface RoleRecord {
  readonly id: string
  readonly label: string
  readonly description: string
  /** Whether it takes no change at run time. */
  readonly systemProtected: boolean
  /** Whether its holders are not checked against permissions at all. */
  readonly bypass: boolean
  /** Labels of the roles whose grants it has too, sorted. */
  readonly inherits: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
}

/** A new role. Roles with bypass are declared in code alone. */
export interface NewRole {
  readonly label: string
  /** At most 1,000 bytes. */
  readonly description?: string
  /** Roles whose grants it has too, by label or id. */
  readonly inherits?: readonly string[]
}

export async function listRoles(operations: StorageOperations): Promise<readonly RoleRecord[]> {
  const rows = await operations.find(roleTable, {
    where: eq('tenant', ''),
    orderBy: [{ field: 'label', direction: 'asc' }],
    limit: 'all',
  })
  const parents = await operations.find(roleParents, { limit: 'all' })
  const labels = new Map(rows.map((row) => [row.id, row.label]))
  const inherited = new Map<string, string[]>(rows.map((row) => [row.id, []]))
  for (const parent of parents) inherited.get(parent.role_id)?.push(labels.get(parent.parent_id) ?? '')
  return rows.map((row) => view(row, inherited.get(row.id) ?? []))
}

export async function findRole(operations: StorageOperations, labelOrId: string): Promise<RoleRecord | undefined> {
  const row = await findRoleRow(operations, labelOrId)
  if (row === undefined) return undefined
  const parents = await operations.find(roleParents, { where: eq('role_id', row.id), limit: 'all' })
  const where = oneOf(
    'id',
    parents.map((parent) => parent.parent_id),
  )
  const rows = parents.length === 0 ? [] : await operations.find(roleTable, { where, limit: 'all' })
  return view(
    row,
    rows.map((parent) => parent.label),
  )
}

export async function createRole(deps: StoredPolicyDeps, input: NewRole): Promise<RoleRecord> {
  const { label, inherits = [] } = input
  const problem = roleLabelProblem(label)
  if (problem !== undefined) {
    throw new CardeaError('invalid_request', `label ${problem}`, {
      issues: [{ path: 'label', code: 'invalid_format', message: problem }],
    })
  }
  const description = checkDescription(input.description ?? '')
  const id = deps.createId()
  const now = deps.clock()
  try {
    return await deps.storage.transaction(async (transaction) => {
      const version = await advancePolicy(transaction)
      const parents = await requireParents(transaction, inherits)
      const row = {
        id,
        tenant: '',
        label,
        description,
        system_protected: false,
        bypass: false,
        changed_version: version,
        created_at: now,
        updated_at: now,
      }
      await transaction.insert(roleTable, row)
      // Nothing can inherit from a role that did not exist, so no cycle can come of it.
      const parentRows = parents.map((parent) => ({ role_id: id, parent_id: parent.id }))
      if (parentRows.length > 0) await transaction.insert(roleParents, parentRows)
      return view(
        row,
        parents.map((parent) => parent.label),
      )
    })
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'There is a role with this label already.', { cause: error })
  }
}

export async function deleteRole(deps: StoredPolicyDeps, labelOrId: string): Promise<void> {
  const declared: ReadonlySet<string> = new Set(deps.roles.labels)
  try {
    await deps.storage.transaction(async (transaction) => {
      await advancePolicy(transaction)
      const role = await requireRole(transaction, labelOrId)
      requireUnprotected(role)
      if (declared.has(role.label)) {
        throw new CardeaError('protected', 'The role is declared in code, which would make it again.')
      }
      // An expired assignment counts for nothing; it must not keep a role for ever either.
      await transaction.delete(roleAssignments, and(eq('role_id', role.id), lte('expires_at', deps.clock())))
      if ((await transaction.count(roleAssignments, eq('role_id', role.id))) > 0) throw inUse('somebody holds it')
      if ((await transaction.count(roleParents, eq('parent_id', role.id))) > 0) throw inUse('another one inherits it')
      await transaction.delete(roleTable, eq('id', role.id))
    })
  } catch (error) {
    // Somebody was given the role after it was counted.
    if (isCardeaError(error, 'foreign_key_violation')) throw inUse('somebody holds it', error)
    throw error
  }
}

/**
 * Marks a role as changed, so that nodes read it again.
 *
 * @param version What {@link advancePolicy} gave in the same transaction.
 */
export async function touchRole(
  transaction: StorageOperations,
  roleId: string,
  version: number,
  now: number,
): Promise<void> {
  const set = { changed_version: version, updated_at: now }
  await transaction.update(roleTable, { where: eq('id', roleId), set })
}

/** @throws CardeaError `protected` */
export function requireUnprotected(role: Pick<RoleRow, 'system_protected'>): void {
  if (role.system_protected) throw new CardeaError('protected', 'The role is protected and takes no change.')
}

async function requireParents(transaction: StorageOperations, labelsOrIds: readonly string[]): Promise<RoleRow[]> {
  const parents = new Map<string, RoleRow>()
  for (const [index, labelOrId] of labelsOrIds.entries()) {
    const parent = await requireRole(transaction, labelOrId)
    if (parent.bypass) {
      throw new CardeaError('invalid_request', 'A role with bypass cannot be inherited.', {
        issues: [{ path: `inherits.${index}`, code: 'invalid_value', message: 'is a role with bypass' }],
      })
    }
    parents.set(parent.id, parent)
  }
  return [...parents.values()]
}

const inUse = (reason: string, cause?: unknown): CardeaError =>
  new CardeaError('role_in_use', `The role is in use: ${reason}.`, { cause })

const view = (row: RoleRow, inherits: readonly string[]): RoleRecord => ({
  id: row.id,
  label: row.label,
  description: row.description,
  systemProtected: row.system_protected,
  bypass: row.bypass,
  inherits: [...inherits].sort(),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
