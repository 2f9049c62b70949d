import type { StorageOperations } from '@cardea/storage'
import type { Catalogue } from '../catalogue/define-permissions.js'
import type { Subject } from '../engine/subject.js'
import type { AssignOptions, RoleAssignment } from './assignments.js'
import type { PolicyStorage } from './context.js'
import type { GrantOptions, GrantRecord } from './grants.js'
import type { PermissionRecord } from './permissions.js'
import type { NewRole, RoleRecord } from './roles.js'
import type { SeenVersions } from './versions.js'

/**
 * Roles and permissions in a database.
 *
 * What changes who holds a role is part of the caller's transaction and moves the principal's `authz_version`; what changes
 * the policy runs in a transaction of its own and moves `policy_version`. Either way every node acts on it with the next
 * request, because requests see both versions. Locks are taken in one order: the policy's row, then principals by id.
 *
 * Roles are named by label or id. Every method throws CardeaError `unavailable` when storage does.
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
   * What a principal may do.
   *
   * @param seen The versions that the request saw, in one statement. When they are those in memory, no statement is needed.
   * Without them, they are read first. A principal that does not exist may nothing. Whether it is active is not asked.
   * @throws CardeaError `unavailable` when policy or roles changed during each of three tries to read them;
   * `configuration_invalid` when the stored policy cannot be understood.
   */
  subject(principalId: string, seen?: SeenVersions): Promise<Subject<P>>

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
   * Gives a principal a role everywhere; when it has it, changes when it expires.
   *
   * @throws CardeaError `not_found` for an unknown principal or role, `invalid_request` for an expiry that is not in the
   * future, `last_admin` when the last one with full access would have it for a while only.
   */
  assign(
    transaction: StorageOperations,
    principalId: string,
    role: string,
    options?: AssignOptions,
  ): Promise<RoleAssignment>

  /**
   * Gives a role to a principal that the same transaction has made: nobody can have seen it, so no version moves.
   *
   * @throws CardeaError `not_found` for an unknown role.
   */
  assignNew(transaction: StorageOperations, principalId: string, role: string): Promise<RoleAssignment>

  /**
   * Takes a role from a principal.
   *
   * @returns Whether it had it.
   * @throws CardeaError `not_found` for an unknown principal or role, `last_admin` when nobody with full access would be left.
   */
  unassign(transaction: StorageOperations, principalId: string, role: string): Promise<boolean>

  /** All that a principal was given, also what has expired or holds for a tenant or resource alone. */
  assignmentsOf(principalId: string, operations?: StorageOperations): Promise<readonly RoleAssignment[]>

  /** Whether an active principal of any collection holds a role with bypass. */
  hasBypassHolder(operations?: StorageOperations): Promise<boolean>

  /**
   * Refuses to disable or delete the last active principal with full access. Takes the policy mutex, so it comes before any
   * change of principals.
   *
   * @throws CardeaError `last_admin`
   */
  assertNotLastAdmin(transaction: StorageOperations, principalId: string): Promise<void>

  /** All global roles by label. */
  listRoles(): Promise<readonly RoleRecord[]>
  findRole(labelOrId: string): Promise<RoleRecord | undefined>
  /** @throws CardeaError `conflict` for a label that exists, `invalid_request`, `not_found` for an unknown parent. */
  createRole(input: NewRole): Promise<RoleRecord>
  /** @throws CardeaError `not_found`, `protected`, `role_in_use` when somebody holds or another role inherits it. */
  deleteRole(labelOrId: string): Promise<void>

  /** @throws CardeaError `not_found` */
  grantsOf(role: string): Promise<readonly GrantRecord[]>
  /**
   * Adds a grant to a role.
   *
   * @param permission A permission by label or id, or a wildcard: `resource:*`, `*:operation`, `*`.
   * @throws CardeaError `not_found`, `protected`, `conflict` when the role has it already, `invalid_request`.
   */
  grant(role: string, permission: string, options?: GrantOptions): Promise<GrantRecord>
  /** @throws CardeaError `not_found`, `protected` (also for a grant that code declares, since `sync` would write it again). */
  revoke(grantId: string): Promise<void>

  /** All permissions by label. */
  listPermissions(): Promise<readonly PermissionRecord[]>
  /** Adds a permission of the app's own. @throws CardeaError `conflict`, `invalid_request`. */
  createPermission(input: { readonly label: string; readonly description?: string }): Promise<PermissionRecord>
  /**
   * Adds the permissions that something defined at run time brings along, in the transaction that makes it: every node
   * knows them with its next request. Takes the policy mutex, so it comes first in the transaction.
   *
   * @throws CardeaError `conflict` when one of them exists.
   */
  addPermissions(transaction: StorageOperations, catalogue: Catalogue): Promise<void>
}
