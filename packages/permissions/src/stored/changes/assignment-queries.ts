import { and, CardeaError, type Condition, eq } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { type RowOf, roleAssignments, type StorageOperations } from '@cardea/storage'
import { isText } from '../assignment-scope.js'
import type { Page } from '../page.js'
import type { AssignmentFilter, RoleAssignment } from '../records.js'
import type { RoleRow } from '../role-lookup.js'
import { pageOf } from './pages.js'

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
  return rows.map((row) => viewAssignment(row, row.role))
}

export async function listAssignments(
  operations: StorageOperations,
  query: AssignmentFilter & Page,
): Promise<readonly RoleAssignment[]> {
  if (!canExist(query)) return []
  const rows = await operations.find(roleAssignments, {
    ...whereOf(query),
    ...pageOf(query),
    include: { role: true },
    orderBy: [{ field: 'id', direction: 'asc' }],
  })
  return rows.map((row) => viewAssignment(row, row.role))
}

export async function countAssignments(operations: StorageOperations, filter: AssignmentFilter): Promise<number> {
  return canExist(filter) ? await operations.count(roleAssignments, whereOf(filter).where) : 0
}

export async function findAssignment(
  operations: StorageOperations,
  assignmentId: string,
): Promise<RoleAssignment | undefined> {
  const row = await findRow(operations, assignmentId)
  return row === undefined ? undefined : viewAssignment(row, row.role)
}

/** @throws CardeaError `not_found` */
export async function requireAssignment(
  operations: StorageOperations,
  assignmentId: string,
): Promise<RowOf<typeof roleAssignments> & { readonly role: RoleRow }> {
  const row = await findRow(operations, assignmentId)
  if (row === undefined) throw new CardeaError('not_found', 'There is no such assignment.')
  return row
}

async function findRow(operations: StorageOperations, assignmentId: string) {
  if (!isUuid(assignmentId)) return undefined
  return await operations.findOne(roleAssignments, { where: eq('id', assignmentId), include: { role: true } })
}

/** What no column holds is not asked for: a text column takes less than any string. */
const canExist = ({ principalId = '', roleId = '', tenant = '' }: AssignmentFilter): boolean =>
  isText(principalId, 36) && isText(roleId, 36) && isText(tenant, 64)

function whereOf({ principalId, roleId, tenant }: AssignmentFilter): { readonly where?: Condition } {
  const parts = [
    ...(principalId === undefined ? [] : [eq('principal_id', principalId)]),
    ...(roleId === undefined ? [] : [eq('role_id', roleId)]),
    ...(tenant === undefined ? [] : [eq('tenant', tenant)]),
  ]
  return parts.length === 0 ? {} : { where: and(...parts) }
}

export const viewAssignment = (row: RowOf<typeof roleAssignments>, role: RoleRow): RoleAssignment => ({
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
