import { parsePattern } from '../../catalogue/permission-label.js'
import type { RoleSnapshot } from '../../engine/policy-snapshot.js'
import type { Grant } from '../../roles/grant.js'

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

/** All grants of one effect that roles have, what they inherit included. */
export function grantsOf(
  roles: ReadonlyMap<string, RoleSnapshot>,
  roleIds: readonly string[],
  effect: Grant['effect'],
): readonly Grant[] {
  return closureOf(roles, roleIds).flatMap((role) => role.grants.filter((grant) => grant.effect === effect))
}

/** What is left of a grant where a role is given for objects of one type alone; nothing for a grant about other types. */
export function narrowed(grant: Grant, resourceType: string): readonly Grant[] {
  if (resourceType === '') return [grant]
  const pattern = parsePattern(grant.permission)
  if (pattern === undefined || (pattern.resource !== '*' && pattern.resource !== resourceType)) return []
  return [{ ...grant, permission: `${resourceType}:${pattern.operation}` }]
}
