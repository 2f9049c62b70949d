import { and, eq, not, oneOf } from '@cardea/core'
import type { CreateId } from '@cardea/core/crypto'
import type { Assignment, Grant, RoleSnapshot } from '@cardea/permissions'
import type { StoredPolicy } from '@cardea/permissions/stored'
import {
  authz,
  permissions as permissionTable,
  principals,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type Storage,
  type StorageOperations,
} from '@cardea/storage'

/** A principal and what it holds: roles of the round, and declared ones by their labels. */
export interface Member {
  readonly isActive: boolean
  readonly assignments: readonly Assignment[]
  readonly declared: readonly string[]
}

interface WriteDeps {
  readonly storage: Storage
  readonly policy: StoredPolicy
  readonly createId: CreateId
}

/**
 * Puts other roles, principals and assignments in the place of those before, all but the roles that code declares.
 *
 * @returns The ids of the principals.
 */
export async function writePolicy(
  { storage, policy, createId }: WriteDeps,
  roles: readonly RoleSnapshot[],
  members: readonly Member[],
): Promise<readonly string[]> {
  const declared = new Map((await policy.listRoles()).filter(isDeclared).map(({ label, id }) => [label, id]))
  const permissions = await storage.find(permissionTable, { limit: 'all' })
  const permissionIds = new Map(permissions.map(({ id, label }) => [label, id]))
  const roleIds = new Map(roles.map(({ id }) => [id, createId()]))
  const idOf = (role: string): string => roleIds.get(role) ?? ''
  const ids = members.map(() => createId())
  const grants = roles.flatMap((role) =>
    role.grants.map((grant) => ({ ...grantRow(grant, permissionIds), id: createId(), role_id: idOf(role.id) })),
  )
  const parents = roles.flatMap((role) =>
    role.parents.map((parent) => ({ role_id: idOf(role.id), parent_id: idOf(parent) })),
  )
  const assignments = members.flatMap((member, index) => {
    const own = member.assignments.filter(({ roleId }) => roleIds.has(roleId))
    const held = [
      ...own.map((one) => ({ ...one, roleId: idOf(one.roleId) })),
      ...member.declared.map((label) => ({ roleId: declared.get(label) ?? '', expiresAt: null })),
    ]
    return held.map((one) => ({ ...assignmentRow(one), id: createId(), principal_id: ids[index] ?? '' }))
  })
  await storage.transaction(async (transaction) => {
    await transaction.update(authz, { where: eq('id', 'authz'), increment: { policy_version: 1 } })
    await clear(transaction, [...declared.values()])
    await transaction.insert(
      roleTable,
      roles.map(({ id, label, tenant = '', bypass }) => ({
        id: idOf(id),
        label,
        tenant,
        bypass,
        created_at: 0,
        updated_at: 0,
      })),
    )
    await transaction.insert(
      principals,
      members.map(({ isActive }, index) => ({
        id: ids[index] ?? '',
        collection: 'users',
        record_key: `${index}`,
        status: isActive ? 'active' : 'disabled',
        created_at: 0,
      })),
    )
    if (grants.length > 0) await transaction.insert(rolePermissions, grants)
    if (parents.length > 0) await transaction.insert(roleParents, parents)
    if (assignments.length > 0) await transaction.insert(roleAssignments, unique(assignments))
  })
  return ids
}

const isDeclared = ({ label }: { readonly label: string }): boolean => !label.startsWith('Role ')

async function clear(transaction: StorageOperations, declaredIds: readonly string[]): Promise<void> {
  await transaction.delete(principals, and())
  await transaction.delete(roleParents, and())
  await transaction.delete(rolePermissions, not(oneOf('role_id', declaredIds)))
  await transaction.delete(roleTable, not(oneOf('id', declaredIds)))
}

let fingerprints = 0

function grantRow({ permission, effect, condition, fields }: Grant, permissionIds: ReadonlyMap<string, string>) {
  const permissionId = permissionIds.get(permission) ?? null
  fingerprints += 1
  return {
    permission_id: permissionId,
    wildcard: permissionId === null ? permission : null,
    effect,
    condition,
    fields,
    // Two equal grants of a role would do no harm here.
    fingerprint: `${fingerprints}`,
    created_at: 0,
  }
}

const assignmentRow = ({ roleId, expiresAt, tenant = '', resourceType = '', resourceId = '' }: Assignment) => ({
  role_id: roleId,
  tenant,
  resource_type: resourceType,
  resource_id: resourceId,
  expires_at: expiresAt,
  created_at: 0,
})

/** The same role in the same place is held once. */
const unique = <Row extends ReturnType<typeof assignmentRow> & { readonly principal_id: string }>(
  rows: readonly Row[],
): readonly Row[] => [
  ...new Map(
    rows.map((row) => [JSON.stringify([row.principal_id, row.role_id, row.tenant, row.resource_id]), row]),
  ).values(),
]
