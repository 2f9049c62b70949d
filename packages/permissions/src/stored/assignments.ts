import { and, CardeaError, eq, isCardeaError } from '@cardea/core'
import type { Clock, CreateId } from '@cardea/core/crypto'
import { principals, type RowOf, roleAssignments, type StorageOperations } from '@cardea/storage'
import { assertNotLastBypass } from './last-admin.js'
import { lockPolicy } from './policy-row.js'
import { type RoleRow, requireRole } from './role-lookup.js'

/** That a principal holds a role. */
export interface RoleAssignment {
  readonly id: string
  readonly principalId: string
  readonly roleId: string
  readonly roleLabel: string
  /** Empty for everywhere. */
  readonly tenant: string
  /** Empty for all resources. */
  readonly resourceType: string
  readonly resourceId: string
  /** From this instant on (milliseconds) it counts for nothing; null for never. */
  readonly expiresAt: number | null
  readonly createdAt: number
}

export interface AssignOptions {
  /** The instant (milliseconds, in the future) from which it counts for nothing. Default: never. */
  readonly expiresAt?: number | null
}

export interface AssignmentsDeps {
  readonly clock: Clock
  readonly createId: CreateId
}

export async function assign(
  deps: AssignmentsDeps,
  transaction: StorageOperations,
  target: { readonly principalId: string; readonly role: string },
  options: AssignOptions,
): Promise<RoleAssignment> {
  const now = deps.clock()
  const expiresAt = checkExpiry(options.expiresAt ?? null, now)
  const role = await requireRole(transaction, target.role)
  // An admin for ever who becomes an admin for a while may be the last one.
  const limitsBypass = role.bypass && expiresAt !== null
  if (limitsBypass) await lockPolicy(transaction)
  await advancePrincipal(transaction, target.principalId)
  const existing = await findAssignment(transaction, target.principalId, role.id)
  if (existing === undefined) return await insertAssignment(deps, transaction, target.principalId, role, expiresAt)
  if (limitsBypass) await assertNotLastBypass(transaction, existing.id, now)
  await transaction.update(roleAssignments, { where: eq('id', existing.id), set: { expires_at: expiresAt } })
  return view({ ...existing, expires_at: expiresAt }, role)
}

export async function assignNew(
  deps: AssignmentsDeps,
  transaction: StorageOperations,
  target: { readonly principalId: string; readonly role: string },
): Promise<RoleAssignment> {
  const role = await requireRole(transaction, target.role)
  return await insertAssignment(deps, transaction, target.principalId, role, null)
}

export async function unassign(
  deps: AssignmentsDeps,
  transaction: StorageOperations,
  target: { readonly principalId: string; readonly role: string },
): Promise<boolean> {
  const role = await requireRole(transaction, target.role)
  if (role.bypass) await lockPolicy(transaction)
  await advancePrincipal(transaction, target.principalId)
  const existing = await findAssignment(transaction, target.principalId, role.id)
  if (existing === undefined) return false
  if (role.bypass) await assertNotLastBypass(transaction, existing.id, deps.clock())
  return (await transaction.delete(roleAssignments, eq('id', existing.id))) > 0
}

export async function assignmentsOf(
  operations: StorageOperations,
  principalId: string,
): Promise<readonly RoleAssignment[]> {
  const rows = await operations.find(roleAssignments, {
    where: eq('principal_id', principalId),
    include: { role: true },
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit: 'all',
  })
  return rows.map((row) => view(row, row.role))
}

/**
 * Makes every node see that the principal's roles changed, and keeps other changes of them waiting until the transaction
 * ends.
 */
async function advancePrincipal(transaction: StorageOperations, principalId: string): Promise<void> {
  const rows = await transaction.update(principals, { where: eq('id', principalId), increment: { authz_version: 1 } })
  if (rows !== 1) throw new CardeaError('not_found', 'There is no such principal.')
}

async function findAssignment(
  transaction: StorageOperations,
  principalId: string,
  roleId: string,
): Promise<RowOf<typeof roleAssignments> | undefined> {
  return await transaction.findOne(roleAssignments, {
    where: and(
      eq('principal_id', principalId),
      eq('role_id', roleId),
      eq('tenant', ''),
      eq('resource_type', ''),
      eq('resource_id', ''),
    ),
  })
}

async function insertAssignment(
  deps: AssignmentsDeps,
  transaction: StorageOperations,
  principalId: string,
  role: RoleRow,
  expiresAt: number | null,
): Promise<RoleAssignment> {
  const row = {
    id: deps.createId(),
    principal_id: principalId,
    role_id: role.id,
    tenant: '',
    resource_type: '',
    resource_id: '',
    expires_at: expiresAt,
    created_at: deps.clock(),
  }
  try {
    await transaction.insert(roleAssignments, row)
  } catch (error) {
    if (!isCardeaError(error, 'foreign_key_violation')) throw error
    throw new CardeaError('not_found', 'There is no such principal or role any more.', { cause: error })
  }
  return view(row, role)
}

function checkExpiry(expiresAt: number | null, now: number): number | null {
  if (expiresAt === null || (Number.isSafeInteger(expiresAt) && expiresAt > now)) return expiresAt
  throw new CardeaError('invalid_request', 'expires_at must be an instant in the future', {
    issues: [{ path: 'expires_at', code: 'invalid', message: 'must be an instant in the future' }],
  })
}

const view = (row: RowOf<typeof roleAssignments>, role: RoleRow): RoleAssignment => ({
  id: row.id,
  principalId: row.principal_id,
  roleId: row.role_id,
  roleLabel: role.label,
  tenant: row.tenant,
  resourceType: row.resource_type,
  resourceId: row.resource_id,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
})
