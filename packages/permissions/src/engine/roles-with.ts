import type { CompiledRole } from './compiled-role.js'

/** A role that gives a permission, always or depending on the object or field. */
export interface RoleWith {
  readonly roleId: string
  readonly decision: 'allowed' | 'conditional'
}

/** What a role and all that it inherits say about one permission. */
interface Says {
  allows: boolean
  denies: boolean
  allowsSome: boolean
  deniesSome: boolean
}

/** Finds the roles that give a permission to who holds no other. */
export function findRolesWith(roles: readonly CompiledRole[], number: number): readonly RoleWith[] {
  const said = new Map<number, Says>()
  for (const start of roles.keys()) settle(roles, start, number, said)
  return roles.flatMap((role, place): RoleWith[] => {
    const says = said.get(place)
    if (role.bypass) return [{ roleId: role.id, decision: 'allowed' }]
    if (says === undefined || says.denies || !(says.allows || says.allowsSome)) return []
    return [{ roleId: role.id, decision: says.allows && !says.deniesSome ? 'allowed' : 'conditional' }]
  })
}

/** Settles a role after all that it inherits, without recursion: chains may be long. */
function settle(roles: readonly CompiledRole[], start: number, number: number, said: Map<number, Says>): void {
  const open = [start]
  for (let place = open.at(-1); place !== undefined; place = open.at(-1)) {
    const role = roles[place]
    const missing = said.has(place) ? [] : (role?.parents.filter((parent) => !said.has(parent)) ?? [])
    if (missing.length > 0) {
      open.push(...missing)
      continue
    }
    open.pop()
    if (role !== undefined && !said.has(place)) said.set(place, unite(own(role, number), role.parents, said))
  }
}

const own = (role: CompiledRole, number: number): Says => ({
  allows: role.allows.some((list) => list.includes(number)),
  denies: role.denies.some((list) => list.includes(number)),
  allowsSome: role.conditionalAllows.some(({ permissions }) => permissions.includes(number)),
  deniesSome: role.conditionalDenies.some(({ permissions }) => permissions.includes(number)),
})

function unite(says: Says, parents: readonly number[], said: ReadonlyMap<number, Says>): Says {
  for (const parent of parents) {
    const inherited = said.get(parent)
    if (inherited === undefined) continue
    says.allows ||= inherited.allows
    says.denies ||= inherited.denies
    says.allowsSome ||= inherited.allowsSome
    says.deniesSome ||= inherited.deniesSome
  }
  return says
}
