import type { Condition } from '@cardea/core'
import type { Effect, FieldOf, NoRows, PatternOf, Subject } from '@cardea/permissions'
import type {
  AssignmentScope,
  GrantRecord,
  PermissionRecord,
  RoleAssignment,
  RoleRecord,
  StoredPolicy,
  SubjectOptions,
  TenantOptions,
} from '@cardea/permissions/stored'
import type { Authentication } from './sign-in.js'

/** Roles of a principal, as its user object shows them. */
export interface RoleView {
  readonly id: string
  readonly label: string
}

/** A permission and what needs it. */
export interface NeededPermission {
  readonly permission: string
  /** As they have called themselves; at most 20. */
  readonly neededBy: readonly string[]
}

/** An auth collection that guards name, and which of them do. */
export interface NeededCollection {
  readonly collection: string
  /** As they have called themselves; at most 20. */
  readonly neededBy: readonly string[]
}

/** Where permissions, roles and what asks for them do not fit together. All lists are sorted. */
export interface PermissionsReport {
  /** Needed, but neither declared in code nor made at run time: nobody can have them. */
  readonly undeclared: readonly NeededPermission[]
  /** Declared or made at run time, but nothing has said that it needs them. Code may ask for them all the same. */
  readonly unneeded: readonly string[]
  /** Auth collections that guards take principals of, and that there are not: nobody of them can come in. */
  readonly missingCollections: readonly NeededCollection[]
  /** Labels of global roles that neither have a grant, inherited ones included, nor bypass all checks. */
  readonly empty: readonly string[]
}

/** The label of a role that code declares, or any label or id of one that was made at run time. */
export type RoleName<Role extends string> = Role | 'admin' | (string & Record<never, never>)

/**
 * Who changes something: what `auth.verify` found. Nobody gives what it does not have itself, the scopes of an API key and
 * the limits of acting as somebody else included. Absent for the app's own code, which may all; undefined is refused.
 */
export interface ByWhom {
  readonly by?: Authentication
}

/** How a role is held. */
export interface AssignmentOptions extends ByWhom {
  /** The instant (milliseconds, in the future) from which it counts for nothing. Default: never. */
  readonly expiresAt?: number | null
  /** Where it counts: in one tenant, for one resource. Default: everywhere. */
  readonly scope?: AssignmentScope
}

/** A part of a list, in the order of ids, which is that in which things were made. */
export interface ListPart {
  /** How many at most, 1 to 1,001. Default 100. */
  readonly limit?: number
  readonly offset?: number
  /** The id of the last element before; in place of an offset. */
  readonly after?: string | undefined
}

export interface AssignmentFilter {
  readonly principalId?: string | undefined
  /** By label or id. */
  readonly role?: string | undefined
}

export interface GrantFilter {
  /** By label or id. */
  readonly role?: string | undefined
}

/** What is held by whom. */
export interface AssignmentsApi {
  /** @throws CardeaError `not_found` for a label that no role has, `invalid_request`. */
  list(query?: AssignmentFilter & ListPart): Promise<readonly RoleAssignment[]>
  count(filter?: AssignmentFilter): Promise<number>
  find(id: string): Promise<RoleAssignment | undefined>
  /** Takes a role, as `unassign` does. @throws CardeaError `not_found`, `last_admin`, `forbidden`. */
  remove(id: string, options?: ByWhom): Promise<void>
}

/** A role as it is to be. */
export interface RoleInput<Role extends string = string> {
  /** At most 64 bytes, without blanks at the ends and control characters; nothing that looks like an id. */
  readonly label: string
  /** For people; at most 1,000 bytes. */
  readonly description?: string | undefined
  /** Roles whose grants it has too, by label or id: global ones, and for a role of a tenant those of the tenant. */
  readonly inherits?: readonly RoleName<Role>[] | undefined
  /** The tenant that it is for. Default: everywhere. */
  readonly tenant?: string | undefined
}

/** What becomes of a role; what is left out stays. */
export type RoleChanges<Role extends string = string> = Omit<RoleInput<Role>, 'label' | 'tenant'> & {
  readonly label?: string | undefined
}

/** Roles, by label or id; those of a tenant by id. Those that code declares take no change, or none that code would undo. */
export interface RolesApi<Role extends string> {
  /** Global roles, or those of a tenant, by label. */
  list(options?: TenantOptions): Promise<readonly RoleRecord[]>
  /** A role by id; by label a global one, else one of the tenant. */
  find(role: RoleName<Role>, options?: TenantOptions): Promise<RoleRecord | undefined>
  /**
   * @throws CardeaError `conflict` for a label that exists, `not_found` for an unknown parent, `invalid_request`; `forbidden`
   * where a parent has what whoever asks has not.
   */
  create(input: RoleInput<Role>, options?: ByWhom): Promise<RoleRecord>
  /**
   * Changes what is named.
   *
   * @throws CardeaError as `create`, and `protected`; `conflict` also where holders would come to hold roles that must not
   * come together.
   */
  update(role: RoleName<Role>, input: RoleChanges<Role>, options?: ByWhom): Promise<RoleRecord>
  /** @throws CardeaError `not_found`, `protected`, `role_in_use` when somebody holds or another role inherits it, `forbidden`. */
  delete(role: RoleName<Role>, options?: ByWhom): Promise<void>
}

/** How a permission is granted. */
export interface GrantInput<Field extends string = string> extends ByWhom {
  /** Default `allow`. A denial counts whatever else allows. */
  readonly effect?: Effect
  /** When it holds, as a condition on the object. Default: always. */
  readonly when?: Condition<Field>
  /** Which fields it covers. Default: all. */
  readonly fields?: readonly Field[]
}

/** What roles allow and deny. */
export interface GrantsApi<Permission extends string, Role extends string, Rows = NoRows> {
  /** @throws CardeaError `not_found` for a label that no role has, `invalid_request`. */
  list(query?: GrantFilter & ListPart): Promise<readonly GrantRecord[]>
  count(filter?: GrantFilter): Promise<number>
  find(id: string): Promise<GrantRecord | undefined>
  /**
   * Adds a grant to a role.
   *
   * ```ts
   * await auth.permissions.grants.add('author', 'content:update', { when: own('author_id') })
   * ```
   *
   * @param permission A permission or wildcard of the catalogue; one that was made at run time by what `catalogue.find` or
   * `catalogue.create` gave.
   * @throws CardeaError `not_found`, `protected`, `conflict` when the role has it already, `invalid_request`, `forbidden`.
   */
  add<Pattern extends PatternOf<Permission>>(
    role: RoleName<Role>,
    permission: Pattern | Pick<PermissionRecord, 'id'>,
    options?: GrantInput<FieldOf<Rows, Pattern>>,
  ): Promise<GrantRecord>
  /** @throws CardeaError `not_found`, `protected` (also for one that code declares), `forbidden`. */
  remove(id: string, options?: ByWhom): Promise<void>
}

/** A permission as listed. */
export interface ListedPermission extends PermissionRecord {
  /**
   * Where it comes from: declared by the app (or the preset that it uses), needed by Cardea's own routes alone, brought along
   * by a collection, or made at run time.
   */
  readonly origin: 'app' | 'cardea' | 'collection' | 'custom'
}

/** A permission as it is to be. */
export interface PermissionInput {
  /** `resource:operation`. */
  readonly label: string
  /** For people; at most 1,000 bytes. */
  readonly description?: string | undefined
}

/** What becomes of a permission; what is left out stays. */
export type PermissionChanges = Omit<PermissionInput, 'label'> & { readonly label?: string | undefined }

/** What can be granted. Permissions are named by label or id. */
export interface CatalogueApi {
  list(): Promise<readonly ListedPermission[]>
  find(labelOrId: string): Promise<ListedPermission | undefined>
  /**
   * Adds one, for roles made at run time and data that names permissions.
   *
   * @throws CardeaError `conflict` for one that exists, `invalid_request`.
   */
  create(input: PermissionInput, options?: ByWhom): Promise<ListedPermission>
  /** @throws CardeaError `not_found`, `protected` for one that code declares, `conflict`, `invalid_request`, `forbidden`. */
  update(labelOrId: string, input: PermissionChanges, options?: ByWhom): Promise<ListedPermission>
  /** @throws CardeaError `not_found`, `protected`, `conflict` while it is granted, `forbidden`. */
  delete(labelOrId: string, options?: ByWhom): Promise<void>
}

export interface PermissionsApi<Permission extends string, Role extends string = string, Rows = NoRows> {
  /**
   * What a principal may do, as one object that answers synchronously.
   *
   * With the `Authentication` of the request no statement is needed while nothing changed, and the scopes of an API key
   * count; with an id the current versions are read first. In stateless mode, where a request reads nothing, the answer may be up to 60 seconds old.
   *
   * @param options.tenant Where it is asked for: roles that are held in that tenant count, too.
   * @param options.activeRoles Labels or ids of the roles that are to count, of those that are held. Default: all, but of
   * roles that must not be active together none.
   * @param options.minVersion Versions that the answer is not to be older than, as after a change of one's own.
   * @throws CardeaError `conflict` for active roles that must not be so together, `unavailable`.
   */
  subject(who: Authentication | string, options?: SubjectOptions): Promise<Subject<Permission, Rows>>
  /**
   * Gives a role, by label or id; where it is held already, changes when that ends.
   *
   * @throws CardeaError `not_found`, `invalid_request`, `forbidden`, `last_admin`; `conflict` for roles that nobody may hold
   * together.
   */
  assign(principalId: string, role: RoleName<Role>, options?: AssignmentOptions): Promise<RoleAssignment>
  /** Takes a role. @returns Whether it was held there. @throws CardeaError `last_admin`, `not_found`, `forbidden`. */
  unassign(
    principalId: string,
    role: RoleName<Role>,
    options?: ByWhom & { readonly scope?: AssignmentScope },
  ): Promise<boolean>
  rolesOf(principalId: string): Promise<readonly RoleView[]>
  /** Whether an active principal holds a role that bypasses all checks. */
  hasAdmin(): Promise<boolean>
  readonly assignments: AssignmentsApi
  readonly roles: RolesApi<Role>
  readonly grants: GrantsApi<Permission, Role, Rows>
  readonly catalogue: CatalogueApi
  /**
   * The active principals that have a permission, a page at a time: each as it would be answered if it asked itself now, with
   * all that it holds. Go on while there is a cursor: a page need not be full.
   */
  readonly whoCan: StoredPolicy<Permission>['whoCan']
  /** The roles that have a permission, by what they inherit, too; those that bypass all checks have all. */
  readonly rolesWith: StoredPolicy<Permission>['rolesWith']
  /**
   * Says that something needs permissions: guards and routes of adapters do so when they are built, and code that asks with
   * `subject.can` may. `ready()` warns of those that nobody declares, and `report()` tells of all.
   *
   * @param permissions `later` for those of modules that load with their first request, as routes of Next do: they are told of then, and
   * `ready()` does not warn of what nothing needs so far.
   * @param where What needs them, as the report names it, such as `POST /posts`.
   * @param collections Names of the auth collections whose principals it takes; of those that there are not, the same is told.
   */
  needs(permissions: readonly string[] | 'later', where: string, collections?: readonly string[]): void
  /** Compares what is needed with what is declared in code and stored: for operators and tests. @throws CardeaError `unavailable`. */
  report(): Promise<PermissionsReport>
}
