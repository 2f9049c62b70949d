import { type CompiledRole, type NumberedGrant, type ScopedGrants, withAncestors } from './compiled-role.js'
import { type ConditionalGrant, type ConditionalGrants, unconditional } from './conditional.js'

/** All that the holders of the same roles have in common. */
export interface RoleSet {
  readonly bypass: boolean
  /** One bit per permission number: allowed for every object and field. */
  readonly held: Int32Array
  /** The permissions that depend on the object or field; none of them has its bit set. Undefined when there are none. */
  readonly conditional: ReadonlyMap<number, ConditionalGrants> | undefined
}

/** The roles that make a set. Places are those in the list of compiled roles, sorted. */
export interface RoleSetMembers {
  /** Whether one of them exempts from all checks. */
  readonly bypass: boolean
  /** Roles that are in force. */
  readonly active: readonly number[]
  /** Roles that are held and not in force: what they deny stays denied, so that nobody gets more by leaving one out. */
  readonly inactive: readonly number[]
}

/**
 * Compiles what a set of roles gives together, with all that they inherit: the union of the allows, less the denies.
 *
 * @param roles All roles of the policy.
 * @param permissionCount How many permissions there are.
 * @param scoped What holds for single objects besides.
 */
export function compileRoleSet(
  roles: readonly CompiledRole[],
  members: RoleSetMembers,
  permissionCount: number,
  scoped: ScopedGrants = nothing,
): RoleSet {
  const words = Math.ceil(permissionCount / 32)
  if (members.bypass) return { bypass: true, held: new Int32Array(words).fill(-1), conditional: undefined }

  const active = withAncestors(roles, members.active)
  const denying =
    members.inactive.length === 0 ? active : withAncestors(roles, [...members.active, ...members.inactive])
  const held = new Int32Array(words)
  for (const role of active) for (const list of role.allows) for (const id of list) setBit(held, id)
  const denied = new Int32Array(words)
  for (const role of denying) for (const list of role.denies) for (const id of list) setBit(denied, id)
  for (let word = 0; word < words; word += 1) held[word] = (held[word] ?? 0) & ~(denied[word] ?? 0)

  const denies = groupByPermission([...denying.flatMap((role) => role.conditionalDenies), ...scoped.denies])
  const allows = groupByPermission([...active.flatMap((role) => role.conditionalAllows), ...scoped.allows])
  const conditional = new Map<number, ConditionalGrants>()
  for (const [id, list] of denies) {
    const own = allows.get(id) ?? []
    // Without an object nobody knows whether the deny holds. What is allowed anyway needs no other allow.
    const all = hasBit(held, id) ? [unconditional] : own
    // What nothing allows needs no deny.
    if (all.length > 0 && !hasBit(denied, id)) conditional.set(id, { allows: all, denies: list })
    clearBit(held, id)
  }
  for (const [id, list] of allows) {
    if (!conditional.has(id) && !hasBit(denied, id) && !hasBit(held, id))
      conditional.set(id, { allows: list, denies: [] })
  }
  return { bypass: false, held, conditional: conditional.size === 0 ? undefined : conditional }
}

const nothing: ScopedGrants = Object.freeze({ allows: [], denies: [] })

/** Whether a permission's bit is set. */
export const hasBit = (bits: Int32Array, id: number): boolean => (((bits[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1

export function setBit(bits: Int32Array, id: number): void {
  bits[id >>> 5] = (bits[id >>> 5] ?? 0) | (1 << (id & 31))
}

function clearBit(bits: Int32Array, id: number): void {
  bits[id >>> 5] = (bits[id >>> 5] ?? 0) & ~(1 << (id & 31))
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
