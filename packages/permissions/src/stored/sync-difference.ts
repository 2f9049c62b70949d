import { eq, oneOf } from '@cardea/core'
import {
  permissions as permissionTable,
  type RowOf,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type StorageOperations,
} from '@cardea/storage'
import type { PermissionEntry } from '../catalogue/define-permissions.js'
import type { RoleDeclaration } from '../roles/define-roles.js'
import type { Grant } from '../roles/grant.js'
import { chunks } from './chunks.js'
import type { StoredPolicyDeps } from './context.js'
import { grantFingerprint } from './fingerprint.js'

/** How many roles' grants are read at once: databases limit the parameters of a statement. */
const rolesPerStatement = 1_000

/** What code declares and storage lacks. */
export interface PolicyDifference {
  /** Whether nothing is lacking. */
  readonly complete: boolean
  readonly permissions: readonly PermissionEntry[]
  /** Ids of permissions that are there and not marked as declared, such as those that were made at run time. */
  readonly unmarkedPermissions: readonly string[]
  readonly roles: readonly RoleDeclaration[]
  /** Flags of roles that differ from code. */
  readonly flags: readonly FlagChange[]
  /** Ids of grants that are there and not marked as declared. */
  readonly unmarkedGrants: readonly string[]
  /** Inheritance that is there and not marked as declared. */
  readonly unmarkedParents: readonly { readonly role_id: string; readonly parent_id: string }[]
  readonly parents: readonly { readonly role: string; readonly parent: string }[]
  readonly grants: readonly { readonly role: string; readonly grant: Grant }[]
  /** Ids by label of what is there. */
  readonly permissionIds: ReadonlyMap<string, string>
  readonly roleIds: ReadonlyMap<string, string>
  /** All inheritance of global roles that is there. */
  readonly parentRows: readonly { readonly role_id: string; readonly parent_id: string }[]
  /** Labels by id of what is there. */
  readonly roleLabels: ReadonlyMap<string, string>
  readonly permissionLabels: ReadonlyMap<string, string>
  readonly leftOver: LeftOver
}

/** What code once declared and declares no more: all of it is in force until it is pruned. */
export interface LeftOver {
  readonly roles: readonly RowOf<typeof roleTable>[]
  readonly permissions: readonly RowOf<typeof permissionTable>[]
  /** Of roles that code still declares, as is the inheritance. */
  readonly grants: readonly RowOf<typeof rolePermissions>[]
  readonly parents: readonly RowOf<typeof roleParents>[]
}

export interface FlagChange {
  readonly id: string
  readonly label: string
  readonly set: { readonly system_protected?: boolean; readonly bypass?: boolean; readonly declared?: true }
}

/** Compares what code declares with what is stored, by four reads. */
export async function comparePolicy(
  { catalogue, roles }: Pick<StoredPolicyDeps, 'catalogue' | 'roles'>,
  operations: Pick<StorageOperations, 'find'>,
): Promise<PolicyDifference> {
  const permissionRows = await operations.find(permissionTable, { limit: 'all' })
  const roleRows = await operations.find(roleTable, { where: eq('tenant', ''), limit: 'all' })
  const parentRows: RowOf<typeof roleParents>[] = []
  const grantRows: RowOf<typeof rolePermissions>[] = []
  // By the roles' ids, since there are the grants of all tenants' roles as well.
  for (const rows of chunks(roleRows, rolesPerStatement)) {
    const ids = rows.map((row) => row.id)
    parentRows.push(...(await operations.find(roleParents, { where: oneOf('role_id', ids), limit: 'all' })))
    grantRows.push(...(await operations.find(rolePermissions, { where: oneOf('role_id', ids), limit: 'all' })))
  }

  const permissionIds = new Map(permissionRows.map((row) => [row.label, row.id]))
  const roleIds = new Map(roleRows.map((row) => [row.label, row.id]))
  const storedParents = new Map(parentRows.map((row) => [`${row.role_id} ${row.parent_id}`, row]))
  const storedGrants = new Map(grantRows.map((row) => [`${row.role_id} ${row.fingerprint}`, row]))
  const parentOf = (role: string, parent: string) => storedParents.get(`${roleIds.get(role)} ${roleIds.get(parent)}`)
  const grantOf = (role: string, grant: Grant) =>
    storedGrants.get(`${roleIds.get(role)} ${grantFingerprint(permissionIds.get(grant.permission) ?? null, grant)}`)
  const declaredParents = roles.declarations.flatMap((role) =>
    role.inherits.map((parent) => ({ role: role.label, parent, row: parentOf(role.label, parent) })),
  )
  const declaredGrants = roles.declarations.flatMap((role) =>
    role.grants.map((grant) => ({ role: role.label, grant, row: grantOf(role.label, grant) })),
  )

  const difference = {
    permissions: catalogue.entries.filter((entry) => !permissionIds.has(entry.label)),
    unmarkedPermissions: permissionRows
      .filter((row) => catalogue.has(row.label) && !(row.system_protected && row.declared))
      .map((row) => row.id),
    roles: roles.declarations.filter((role) => !roleIds.has(role.label)),
    flags: roleRows.flatMap((row) => {
      const declared = roles.declarations.find((role) => role.label === row.label)
      return declared === undefined ? [] : flagChange(row, declared)
    }),
    parents: declaredParents.filter(({ row }) => row === undefined),
    unmarkedParents: declaredParents.flatMap(({ row }) => (row === undefined || row.declared ? [] : [row])),
    grants: declaredGrants.filter(({ row }) => row === undefined),
    unmarkedGrants: declaredGrants.flatMap(({ row }) => (row === undefined || row.declared ? [] : [row.id])),
  }
  const complete = Object.values(difference).every((list) => list.length === 0)
  const declaredLabels = new Set(roles.declarations.map(({ label }) => label))
  const declaredRows = new Set<unknown>([...declaredParents, ...declaredGrants].map(({ row }) => row))
  const roleLabels = new Map(roleRows.map((row) => [row.id, row.label]))
  const isLeft = (row: { readonly declared: boolean; readonly role_id: string }): boolean =>
    row.declared && declaredLabels.has(roleLabels.get(row.role_id) ?? '') && !declaredRows.has(row)
  const leftOver = {
    roles: roleRows.filter((row) => row.declared && !declaredLabels.has(row.label)),
    permissions: permissionRows.filter((row) => row.declared && !catalogue.has(row.label)),
    grants: grantRows.filter(isLeft),
    parents: parentRows.filter(isLeft),
  }
  const permissionLabels = new Map(permissionRows.map((row) => [row.id, row.label]))
  return { ...difference, complete, permissionIds, roleIds, parentRows, roleLabels, permissionLabels, leftOver }
}

function flagChange(row: RowOf<typeof roleTable>, declared: RoleDeclaration): FlagChange[] {
  const set: FlagChange['set'] = {
    ...(row.declared ? {} : { declared: true }),
    // Of a role that code does not protect, others may have made something else.
    ...(row.system_protected || !declared.protected ? {} : { system_protected: true }),
    ...(row.bypass === declared.bypass || !declared.protected ? {} : { bypass: declared.bypass }),
  }
  return Object.keys(set).length === 0 ? [] : [{ id: row.id, label: row.label, set }]
}
