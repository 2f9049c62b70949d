import type { Condition } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Catalogue } from '../catalogue/define-permissions.js'
import type { RoleWith } from '../engine/roles-with.js'
import type { Subject } from '../engine/subject.js'
import type { Effect } from '../roles/grant.js'
import type { AssignmentScope } from './assignment-scope.js'
import type { PolicyStorage } from './context.js'
import type { Page } from './page.js'
import type {
  AssignmentFilter,
  GrantFilter,
  GrantRecord,
  NewPermission,
  NewRole,
  PermissionChanges,
  PermissionRecord,
  PruneReport,
  RoleAssignment,
  RoleChanges,
  RoleRecord,
} from './records.js'
import type { SubjectOptions } from './subjects.js'
import type { SeenVersions } from './versions.js'
import type { WhoCanOptions, WhoCanPage } from './who-can.js'

/**
 * Who makes a change, where that is not the app's own code: what he may do is read inside the transaction that makes it,
 * once nobody else can change the policy any more. So nobody gives away what was taken from him a moment before.
 *
 * @param within The policy inside the transaction.
 * @param options.tenant The tenant that the change is about; empty for none. What he may do elsewhere does not count.
 * @returns What he may do, less all that his credential is limited by.
 */
export type Actor = (within: StoredPolicy, options: { readonly tenant: string }) => Promise<Subject<string>>

export interface ChangeOptions {
  /** Who makes the change: he gives nothing that he does not have himself. Default: the app's code, which may all. */
  readonly by?: Actor | undefined
}

export interface AssignOptions extends ChangeOptions {
  /** The instant (milliseconds, in the future) from which it counts for nothing. Default: never. */
  readonly expiresAt?: number | null
  /** Where it holds. Default: everywhere. */
  readonly scope?: AssignmentScope
}

export interface UnassignOptions extends ChangeOptions {
  /** Where it holds: what the principal has of the role elsewhere stays. Default: everywhere. */
  readonly scope?: AssignmentScope
}

export interface GrantOptions extends ChangeOptions {
  /** Default: `allow`. */
  readonly effect?: Effect
  /** When it holds, as a condition on the object. Default: always. */
  readonly when?: Condition
  /** Which fields it covers. Default: all. */
  readonly fields?: readonly string[]
}

/** Of which tenant something is. Default: of none. */
export interface TenantOptions {
  readonly tenant?: string | undefined
}

/**
 * Roles and permissions in a database.
 *
 * What changes who holds a role is part of the caller's transaction and moves the principal's `authz_version`; what changes
 * the policy runs in a transaction of its own and moves `policy_version`. Either way every node acts on it with the next
 * request, because requests see both versions. Locks are taken in one order: the policy's row, then principals by id. So what
 * takes the policy mutex comes first in its transaction.
 *
 * Changes take `by`, who makes them: he gives nothing that he does not have himself, and changes neither roles nor holders
 * that have more (`forbidden`). Checks come in one order: what there is, what is protected, what the one who asks may, what
 * the state allows.
 *
 * Roles are named by label or id: a label names a global role first, an id any. Every method throws CardeaError `unavailable`
 * when storage does.
 */
export interface StoredPolicy<P extends string = string> {
  /**
   * Writes the permissions, roles, grants and inheritance that code declares and storage lacks; flags of roles that code
   * protects become what code says. Never removes anything. Reads alone when all is there. Safe from several nodes at once.
   *
   * @returns Whether anything was written.
   * @throws CardeaError `configuration_invalid` when inheritance would run in a circle with what was made at run time.
   */
  sync(): Promise<boolean>

  /**
   * Removes what code once declared and declares no more: for when no node runs the code that did. What was made at run time
   * stays, and so does what is in use: roles that somebody holds or another role inherits, permissions that were granted.
   *
   * @param options.dryRun Whether to tell alone what would go. Default: false.
   */
  prune(options?: { readonly dryRun?: boolean }): Promise<PruneReport>

  /**
   * What a principal may do.
   *
   * @param seen The versions that the request saw, in one statement. When they are those in memory, no statement is needed.
   * Without them, they are read first. A principal that does not exist may nothing. Whether it is active is not asked.
   * @throws CardeaError `unavailable` when policy or roles changed during each of three tries to read them, or the database is
   * behind `minVersion`; `configuration_invalid` when the stored policy cannot be understood; `conflict` for active roles that
   * may not be active together; `invalid_request` for what can name no tenant.
   */
  subject(principalId: string, seen?: SeenVersions, options?: SubjectOptions): Promise<Subject<P>>

  /**
   * The versions as of now: after a change those that it made, for `minVersion`. Undefined for an unknown principal.
   *
   * @param operations Default: outside of any transaction.
   */
  versions(principalId: string, operations?: StorageOperations): Promise<SeenVersions | undefined>

  /**
   * The roles that have a permission, by what they inherit, too; those with bypass have all.
   *
   * @param permission One that does not exist is had by nobody.
   */
  rolesWith(permission: string, options?: TenantOptions): Promise<readonly RoleWith[]>

  /**
   * The active principals that have a permission, a page at a time in the order of their ids: each as it would be answered if
   * it asked itself now. Of conditions, references to the principal know its id alone.
   *
   * Without an object, those come along for whom it depends on the object or field; who holds roles alone that deny what they
   * give does not. A call looks at 250 to 1,000 principals at
   * most, so there may be more although the page is not full: go on while there is a cursor.
   *
   * @param permission One that does not exist is had by nobody.
   * @throws CardeaError `invalid_request` for a tenant, limit or cursor that is none, `unavailable` when the policy changed
   * during each of three tries to read it.
   */
  whoCan(permission: string, options?: WhoCanOptions): Promise<WhoCanPage>

  /**
   * The same policy inside an open transaction, with memory of its own, so that what is not committed stays there.
   *
   * After rolling back to a savepoint, ask for it again.
   *
   * @param transaction What `storage.join` gave, or the operations that `storage.transaction` gives to its work.
   */
  within(transaction: StorageOperations | PolicyStorage): StoredPolicy<P>

  /**
   * Takes the policy mutex until the transaction ends, for guards over several rows: the first statement of whatever
   * disables or deletes principals, or makes the first admin.
   */
  lock(transaction: StorageOperations): Promise<void>

  /**
   * Gives a principal a role, everywhere or in a scope; when it has it there, changes when it expires. Takes the policy mutex.
   *
   * @throws CardeaError `not_found` for an unknown principal or role, or a role of another tenant; `invalid_request` for an
   * expiry that is not in the future, a scope that is none, or a role with bypass in a narrower scope than everywhere;
   * `forbidden`; `conflict` for a static separation of duty, named in the message; `last_admin` when the last one with full
   * access would have it for a while only.
   */
  assign(
    transaction: StorageOperations,
    principalId: string,
    role: string,
    options?: AssignOptions,
  ): Promise<RoleAssignment>

  /**
   * Gives a role to a principal that the same transaction has made: nobody can have seen it, so no version moves. With `by`
   * or where code declares a static separation of duty it takes the policy mutex: `lock` comes before all else then.
   *
   * @throws CardeaError `not_found` for an unknown role, `forbidden`, `conflict`.
   */
  assignNew(
    transaction: StorageOperations,
    principalId: string,
    role: string,
    options?: ChangeOptions,
  ): Promise<RoleAssignment>

  /**
   * Refuses to go on unless the one who asks could give a role everywhere, to somebody who has none yet: for what leads to
   * that later. Takes the policy mutex.
   *
   * @throws CardeaError `not_found` for an unknown role, `forbidden`.
   */
  assertAssignable(transaction: StorageOperations, role: string, by: Actor): Promise<void>

  /**
   * Takes a role from a principal. Takes the policy mutex.
   *
   * @returns Whether it had it.
   * @throws CardeaError `not_found` for an unknown principal or role, `forbidden`, `last_admin` when nobody with full access
   * would be left.
   */
  unassign(
    transaction: StorageOperations,
    principalId: string,
    role: string,
    options?: UnassignOptions,
  ): Promise<boolean>

  /** The same by the assignment's id. @throws CardeaError `not_found`, `forbidden`, `last_admin`. */
  removeAssignment(
    transaction: StorageOperations,
    assignmentId: string,
    options?: ChangeOptions,
  ): Promise<RoleAssignment>

  /** All that a principal was given, also what has expired or holds for a tenant or resource alone. */
  assignmentsOf(principalId: string, operations?: StorageOperations): Promise<readonly RoleAssignment[]>
  findAssignment(assignmentId: string): Promise<RoleAssignment | undefined>
  /** @throws CardeaError `invalid_request` for a page that is none. */
  listAssignments(query: AssignmentFilter & Page): Promise<readonly RoleAssignment[]>
  countAssignments(filter?: AssignmentFilter): Promise<number>

  /** Whether an active principal of any collection holds a role with bypass. */
  hasBypassHolder(operations?: StorageOperations): Promise<boolean>

  /** The active principals of a collection that hold a role with bypass. */
  listBypassHolders(operations: StorageOperations, collection: string): Promise<readonly string[]>

  /**
   * Refuses to disable or delete the last active principal with full access. Takes the policy mutex, so it comes before any
   * change of principals.
   *
   * @throws CardeaError `last_admin`
   */
  assertNotLastAdmin(transaction: StorageOperations, principalId: string): Promise<void>

  /**
   * Refuses to go on unless the one who asks has all rights that a principal has, in every tenant, where rights that depend on
   * an object count as rights: for whatever would let him act as that principal. Takes the policy mutex.
   *
   * @throws CardeaError `forbidden`
   */
  assertCovers(transaction: StorageOperations, principalId: string, by: Actor): Promise<void>

  /** All global roles by label, or all of a tenant. */
  listRoles(options?: TenantOptions): Promise<readonly RoleRecord[]>
  findRole(labelOrId: string, options?: TenantOptions): Promise<RoleRecord | undefined>
  /**
   * @throws CardeaError `conflict` for a label that exists, `invalid_request`, `not_found` for an unknown parent, `forbidden`.
   */
  createRole(input: NewRole, options?: ChangeOptions): Promise<RoleRecord>
  /**
   * Changes a role. Whoever sends it as it is changes nothing.
   *
   * @throws CardeaError `not_found`; `protected`, also for another label of a role that code declares, and for taking away what
   * code has it inherit; `forbidden`; `invalid_request` for inheritance in a circle, from a bypass or from another tenant;
   * `conflict` for a label that exists, or a static separation of duty that somebody who holds the role would violate.
   */
  updateRole(labelOrId: string, changes: RoleChanges, options?: ChangeOptions): Promise<RoleRecord>
  /**
   * @returns The role as it was.
   * @throws CardeaError `not_found`, `protected`, `forbidden`, `role_in_use` when somebody holds or another role inherits it.
   */
  deleteRole(labelOrId: string, options?: ChangeOptions): Promise<RoleRecord>

  /** @throws CardeaError `not_found` */
  grantsOf(role: string): Promise<readonly GrantRecord[]>
  findGrant(grantId: string): Promise<GrantRecord | undefined>
  /** @throws CardeaError `invalid_request` for a page that is none. */
  listGrants(query: GrantFilter & Page): Promise<readonly GrantRecord[]>
  countGrants(filter?: GrantFilter): Promise<number>
  /**
   * Adds a grant to a role.
   *
   * @param permission A permission by label or id, or a wildcard: `resource:*`, `*:operation`, `*`.
   * @throws CardeaError `not_found`, `protected`, `forbidden`, `conflict` when the role has it already, `invalid_request`.
   */
  grant(role: string, permission: string, options?: GrantOptions): Promise<GrantRecord>
  /**
   * @returns The grant as it was.
   * @throws CardeaError `not_found`, `protected` (also for a grant that code declares, since `sync` would write it again),
   * `forbidden`.
   */
  revoke(grantId: string, options?: ChangeOptions): Promise<GrantRecord>

  /** All permissions by label. */
  listPermissions(): Promise<readonly PermissionRecord[]>
  findPermission(labelOrId: string): Promise<PermissionRecord | undefined>
  /**
   * Adds a permission of the app's own. Nobody has it but those who were given a wildcard that covers it.
   *
   * @throws CardeaError `conflict`, `invalid_request`.
   */
  createPermission(input: NewPermission, options?: ChangeOptions): Promise<PermissionRecord>
  /**
   * Changes a permission of the app's own; its grants stay.
   *
   * @throws CardeaError `not_found`, `protected`, `forbidden`, `conflict`, `invalid_request`.
   */
  updatePermission(labelOrId: string, changes: PermissionChanges, options?: ChangeOptions): Promise<PermissionRecord>
  /**
   * @returns The permission as it was.
   * @throws CardeaError `not_found`, `protected`, `forbidden`, `conflict` while a role was granted it.
   */
  deletePermission(labelOrId: string, options?: ChangeOptions): Promise<PermissionRecord>
  /**
   * Adds the permissions that something defined at run time brings along, in the transaction that makes it: every node
   * knows them with its next request. Takes the policy mutex, so it comes first in the transaction.
   *
   * @throws CardeaError `conflict` when one of them exists.
   */
  addPermissions(transaction: StorageOperations, catalogue: Catalogue): Promise<void>
  /**
   * Removes permissions that were added so, by label, with all grants of them, in the transaction that removes what they are
   * for. Takes the policy mutex, so it comes first in the transaction. Labels that are not there are passed over.
   */
  removePermissions(transaction: StorageOperations, labels: readonly string[]): Promise<void>
}
