import type { Effect } from '../roles/grant.js'

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

/** Which assignments are meant. Default: all. */
export interface AssignmentFilter {
  readonly principalId?: string | undefined
  /** The id of a role; one that does not exist is held by nobody. */
  readonly roleId?: string | undefined
  /** Those of one tenant, or those of none: the empty text. */
  readonly tenant?: string | undefined
}

/** A grant as it is stored. */
export interface GrantRecord {
  readonly id: string
  readonly roleId: string
  readonly roleLabel: string
  /** Null for a wildcard. */
  readonly permissionId: string | null
  /** The permission's label, or the wildcard. */
  readonly permission: string
  readonly effect: Effect
  /** When it holds, as it is stored; null for always. */
  readonly condition: unknown
  /** Which fields it covers; null for all. */
  readonly fields: readonly string[] | null
  readonly createdAt: number
}

/** Which grants are meant. Default: all. */
export interface GrantFilter {
  /** The id of a role; one that does not exist has none. */
  readonly roleId?: string | undefined
  /** The id of a permission: its own grants, not wildcards that cover it. */
  readonly permissionId?: string | undefined
}

/** A permission that can be granted. */
export interface PermissionRecord {
  readonly id: string
  /** `resource:operation`. */
  readonly label: string
  readonly description: string
  /** Whether it takes no change: code declares it, or a collection brought it along. */
  readonly systemProtected: boolean
  /** Whether code has declared it. */
  readonly declared: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/** A permission of the app's own. */
export interface NewPermission {
  /** `resource:operation`. */
  readonly label: string
  /** At most 1,000 bytes. */
  readonly description?: string | undefined
}

/** What becomes of a permission; what is left out stays. */
export type PermissionChanges = { readonly [K in keyof NewPermission]?: NewPermission[K] | undefined }

/** A role as it is stored. */
export interface RoleRecord {
  readonly id: string
  /** The tenant that it belongs to; empty for a global role. */
  readonly tenant: string
  readonly label: string
  readonly description: string
  /** Whether it takes no change at run time. */
  readonly systemProtected: boolean
  /** Whether code has declared it: then it is neither renamed nor deleted at run time. */
  readonly declared: boolean
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
  readonly description?: string | undefined
  /** Roles whose grants it has too, by label or id: global ones, and for a role of a tenant those of the tenant. */
  readonly inherits?: readonly string[] | undefined
  /** The tenant that it belongs to, outside of which it counts for nothing. Default: none, so that it is global. */
  readonly tenant?: string | undefined
}

/** What becomes of a role; what is left out stays. */
export type RoleChanges = Omit<NewRole, 'label' | 'tenant'> & { readonly label?: string | undefined }

/** What code once declared and declares no more. */
export interface PruneReport {
  /** Labels of roles that are gone, with all their grants. */
  readonly roles: readonly string[]
  /** Labels of permissions that are gone. */
  readonly permissions: readonly string[]
  /** Grants that are gone from roles that stay. */
  readonly grants: readonly { readonly role: string; readonly permission: string; readonly effect: Effect }[]
  /** Inheritance that is gone between roles that stay. */
  readonly inheritance: readonly { readonly role: string; readonly parent: string }[]
  /** What had to stay, and why: somebody holds the role, another role inherits it, a role was granted the permission. */
  readonly kept: readonly {
    readonly kind: 'role' | 'permission'
    readonly label: string
    readonly reason: 'held' | 'inherited' | 'granted'
  }[]
}
