import { and, CardeaError, eq } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { type RowOf, roles as roleTable, type StorageOperations } from '@cardea/storage'
import { roleLabelProblem } from '../roles/role-label.js'

export type RoleRow = RowOf<typeof roleTable>

/** Finds a global role by label or id. No label looks like an id, so there is never a doubt which is meant. */
export async function findRoleRow(operations: StorageOperations, labelOrId: string): Promise<RoleRow | undefined> {
  if (isUuid(labelOrId)) {
    // By the id alone: to a planner that does not know the tenant, its index may look as good, and that is all global roles.
    const row = await operations.findOne(roleTable, { where: eq('id', labelOrId) })
    return row?.tenant === '' ? row : undefined
  }
  // What can be no label is not asked for: a text column takes less than any string.
  if (roleLabelProblem(labelOrId) !== undefined) return undefined
  return await operations.findOne(roleTable, { where: and(eq('tenant', ''), eq('label', labelOrId)) })
}

/** @throws CardeaError `not_found` */
export async function requireRole(operations: StorageOperations, labelOrId: string): Promise<RoleRow> {
  const row = await findRoleRow(operations, labelOrId)
  if (row === undefined) throw new CardeaError('not_found', 'There is no such role.')
  return row
}
