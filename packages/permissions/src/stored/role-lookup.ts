import { and, CardeaError, eq } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { type RowOf, roles as roleTable, type StorageOperations } from '@cardea/storage'
import { roleLabelProblem } from '../roles/role-label.js'

export type RoleRow = RowOf<typeof roleTable>

/**
 * Finds a role: by id whichever it is, by label a global one, else one of the tenant. No label looks like an id, so there is
 * never a doubt which is meant; and a tenant cannot put a role of its own in the place of a global one.
 */
export async function findRoleRow(
  operations: StorageOperations,
  labelOrId: string,
  tenant = '',
): Promise<RoleRow | undefined> {
  if (isUuid(labelOrId)) {
    // By the id alone: to a planner that does not know the tenant, its index may look as good, and that is all global roles.
    return await operations.findOne(roleTable, { where: eq('id', labelOrId) })
  }
  // What can be no label is not asked for: a text column takes less than any string.
  if (roleLabelProblem(labelOrId) !== undefined) return undefined
  const ofLabel = async (within: string): Promise<RoleRow | undefined> =>
    await operations.findOne(roleTable, { where: and(eq('tenant', within), eq('label', labelOrId)) })
  return (await ofLabel('')) ?? (tenant === '' ? undefined : await ofLabel(tenant))
}

/** @throws CardeaError `not_found` */
export async function requireRole(operations: StorageOperations, labelOrId: string, tenant = ''): Promise<RoleRow> {
  const row = await findRoleRow(operations, labelOrId, tenant)
  if (row === undefined) throw new CardeaError('not_found', 'There is no such role.')
  return row
}

/**
 * Finds a role that counts in a tenant: a global one or one of its own.
 *
 * @param tenant Empty for none, where global roles alone count.
 * @throws CardeaError `not_found`, also for a role of another tenant.
 */
export async function requireRoleIn(
  operations: StorageOperations,
  labelOrId: string,
  tenant: string,
): Promise<RoleRow> {
  const row = await findRoleRow(operations, labelOrId, tenant)
  if (row === undefined || (row.tenant !== '' && row.tenant !== tenant)) throw unknownRole(labelOrId)
  return row
}

/** For a role that is one of several things that an input names. */
export const unknownRole = (labelOrId: string): CardeaError =>
  new CardeaError('not_found', 'There is no such role.', {
    issues: [{ path: 'role', code: 'unknown_role', message: `is no label or id of a role: ${shown(labelOrId)}` }],
  })

/** What somebody wrote in place of a label or an id, no longer than the longest of them. */
export const shown = (text: string): string => (text.length > 129 ? `${text.slice(0, 129)}…` : text)
