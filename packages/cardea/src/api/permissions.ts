import type { Subject } from '@cardea/permissions'
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

/** Where permissions, roles and what asks for them do not fit together. All lists are sorted. */
export interface PermissionsReport {
  /** Needed, but neither declared in code nor made at run time: nobody can have them. */
  readonly undeclared: readonly NeededPermission[]
  /** Declared or made at run time, but nothing has said that it needs them. Code may ask for them all the same. */
  readonly unneeded: readonly string[]
  /** Labels of global roles that neither have a grant, inherited ones included, nor bypass all checks. */
  readonly empty: readonly string[]
}

export interface PermissionsApi<Permission extends string> {
  /**
   * What a principal may do, as one object that answers synchronously.
   *
   * With the `Authentication` of the request no statement is needed while nothing changed, and the scopes of an API key
   * count; with an id the current versions are read first. In stateless mode, where a request reads nothing, the answer may be up to 60 seconds old.
   */
  subject(who: Authentication | string): Promise<Subject<Permission>>
  /** Gives a role, by label or id. @throws CardeaError `not_found`. */
  assign(principalId: string, role: string, options?: { readonly expiresAt?: number }): Promise<void>
  /** Takes a role. @throws CardeaError `last_admin`, `not_found`. */
  unassign(principalId: string, role: string): Promise<void>
  rolesOf(principalId: string): Promise<readonly RoleView[]>
  /** Whether an active principal holds a role that bypasses all checks. */
  hasAdmin(): Promise<boolean>
  /**
   * Says that something needs permissions: guards and routes of adapters do so when they are built, and code that asks with
   * `subject.can` may. `ready()` warns of those that nobody declares, and `report()` tells of all.
   *
   * @param where What needs them, as the report names it, such as `POST /posts`.
   */
  needs(permissions: readonly string[], where: string): void
  /** Compares what is needed with what is declared in code and stored: for operators and tests. @throws CardeaError `unavailable`. */
  report(): Promise<PermissionsReport>
}
