import type { NoRows } from '../catalogue/row-types.js'
import type { Grant } from '../roles/grant.js'
import type { SeparationOfDuty } from '../roles/separation-of-duty.js'

/** A role as data, by id. */
export interface RoleSnapshot {
  readonly id: string
  readonly label: string
  readonly bypass: boolean
  /** Ids of the roles whose grants it has too: for a role of a tenant global ones and its own, for a global one global ones. */
  readonly parents: readonly string[]
  readonly grants: readonly Grant[]
  /** The tenant that it belongs to; absent or empty for a global role. Outside of its tenant it counts for nothing. */
  readonly tenant?: string
}

/** A whole policy as data: what {@link compilePolicy} takes. The order of roles and grants means nothing. */
export interface PolicySnapshot<P extends string = string, Rows = NoRows> {
  /** The permissions that code asks for. */
  readonly permissions: readonly P[]
  /** Permissions that exist besides, such as those made at run time. */
  readonly customPermissions?: readonly string[]
  readonly roles: readonly RoleSnapshot[]
  /** Which roles may not meet in one principal, by the labels of global roles. Only dynamic sets concern the engine. */
  readonly constraints?: readonly SeparationOfDuty[]
  /** Never there: it carries the types of rows by resource. */
  readonly rowTypes?: Rows
}

/** A role that a principal holds. */
export interface Assignment {
  readonly roleId: string
  /** From this instant on (milliseconds) it counts for nothing; null for never. */
  readonly expiresAt: number | null
  /** The tenant where it holds. Absent or empty: everywhere. */
  readonly tenant?: string
  /**
   * The one object where it holds: `resourceType` is the part of permissions before the colon, `resourceId` the object's own
   * id as text. Both absent or empty: all objects. One without the other counts for nothing.
   */
  readonly resourceType?: string
  readonly resourceId?: string
}
