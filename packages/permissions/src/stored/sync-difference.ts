import { eq } from '@cardea/core'
import {
  permissions as permissionTable,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type StorageOperations,
} from '@cardea/storage'
import type { PermissionEntry } from '../catalogue/define-permissions.js'
import type { RoleDeclaration } from '../roles/define-roles.js'
import type { Grant } from '../roles/grant.js'
import type { StoredPolicyDeps } from './context.js'
import { grantFingerprint } from './fingerprint.js'

/** What code declares and storage lacks. */
export interface PolicyDifference {
  /** Whether nothing is lacking. */
  readonly complete: boolean
  readonly permissions: readonly PermissionEntry[]
  /** Ids of permissions that were made at run time and are declared by now. */
  readonly unprotectedPermissions: readonly string[]
  readonly roles: readonly RoleDeclaration[]
  /** Flags of protected roles that differ from code. */
  readonly flags: readonly FlagChange[]
  readonly parents: readonly { readonly role: string; readonly parent: string }[]
  readonly grants: readonly { readonly role: string; readonly grant: Grant }[]
  /** Ids by label of what is there. */
  readonly permissionIds: ReadonlyMap<string, string>
  readonly roleIds: ReadonlyMap<string, string>
  /** All inheritance that is there. */
  readonly parentRows: readonly { readonly role_id: string; readonly parent_id: string }[]
}

export interface FlagChange {
  readonly id: string
  readonly label: string
  readonly set: { readonly system_protected?: boolean; readonly bypass?: boolean }
}

/** Compares what code declares with what is stored, by four reads. What is stored besides is left alone. */
export async function comparePolicy(
  { catalogue, roles }: Pick<StoredPolicyDeps, 'catalogue' | 'roles'>,
  operations: StorageOperations,
): Promise<PolicyDifference> {
  const permissionRows = await operations.find(permissionTable, { limit: 'all' })
  const roleRows = await operations.find(roleTable, { where: eq('tenant', ''), limit: 'all' })
  const parentRows = await operations.find(roleParents, { limit: 'all' })
  const grantRows = await operations.find(rolePermissions, { limit: 'all' })

  const permissionIds = new Map(permissionRows.map((row) => [row.label, row.id]))
  const roleIds = new Map(roleRows.map((row) => [row.label, row.id]))
  const storedParents = new Set(parentRows.map((row) => `${row.role_id} ${row.parent_id}`))
  const storedGrants = new Set(grantRows.map((row) => `${row.role_id} ${row.fingerprint}`))
  const hasParent = (role: string, parent: string): boolean =>
    storedParents.has(`${roleIds.get(role)} ${roleIds.get(parent)}`)
  const hasGrant = (role: string, grant: Grant): boolean =>
    storedGrants.has(`${roleIds.get(role)} ${grantFingerprint(permissionIds.get(grant.permission) ?? null, grant)}`)

  const difference = {
    permissions: catalogue.entries.filter((entry) => !permissionIds.has(entry.label)),
    unprotectedPermissions: permissionRows
      .filter((row) => catalogue.has(row.label) && !row.system_protected)
      .map((row) => row.id),
    roles: roles.declarations.filter((role) => !roleIds.has(role.label)),
    flags: roleRows.flatMap((row) => {
      const declared = roles.declarations.find((role) => role.label === row.label)
      return declared?.protected === true ? flagChange(row, declared) : []
    }),
    parents: roles.declarations.flatMap((role) =>
      role.inherits.filter((parent) => !hasParent(role.label, parent)).map((parent) => ({ role: role.label, parent })),
    ),
    grants: roles.declarations.flatMap((role) =>
      role.grants.filter((grant) => !hasGrant(role.label, grant)).map((grant) => ({ role: role.label, grant })),
    ),
  }
  const complete = Object.values(difference).every((list) => list.length === 0)
  return { ...difference, complete, permissionIds, roleIds, parentRows }
}

function flagChange(
  row: { readonly id: string; readonly label: string; readonly system_protected: boolean; readonly bypass: boolean },
  declared: RoleDeclaration,
): FlagChange[] {
  const set = {
    ...(row.system_protected ? {} : { system_protected: true }),
    ...(row.bypass === declared.bypass ? {} : { bypass: declared.bypass }),
  }
  return Object.keys(set).length === 0 ? [] : [{ id: row.id, label: row.label, set }]
}
