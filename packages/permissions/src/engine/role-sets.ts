import type { ScopedGrants } from './compiled-role.js'
import { withAncestors } from './compiled-role.js'
import type { RoleIndex } from './held-roles.js'
import { compileRoleSet, type RoleSet, type RoleSetMembers } from './role-set.js'
import { type ScopedRole, scopeGrants } from './scoped-grants.js'

/**
 * How many sets of roles are kept compiled; then all are dropped. With 5,000 permissions a set takes 625 bytes.
 */
const maximumRoleSets = 10_000

/** Compiles sets of roles, each once. */
export type CompileRoleSet = (members: RoleSetMembers, scoped: readonly ScopedRole[]) => RoleSet

/**
 * Builds what compiles sets of roles. They are few where principals are many, so principals share them; what holds for single
 * objects is one principal's own, and kept with its subject alone.
 */
export function createRoleSets(
  { roles }: RoleIndex,
  labels: readonly string[],
  idFields: Readonly<Record<string, string>>,
): CompileRoleSet {
  const sets = new Map<string, RoleSet>()
  const fields = new Map(Object.entries(idFields))
  const numbersOf = createResourceIndex(labels)

  const scopedGrants = (scoped: readonly ScopedRole[]): ScopedGrants => {
    const all = scoped.map(({ place, resourceType, resourceIds, active }) => {
      const scope = { numbers: numbersOf(resourceType), idField: fields.get(resourceType) ?? 'id', resourceIds }
      const grants = scopeGrants(withAncestors(roles, [place]), scope)
      return active ? grants : { allows: [], denies: grants.denies }
    })
    return { allows: all.flatMap(({ allows }) => allows), denies: all.flatMap(({ denies }) => denies) }
  }

  return (members, scoped) => {
    if (scoped.length > 0 && !members.bypass) {
      return compileRoleSet(roles, members, labels.length, scopedGrants(scoped))
    }
    // Places are numbers, so no two different sets make the same text.
    const key = members.bypass ? '*' : `${members.active.join()}/${members.inactive.join()}`
    let set = sets.get(key)
    if (set === undefined) {
      if (sets.size >= maximumRoleSets) sets.clear()
      set = compileRoleSet(roles, members, labels.length)
      sets.set(key, set)
    }
    return set
  }
}

/** Finds the numbers of the permissions of a resource. */
function createResourceIndex(labels: readonly string[]): (resource: string) => ReadonlySet<number> {
  let index: ReadonlyMap<string, Set<number>> | undefined
  return (resource) => {
    index ??= indexResources(labels)
    return index.get(resource) ?? none
  }
}

const none: ReadonlySet<number> = new Set()

function indexResources(labels: readonly string[]): ReadonlyMap<string, Set<number>> {
  const index = new Map<string, Set<number>>()
  for (const [number, label] of labels.entries()) {
    const resource = label.slice(0, label.indexOf(':'))
    const numbers = index.get(resource)
    if (numbers === undefined) index.set(resource, new Set([number]))
    else numbers.add(number)
  }
  return index
}
