import { type ConditionalGrant, type ConditionalGrants, unconditional } from './conditional.js'

/** A role with its own grants in terms of permission numbers. Wildcards share their lists of numbers. */
export interface CompiledRole {
  readonly id: string
  readonly label: string
  readonly bypass: boolean
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

/** All that the holders of the same roles have in common. */
export interface RoleSet {
  readonly bypass: boolean
  /** One bit per permission number: allowed for every object and field. */
  readonly held: Int32Array
  /** The permissions that depend on the object or field; none of them has its bit set. Undefined when there are none. */
  readonly conditional: ReadonlyMap<number, ConditionalGrants> | undefined
}

/**
 * Compiles what a set of roles gives together, with all that they inherit: the union of the allows, less the denies.
 *
 * @param roles All roles of the policy.
 * @param members Places of the roles that are held.
 * @param permissionCount How many permissions there are.
 */
export function compileRoleSet(
  roles: readonly CompiledRole[],
  members: readonly number[],
  permissionCount: number,
): RoleSet {
  const words = Math.ceil(permissionCount / 32)
  if (members.some((place) => roles[place]?.bypass)) {
    return { bypass: true, held: new Int32Array(words).fill(-1), conditional: undefined }
  }

  const reached = withAncestors(roles, members)
  const held = new Int32Array(words)
  for (const role of reached) for (const list of role.allows) for (const id of list) setBit(held, id)
  const denied = new Int32Array(words)
  for (const role of reached) for (const list of role.denies) for (const id of list) setBit(denied, id)
  for (let word = 0; word < words; word += 1) held[word] = (held[word] ?? 0) & ~(denied[word] ?? 0)

  const denies = groupByPermission(reached.flatMap((role) => role.conditionalDenies))
  const allows = groupByPermission(reached.flatMap((role) => role.conditionalAllows))
  const conditional = new Map<number, ConditionalGrants>()
  for (const [id, list] of denies) {
    if (hasBit(denied, id)) continue
    // Without an object nobody knows whether the deny holds, so an unconditional allow becomes one allow of several.
    const own = allows.get(id) ?? []
    conditional.set(id, { allows: hasBit(held, id) ? [unconditional, ...own] : own, denies: list })
    clearBit(held, id)
  }
  for (const [id, list] of allows) {
    if (!conditional.has(id) && !hasBit(denied, id) && !hasBit(held, id))
      conditional.set(id, { allows: list, denies: [] })
  }
  return { bypass: false, held, conditional: conditional.size === 0 ? undefined : conditional }
}

/** Whether a permission's bit is set. */
export const hasBit = (bits: Int32Array, id: number): boolean => (((bits[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1

function setBit(bits: Int32Array, id: number): void {
  bits[id >>> 5] = (bits[id >>> 5] ?? 0) | (1 << (id & 31))
}

function clearBit(bits: Int32Array, id: number): void {
  bits[id >>> 5] = (bits[id >>> 5] ?? 0) & ~(1 << (id & 31))
}

/** The roles and all that they inherit from, at any depth, each once. */
function withAncestors(roles: readonly CompiledRole[], members: readonly number[]): CompiledRole[] {
  const seen = new Set(members)
  // A set keeps the order of insertion and goes on over what is added meanwhile: a queue without recursion.
  for (const place of seen) for (const parent of roles[place]?.parents ?? []) seen.add(parent)
  return [...seen].flatMap((place) => roles[place] ?? [])
}

function groupByPermission(grants: readonly NumberedGrant[]): ReadonlyMap<number, ConditionalGrant[]> {
  const groups = new Map<number, ConditionalGrant[]>()
  for (const { permissions, grant } of grants) {
    for (const id of permissions) {
      const group = groups.get(id)
      if (group === undefined) groups.set(id, [grant])
      else group.push(grant)
    }
  }
  return groups
}
