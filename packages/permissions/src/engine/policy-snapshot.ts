import type { Grant } from '../roles/grant.js'

/** A role as data, by id. */
export interface RoleSnapshot {
  readonly id: string
  readonly label: string
  readonly bypass: boolean
  /** Ids of the roles whose grants it has too. */
  readonly parents: readonly string[]
  readonly grants: readonly Grant[]
}

/** A whole policy as data: what {@link compilePolicy} takes. The order of roles and grants means nothing. */
export interface PolicySnapshot<P extends string = string> {
  /** The permissions that code asks for. */
  readonly permissions: readonly P[]
  /** Permissions that exist besides, such as those made at run time. */
  readonly customPermissions?: readonly string[]
  readonly roles: readonly RoleSnapshot[]
}

/** A role that a principal holds. */
export interface Assignment {
  readonly roleId: string
  /** From this instant on (milliseconds) it counts for nothing; null for never. */
  readonly expiresAt: number | null
  /** Where it holds. Absent or empty everywhere; an assignment with a narrower scope gives a global subject nothing. */
  readonly tenant?: string
  readonly resourceType?: string
  readonly resourceId?: string
}
