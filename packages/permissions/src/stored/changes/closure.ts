import type { RoleSnapshot } from '../../engine/policy-snapshot.js'

/** Roles and all that they inherit, each once. What is not known is left out. */
export function closureOf(
  roles: ReadonlyMap<string, RoleSnapshot>,
  roleIds: Iterable<string>,
): readonly RoleSnapshot[] {
  const reached = new Set(roleIds)
  // A set goes on over what is added meanwhile: a queue without recursion.
  for (const id of reached) for (const parent of roles.get(id)?.parents ?? []) reached.add(parent)
  return [...reached].flatMap((id) => roles.get(id) ?? [])
}
