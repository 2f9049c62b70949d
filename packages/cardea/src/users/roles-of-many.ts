import { and, eq, gt, isNull, oneOf, or } from '@cardea/core'
import { roleAssignments, type StorageOperations } from '@cardea/storage'
import type { RoleView } from '../api/permissions.js'

/** The roles that each of several principals has everywhere, by label: one statement. */
export async function rolesOfMany(
  storage: StorageOperations,
  principalIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, readonly RoleView[]>> {
  if (principalIds.length === 0) return new Map()
  const rows = await storage.find(roleAssignments, {
    where: and(
      oneOf('principal_id', principalIds),
      eq('tenant', ''),
      eq('resource_type', ''),
      eq('resource_id', ''),
      or(isNull('expires_at'), gt('expires_at', now)),
    ),
    include: { role: true },
    limit: 'all',
  })
  const roles = new Map<string, RoleView[]>()
  for (const { principal_id: id, role } of rows) {
    const held = roles.get(id) ?? []
    held.push({ id: role.id, label: role.label })
    roles.set(id, held)
  }
  for (const held of roles.values()) held.sort((left, right) => (left.label < right.label ? -1 : 1))
  return roles
}
