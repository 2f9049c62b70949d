import type { ConditionalGrant } from './conditional.js'

/** A role with its own grants in terms of permission numbers. Wildcards share their lists of numbers. */
export interface CompiledRole {
  readonly id: string
  readonly label: string
  /** Whether its holders are exempt from all checks, if they hold it everywhere. */
  readonly bypass: boolean
  /** The tenant it belongs to; empty for a global role. */
  readonly tenant: string
  /** Places in the list of compiled roles. */
  readonly parents: readonly number[]
  readonly allows: readonly (readonly number[])[]
  readonly denies: readonly (readonly number[])[]
  readonly conditionalAllows: readonly NumberedGrant[]
  readonly conditionalDenies: readonly NumberedGrant[]
}

/** A conditional grant and the permissions that it is about. */
export interface NumberedGrant {
  readonly permissions: readonly number[]
  readonly grant: ConditionalGrant
}

/** What roles give and take for single objects. */
export interface ScopedGrants {
  readonly allows: readonly NumberedGrant[]
  readonly denies: readonly NumberedGrant[]
}

/** The roles and all that they inherit from, at any depth, each once. */
export function withAncestors(roles: readonly CompiledRole[], members: readonly number[]): CompiledRole[] {
  const seen = new Set(members)
  // A set keeps the order of insertion and goes on over what is added meanwhile: a queue without recursion.
  for (const place of seen) for (const parent of roles[place]?.parents ?? []) seen.add(parent)
  return [...seen].flatMap((place) => roles[place] ?? [])
}
