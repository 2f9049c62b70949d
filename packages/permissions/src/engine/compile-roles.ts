import { CardeaError } from '@cardea/core'
import { isPermissionLabel, parsePattern } from '../catalogue/permission-label.js'
import { findCycle } from '../roles/find-cycle.js'
import { type Grant, parseGrant } from '../roles/grant.js'
import type { CompiledRole, NumberedGrant } from './compiled-role.js'
import { type ConditionalGrant, compileTest } from './conditional.js'
import type { RoleSnapshot } from './policy-snapshot.js'

/**
 * Puts the roles of a policy in terms of permission numbers, which are places in the list of labels.
 *
 * @throws CardeaError `configuration_invalid` when any part cannot be understood; the message names the role and the place.
 */
export function compileRoles(
  roles: readonly RoleSnapshot[],
  labels: readonly string[],
  numbers: ReadonlyMap<string, number>,
): readonly CompiledRole[] {
  const expand = createExpander(labels)
  const shareGrant = createGrants()
  const places = new Map<string, number>()
  // Where all parents come first, as they do when roles are made one after the other, nothing can run in circles.
  let isOrdered = true
  for (const role of roles) {
    if (places.has(role.id)) throw invalid(role, 'exists twice')
    for (const parent of role.parents) isOrdered &&= places.has(parent)
    places.set(role.id, places.size)
  }
  const cycle = isOrdered ? undefined : findCycle(new Map(roles.map((role) => [role.id, role.parents])))
  if (cycle !== undefined) throw invalid(roles[places.get(cycle[0] ?? '') ?? -1], 'inherits itself')
  for (const role of roles) checkTenants(role, roles, places)
  return roles.map((role) => compileRole(role, places, numbers, expand, shareGrant))
}

/** A role of a tenant may extend global ones and those of its own; nothing flows out of a tenant. */
function checkTenants(role: RoleSnapshot, roles: readonly RoleSnapshot[], places: ReadonlyMap<string, number>): void {
  const { tenant = '' } = role
  if (typeof tenant !== 'string') throw invalid(role, 'belongs to a tenant that is no text')
  for (const parent of role.parents) {
    const { tenant: other = '' } = roles[places.get(parent) ?? -1] ?? {}
    if (other !== '' && other !== tenant) throw invalid(role, 'inherits a role of a tenant that it does not belong to')
  }
}

function compileRole(
  role: RoleSnapshot,
  places: ReadonlyMap<string, number>,
  numbers: ReadonlyMap<string, number>,
  expand: (wildcard: string) => readonly number[] | undefined,
  shareGrant: (grant: Grant) => ConditionalGrant,
): CompiledRole {
  const allowed: number[] = []
  const denied: number[] = []
  const allows: (readonly number[])[] = [allowed]
  const denies: (readonly number[])[] = [denied]
  const conditionalAllows: NumberedGrant[] = []
  const conditionalDenies: NumberedGrant[] = []
  for (let index = 0; index < role.grants.length; index += 1) {
    // The place lies within the list.
    const stored = role.grants[index] as Grant
    const { permission, effect, condition, fields } = checkGrant(role, stored, index)
    const number = numbers.get(permission)
    const isPlain = condition === null && fields === null
    if (isPlain && number !== undefined) {
      ;(effect === 'allow' ? allowed : denied).push(number)
      continue
    }
    const permissions = number === undefined ? expand(permission) : [number]
    if (permissions === undefined) throw invalid(role, `grants.${index}.permission is not a permission or wildcard`)
    if (isPlain) (effect === 'allow' ? allows : denies).push(permissions)
    else {
      const grant = shareGrant({ permission, effect, condition, fields })
      ;(effect === 'allow' ? conditionalAllows : conditionalDenies).push({ permissions, grant })
    }
  }
  const parents = role.parents.map((parent) => {
    const place = places.get(parent)
    if (place === undefined) throw invalid(role, 'inherits a role that does not exist')
    return place
  })
  const { id, label, tenant = '' } = role
  const bypass = role.bypass === true && tenant === ''
  return { id, label, bypass, tenant, parents, allows, denies, conditionalAllows, conditionalDenies }
}

function checkGrant(role: RoleSnapshot, grant: Grant, index: number): Grant {
  const { effect, condition, fields } = grant
  // Nearly all grants are plain: nothing of them needs to be looked into.
  if (condition === null && fields === null && (effect === 'allow' || effect === 'deny')) return grant
  return parseGrant(grant, (path, reason) => {
    throw invalid(role, `grants.${index}.${path} ${reason}`)
  })
}

/** Makes each grant once for all permissions that have the same one: a few stay in the processor's caches. */
function createGrants(): (grant: Grant) => ConditionalGrant {
  const known = new Map<string, ConditionalGrant>()
  return ({ condition, fields }) => {
    const key = JSON.stringify([condition, fields])
    const grant = known.get(key) ?? {
      test: condition === null ? null : compileTest(condition),
      condition,
      fields: fields === null ? null : new Set(fields),
    }
    known.set(key, grant)
    return grant
  }
}

/** Finds the numbers that a wildcard stands for, always the same list; it may stand for none yet. */
function createExpander(labels: readonly string[]): (pattern: string) => readonly number[] | undefined {
  let wildcards: ReadonlyMap<string, readonly number[]> | undefined
  return (pattern) => {
    if (parsePattern(pattern) === undefined || isPermissionLabel(pattern)) return undefined
    wildcards ??= indexWildcards(labels)
    return wildcards.get(pattern) ?? []
  }
}

function indexWildcards(labels: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>()
  for (const [number, label] of labels.entries()) {
    const colon = label.indexOf(':')
    for (const wildcard of ['*', `${label.slice(0, colon)}:*`, `*:${label.slice(colon + 1)}`]) {
      const numbers = index.get(wildcard)
      if (numbers === undefined) index.set(wildcard, [number])
      else numbers.push(number)
    }
  }
  return index
}

function invalid(role: RoleSnapshot | undefined, reason: string): CardeaError {
  return new CardeaError('configuration_invalid', `policy: role ${JSON.stringify(role?.id ?? '')} ${reason}`)
}
