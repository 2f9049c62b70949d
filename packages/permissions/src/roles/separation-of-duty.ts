import { CardeaError } from '@cardea/core'

/**
 * A set of roles of which one principal may have fewer than a number (NIST RBAC, separation of duty).
 *
 * A principal has a role if it holds it or one that inherits it, at any depth. `static`: it may not hold them. `dynamic`: it
 * may hold them, and have fewer than that in force at a time, in one subject.
 */
export interface SeparationOfDuty<Label extends string = string> {
  /** Shown where it is violated. */
  readonly name: string
  /** Labels of roles that code declares, two at least. */
  readonly roles: readonly Label[]
  /** How many of them are too many: 2 at least, all of them at most. */
  readonly fewerThan: number
  readonly kind: 'static' | 'dynamic'
}

/** What {@link violatedConstraint} needs to know of a role. */
export interface RoleInHierarchy {
  readonly id: string
  readonly label: string
  readonly parents: readonly string[]
  readonly tenant?: string
}

/**
 * The first constraint of a kind that somebody violates who holds roles.
 *
 * @param roles All roles of the policy, or those at least that are held and all that these inherit.
 * @param heldRoleIds The ids of the roles that are held, wherever they count.
 * @param kind Default: `static`, what nobody may hold.
 */
export function violatedConstraint(
  constraints: readonly SeparationOfDuty[],
  roles: Iterable<RoleInHierarchy>,
  heldRoleIds: Iterable<string>,
  kind: SeparationOfDuty['kind'] = 'static',
): SeparationOfDuty | undefined {
  const concerned = constraints.filter((constraint) => constraint.kind === kind)
  if (concerned.length === 0) return undefined
  const byId = new Map([...roles].map((role) => [role.id, role]))
  const reached = new Set(heldRoleIds)
  // A set goes on over what is added meanwhile: a queue without recursion.
  for (const id of reached) for (const parent of byId.get(id)?.parents ?? []) reached.add(parent)
  const had = new Set<string>()
  for (const id of reached) {
    const role = byId.get(id)
    // A tenant's role may have the label of a global one and is not meant.
    if (role !== undefined && (role.tenant ?? '') === '') had.add(role.label)
  }
  return concerned.find((constraint) => isViolated(constraint, (label) => had.has(label)))
}

/** Whether somebody has as many of the roles of a set as are too many. */
export const isViolated = (constraint: SeparationOfDuty, has: (label: string) => boolean): boolean =>
  new Set(constraint.roles.filter(has)).size >= constraint.fewerThan

/**
 * Checks constraints and returns frozen copies.
 *
 * @throws CardeaError `configuration_invalid`, whose message names the place.
 */
export function checkConstraints<Label extends string>(
  constraints: readonly SeparationOfDuty<Label>[],
  roles: readonly { readonly label: string; readonly inherits: readonly string[] }[],
): readonly SeparationOfDuty<Label>[] {
  const hierarchy = roles.map(({ label, inherits }) => ({ id: label, label, parents: inherits }))
  const labels = new Set<string>(roles.map(({ label }) => label))
  const names = new Set<string>()
  const checked = [...constraints].map((constraint, index): SeparationOfDuty<Label> => {
    const place = `separationOfDuty.${index}`
    const unknown = Object.keys(constraint).find((key) => !members.has(key))
    if (unknown !== undefined) throw invalid(`${place}.${unknown}`, 'is not a known member')
    const { name, fewerThan, kind } = constraint
    if (typeof name !== 'string' || name === '' || name.length > 64) {
      throw invalid(`${place}.name`, 'must be a text of 1 to 64 characters')
    }
    if (names.has(name)) throw invalid(`${place}.name`, 'is used twice')
    names.add(name)
    if (kind !== 'static' && kind !== 'dynamic') throw invalid(`${place}.kind`, 'must be static or dynamic')
    const list: readonly Label[] = constraint.roles
    if (!Array.isArray(list)) throw invalid(`${place}.roles`, 'must be a list of roles')
    const set = [...new Set<Label>(list)].sort()
    for (const label of set)
      if (!labels.has(label)) throw invalid(`${place}.roles`, 'names a role that is not declared')
    if (set.length < 2) throw invalid(`${place}.roles`, 'must name at least two roles')
    if (!Number.isSafeInteger(fewerThan) || fewerThan < 2 || fewerThan > set.length) {
      throw invalid(`${place}.fewerThan`, `must be a whole number from 2 to ${set.length}`)
    }
    return Object.freeze({ name, roles: Object.freeze(set), fewerThan, kind })
  })
  for (const { label } of roles) {
    const violated =
      violatedConstraint(checked, hierarchy, [label]) ?? violatedConstraint(checked, hierarchy, [label], 'dynamic')
    if (violated === undefined) continue
    throw invalid(label, `has by itself what ${JSON.stringify(violated.name)} keeps apart, so nobody could hold it`)
  }
  return Object.freeze(checked)
}

const members = new Set(['name', 'roles', 'fewerThan', 'kind'])

function invalid(place: string, reason: string): CardeaError {
  return new CardeaError('configuration_invalid', `roles: ${JSON.stringify(place)} ${reason}`, {
    issues: [{ path: place, code: 'invalid', message: reason }],
  })
}
