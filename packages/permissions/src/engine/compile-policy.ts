import type { NoRows } from '../catalogue/row-types.js'
import { isStorableText } from '../condition/storable.js'
import { compileRoles } from './compile-roles.js'
import { withAncestors } from './compiled-role.js'
import { createSubject, type SubjectOrigin, type SubjectPolicy } from './compiled-subject.js'
import { explain } from './explain.js'
import {
  findHeld,
  type HeldAssignment,
  heldAssignments,
  membersOf,
  type RoleIndex,
  rolesInForce,
  scopedRoles,
  shownRoles,
} from './held-roles.js'
import { numberLabels } from './number-labels.js'
import type { Assignment, PolicySnapshot } from './policy-snapshot.js'
import { createRoleSets } from './role-sets.js'
import { findRolesWith, type RoleWith } from './roles-with.js'
import { createScopeBits } from './scopes.js'
import type { Subject } from './subject.js'
import type { Circumstances } from './terms.js'

/** Who a subject is made for. */
export interface SubjectInput extends Circumstances {
  /** The principal's id. It is never compared with the name or id of a role. */
  readonly id: string
  /** Not to be changed afterwards. */
  readonly assignments: readonly Assignment[]
  /** The instant (milliseconds) to answer for: assignments that have expired by then count for nothing. */
  readonly now: number
  /** The tenant to answer for: its assignments count besides the global ones. Default: none. */
  readonly tenant?: string
  /**
   * Labels or ids of the roles to put in force, of those that are held; what is not held gives nothing. What the others deny
   * stays denied. Default: all, less those that a dynamic separation of duty keeps apart.
   */
  readonly activeRoles?: readonly string[]
}

/** A policy, ready to answer. It never changes: a change of policy makes a new one. */
export interface CompiledPolicy<P extends string = string, Rows = NoRows> {
  /** All permissions that exist, in the order of the catalogue. */
  readonly permissions: readonly string[]
  /** Whether a role is part of the policy. */
  hasRole(roleId: string): boolean
  /**
   * Answers for one principal. An assignment of a role that is not part of the policy counts for nothing.
   *
   * @throws CardeaError `conflict` when the active roles violate a dynamic separation of duty.
   */
  subject(input: SubjectInput): Subject<P, Rows>
  /**
   * The roles that give a permission to who holds nothing else, by themselves or by inheritance; those with bypass give all.
   * None for a permission that does not exist.
   */
  rolesWith(permission: string): readonly RoleWith[]
  /** The ids of a role and all that it inherits, at any depth; none when there is no such role. */
  closureOf(roleId: string): readonly string[]
}

export interface CompileOptions {
  /** Told of every name from data that is not a declared permission. It may be any text. */
  readonly onUndeclared?: (permission: string) => void
  /** The field that holds the id of an object, by resource, where it is not `id`: for roles that are held for single objects. */
  readonly idFields?: Readonly<Record<string, string>>
}

/**
 * Compiles a policy: numbers the permissions, expands wildcards, checks inheritance.
 *
 * @throws CardeaError `configuration_invalid` when any part of it cannot be understood. A policy with a part left out could
 * lack a deny, so there is none rather than most of one.
 */
export function compilePolicy<P extends string, Rows = NoRows>(
  snapshot: PolicySnapshot<P, Rows>,
  options: CompileOptions = {},
): CompiledPolicy<P, Rows> {
  const { labels, numbers } = numberLabels(snapshot.permissions, snapshot.customPermissions)
  const { idFields = {} } = options
  const index: RoleIndex = {
    roles: compileRoles(snapshot.roles, labels, numbers),
    places: new Map(snapshot.roles.map((role, place) => [role.id, place])),
    shown: snapshot.roles.map(({ id, label }) => Object.freeze({ id, label })),
    dynamic: (snapshot.constraints ?? []).filter(({ kind }) => kind === 'dynamic'),
  }
  const sources = [...snapshot.roles]
  const roleSet = createRoleSets(index, labels, idFields)
  const shared: SubjectPolicy = {
    labels,
    numbers,
    isPartial: false,
    onUndeclared: options.onUndeclared ?? (() => {}),
    scopeBits: createScopeBits(labels),
    select: (origin) => {
      const { held, places } = heldOf(index, origin)
      const members = membersOf(index, held, places)
      const expiries = held.flatMap(({ assignment }) => assignment.expiresAt ?? [])
      return {
        set: roleSet(members, scopedRoles(held, places, members)),
        roles: shownRoles(index, held, places),
        validUntil: expiries.length === 0 ? null : expiries.reduce((first, next) => Math.min(first, next)),
      }
    },
    explain: (question, origin) =>
      explain(
        { index, sources, idFields },
        { ...question, tenant: origin.tenant, assignments: origin.assignments, ...heldOf(index, origin) },
      ),
  }

  return Object.freeze({
    permissions: labels,
    hasRole: (roleId: string) => index.places.has(roleId),
    subject: (input: SubjectInput): Subject<P, Rows> => {
      const { id, assignments, now, tenant = '', activeRoles, principal, context } = input
      const asker = {
        // An id that no column could hold owns nothing.
        id: isStorableText(id) ? id : null,
        ...(principal && { principal }),
        ...(context && { context }),
      }
      const chosen = activeRoles === undefined ? none : [[...activeRoles]]
      return createSubject<P, Rows>(shared, asker, { id, assignments, now, tenant, chosen, scopes: none })
    },
    rolesWith: (permission: string) => {
      const number = numbers.get(permission)
      return number === undefined ? [] : findRolesWith(index.roles, number)
    },
    closureOf: (roleId: string) => {
      const place = index.places.get(roleId)
      return place === undefined ? [] : withAncestors(index.roles, [place]).map(({ id }) => id)
    },
  })
}

const none: readonly never[] = Object.freeze([])

/** The assignments that count for a subject, and the places of the roles in force. */
function heldOf(
  index: RoleIndex,
  origin: SubjectOrigin,
): { readonly held: readonly HeldAssignment[]; readonly places: ReadonlySet<number> } {
  const held = heldAssignments(index, origin.assignments, origin)
  let chosen: ReadonlySet<number> | undefined
  for (const names of origin.chosen) chosen = findHeld(index.roles, held, names, chosen)
  return { held, places: rolesInForce(index, held, chosen) }
}
