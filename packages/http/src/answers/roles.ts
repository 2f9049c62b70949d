import type { GrantRecord, ListedPermission, RoleAssignment, RoleRecord } from 'cardea'
import type { PermissionAnswer, RoleAnswer, RoleAssignmentAnswer, RolePermissionAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'

/** Instants under the names of both seeds. */
function stamps({ createdAt, updatedAt }: { readonly createdAt: number; readonly updatedAt: number }) {
  const [created, updated] = [toIso(createdAt), toIso(updatedAt)]
  return { date_created: created, date_modified: updated, created_at: created, updated_at: updated }
}

export function roleAnswer(role: RoleRecord): RoleAnswer {
  return {
    role_id: role.id,
    id: role.id,
    label: role.label,
    description: role.description,
    system_protected: role.systemProtected,
    inherits: role.inherits,
    tenant: role.tenant === '' ? null : role.tenant,
    ...stamps(role),
  }
}

export function permissionAnswer(permission: ListedPermission): PermissionAnswer {
  return {
    permission_id: permission.id,
    id: permission.id,
    label: permission.label,
    description: permission.description,
    system_protected: permission.systemProtected,
    origin: permission.origin,
    ...stamps(permission),
  }
}

export function rolePermissionAnswer(grant: GrantRecord): RolePermissionAnswer {
  const created = toIso(grant.createdAt)
  return {
    id: grant.id,
    role_id: grant.roleId,
    permission_id: grant.permissionId,
    permission: grant.permission,
    effect: grant.effect,
    condition: grant.condition,
    fields: grant.fields,
    date_created: created,
    created_at: created,
  }
}

export function roleAssignmentAnswer(assignment: RoleAssignment): RoleAssignmentAnswer {
  const { tenant, resourceType, resourceId, expiresAt } = assignment
  const created = toIso(assignment.createdAt)
  const textOrNull = (text: string): string | null => (text === '' ? null : text)
  return {
    id: assignment.id,
    user_id: assignment.principalId,
    role_id: assignment.roleId,
    role: assignment.roleLabel,
    scope:
      tenant === '' && resourceType === ''
        ? null
        : {
            tenant: textOrNull(tenant),
            resource_type: textOrNull(resourceType),
            resource_id: textOrNull(resourceId),
          },
    expires_at: expiresAt === null ? null : toIso(expiresAt),
    date_created: created,
    created_at: created,
  }
}
