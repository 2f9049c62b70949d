import { CardeaError } from '@cardea/core'
import { isViolated, type SeparationOfDuty } from '../roles/separation-of-duty.js'
import { type CompiledRole, withAncestors } from './compiled-role.js'
import type { Assignment } from './policy-snapshot.js'
import type { RoleSetMembers } from './role-set.js'
import type { ScopedRole } from './scoped-grants.js'
import type { HeldRole } from './terms.js'

/** An assignment that counts for a subject, and the place of its role. */
export interface HeldAssignment {
  readonly place: number
  readonly assignment: Assignment
}

/** The roles of a policy by what they are looked up by. */
export interface RoleIndex {
  readonly roles: readonly CompiledRole[]
  readonly places: ReadonlyMap<string, number>
  /** The roles as subjects show them, each made once. */
  readonly shown: readonly HeldRole[]
  /** Dynamic separations of duty. */
  readonly dynamic: readonly SeparationOfDuty[]
}

/** The assignments that count at an instant in a tenant. One of a role that is not part of the policy counts for nothing. */
export function heldAssignments(
  { roles, places }: RoleIndex,
  assignments: readonly Assignment[],
  { now, tenant }: { readonly now: number; readonly tenant: string },
): readonly HeldAssignment[] {
  return assignments.flatMap((assignment) => {
    const place = places.get(assignment.roleId)
    const role = place === undefined ? undefined : roles[place]
    if (place === undefined || role === undefined || !isCurrent(assignment, now)) return []
    const { tenant: within = '', resourceType = '', resourceId = '' } = assignment
    if ((within !== '' && within !== tenant) || (role.tenant !== '' && role.tenant !== tenant)) return []
    // Half a scope is a mistake, and must not mean everything.
    return (resourceType === '') === (resourceId === '') ? [{ place, assignment }] : []
  })
}

/** What is no instant counts as expired. */
const isCurrent = ({ expiresAt }: Assignment, now: number): boolean =>
  expiresAt === null || (typeof expiresAt === 'number' && expiresAt > now)

/** Whether an assignment is for one object. */
export const isScoped = ({ resourceType = '' }: Assignment): boolean => resourceType !== ''

/** Whether an assignment counts everywhere: there alone a role with bypass bypasses. */
export const isGlobal = (assignment: Assignment): boolean => (assignment.tenant ?? '') === '' && !isScoped(assignment)

/**
 * Finds held roles by label or id. What is not held is left out.
 *
 * @param among Where to look; undefined for all that are held.
 */
export function findHeld(
  roles: readonly CompiledRole[],
  held: readonly HeldAssignment[],
  names: readonly string[],
  among: ReadonlySet<number> | undefined,
): ReadonlySet<number> {
  const wanted = new Set(names)
  const ids = new Set(held.flatMap(({ place }) => roles[place]?.id ?? []))
  return new Set(
    held.flatMap(({ place }) => {
      const role = roles[place]
      if (role === undefined || among?.has(place) === false) return []
      // A label that is another held role's id means that one.
      return wanted.has(role.id) || (wanted.has(role.label) && !ids.has(role.label)) ? [place] : []
    }),
  )
}

/**
 * The roles in force, among those that are held.
 *
 * @param chosen The roles to activate; undefined for all, of which then those are left out that a dynamic separation of duty
 * keeps apart: nobody said which of them it should be, so it is none.
 * @throws CardeaError `conflict` when the chosen roles violate a dynamic separation of duty.
 */
export function rolesInForce(
  index: RoleIndex,
  held: readonly HeldAssignment[],
  chosen: ReadonlySet<number> | undefined,
): ReadonlySet<number> {
  const places = new Set(held.map(({ place }) => place))
  const active = chosen === undefined ? places : new Set([...places].filter((place) => chosen.has(place)))
  if (index.dynamic.length === 0) return active
  const had = new Map([...active].map((place) => [place, labelsOf(index.roles, place)]))
  const left = new Set(active)
  for (const constraint of index.dynamic) {
    if (!isViolated(constraint, (label) => [...had.values()].some((labels) => labels.has(label)))) continue
    if (chosen !== undefined) {
      throw new CardeaError('conflict', `These roles may not be active together: ${constraint.name}.`)
    }
    for (const [place, labels] of had) if (constraint.roles.some((label) => labels.has(label))) left.delete(place)
  }
  return left
}

/** The labels of a role and all global ones that it inherits: sets of roles name global ones. */
function labelsOf(roles: readonly CompiledRole[], place: number): ReadonlySet<string> {
  return new Set(withAncestors(roles, [place]).flatMap(({ tenant, label }) => (tenant === '' ? [label] : [])))
}

/** Puts held roles in the terms of {@link compileRoleSet}. */
export function membersOf(
  { roles }: RoleIndex,
  held: readonly HeldAssignment[],
  inForce: ReadonlySet<number>,
): RoleSetMembers {
  const everywhere = held.filter(({ assignment }) => !isScoped(assignment))
  const places = [...new Set(everywhere.map(({ place }) => place))].sort((a, b) => a - b)
  return {
    bypass: held.some(
      ({ place, assignment }) => roles[place]?.bypass === true && inForce.has(place) && isGlobal(assignment),
    ),
    active: places.filter((place) => inForce.has(place)),
    inactive: places.filter((place) => !inForce.has(place)),
  }
}

/** The roles that are held for single objects, each once for each type of object, without those that are held for all. */
export function scopedRoles(
  held: readonly HeldAssignment[],
  inForce: ReadonlySet<number>,
  members: RoleSetMembers,
): readonly ScopedRole[] {
  const everywhere = new Set([...members.active, ...members.inactive])
  const groups = new Map<string, ScopedRole & { readonly resourceIds: Set<string> }>()
  for (const { place, assignment } of held) {
    if (!isScoped(assignment) || everywhere.has(place)) continue
    const { resourceType = '', resourceId = '' } = assignment
    // The place is a number, so no two groups make the same text.
    const key = `${place}:${resourceType}`
    const group = groups.get(key)
    if (group !== undefined) group.resourceIds.add(resourceId)
    else groups.set(key, { place, resourceType, resourceIds: new Set([resourceId]), active: inForce.has(place) })
  }
  return [...groups.values()]
}

/**
 * The roles to show: those in force that are held for all objects. Of a role with bypass that is held in a tenant alone the
 * grants count; who goes by its name would take it for more.
 */
export function shownRoles(
  { roles, shown }: RoleIndex,
  held: readonly HeldAssignment[],
  inForce: ReadonlySet<number>,
): readonly HeldRole[] {
  const list = new Set<HeldRole>()
  for (const { place, assignment } of held) {
    const role = shown[place]
    if (role === undefined || !inForce.has(place) || isScoped(assignment)) continue
    if (roles[place]?.bypass !== true || isGlobal(assignment)) list.add(role)
  }
  return Object.freeze([...list].sort(byLabel))
}

const byLabel = (a: HeldRole, b: HeldRole): number =>
  a.label < b.label ? -1 : a.label > b.label ? 1 : a.id < b.id ? -1 : 1
