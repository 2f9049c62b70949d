import type { Condition } from '@cardea/core'
import { coversPattern, parsePattern } from '../catalogue/permission-label.js'
import type { Effect, Grant } from '../roles/grant.js'
import { type Asker, type ConditionalGrants, compileTest, ownValue, type Test } from './conditional.js'
import type { Explanation, Reason } from './explanation.js'
import { type HeldAssignment, isGlobal, isScoped, type RoleIndex } from './held-roles.js'
import type { Assignment, RoleSnapshot } from './policy-snapshot.js'
import { scopeTest } from './scoped-grants.js'
import type { Decision } from './terms.js'

/** What was asked, and the answer. */
export interface Question {
  readonly permission: string
  readonly object: object | null | undefined
  readonly field: string | undefined
  readonly asker: Asker
  readonly decision: Decision
  readonly bypass: boolean
}

/** Of whom it was asked. */
export interface Explained extends Question {
  readonly tenant: string
  /** All assignments of the principal, those that count, and the places of the roles in force. */
  readonly assignments: readonly Assignment[]
  readonly held: readonly HeldAssignment[]
  readonly places: ReadonlySet<number>
}

/** The roles of a policy, compiled and as they were given, in the same order. */
export interface ExplainedRoles {
  readonly index: RoleIndex
  readonly sources: readonly RoleSnapshot[]
  readonly idFields: Readonly<Record<string, string>>
}

/** Explains a decision from the roles as they were written: nothing is kept for it, so nobody pays who does not ask. */
export function explain(roles: ExplainedRoles, asked: Explained): Explanation {
  const { decision, bypass, held, places, permission } = asked
  const { sources, index } = roles
  const bypassing = held.filter(
    ({ place, assignment }) => index.roles[place]?.bypass === true && places.has(place) && isGlobal(assignment),
  )
  const because =
    bypassing.length > 0
      ? bypassing.map(({ place }) => {
          const role = sources[place]?.label ?? ''
          return { ...bypassReason, role, path: [role] }
        })
      : held.flatMap((assignment) => reasonsOf(roles, asked, assignment))
  const allowed = decision === 'allowed'
  const missing = allowed ? [] : [...new Set([...obstacles(because, asked), ...elsewhere(roles, asked)])]
  if (!allowed && missing.length === 0) missing.push(`No role in force grants ${permission}.`)
  return { allowed, decision, bypass, because, missing }
}

/** What a credential's scopes leave out, whatever its owner may. */
export const outsideScopes = (permission: string): Explanation => ({
  allowed: false,
  decision: 'denied',
  bypass: false,
  because: [],
  missing: [`The scopes of the credential do not include ${permission}.`],
})

/**
 * Explains a decision without knowing the roles.
 *
 * @param grants What the decision depends on; undefined where it depends on nothing.
 */
export function explainBare(question: Question, grants: ConditionalGrants | undefined): Explanation {
  const { decision, bypass, permission } = question
  const always: Reason = { ...bypassReason, grant: bypass ? '*' : permission }
  const reasons = (effect: Effect): Reason[] =>
    (effect === 'allow' ? grants?.allows : grants?.denies)?.map(({ test, condition, fields }) => {
      const reason = { ...always, effect, condition, fields: fields === null ? null : [...fields] }
      return { ...reason, result: resultOf(reason, test === null ? [] : [test], question) }
    }) ?? []
  const depends = [...reasons('allow'), ...reasons('deny')]
  const allowed = decision === 'allowed'
  const because = allowed && grants === undefined ? [always] : depends
  const missing = allowed ? [] : [...new Set(obstacles(because, question))]
  if (!allowed && missing.length === 0) missing.push(`Nothing grants ${permission}.`)
  return { allowed, decision, bypass, because, missing }
}

const bypassReason: Reason = {
  role: null,
  inheritedFrom: null,
  path: [],
  scope: null,
  grant: '*',
  effect: 'allow',
  condition: null,
  fields: null,
  result: 'holds',
}

function reasonsOf(roles: ExplainedRoles, asked: Explained, { place, assignment }: HeldAssignment): Reason[] {
  const { permission, places } = asked
  const { tenant = '', resourceType = '', resourceId = '' } = assignment
  if (isScoped(assignment) && !covers(`${resourceType}:*`, permission)) return []
  const scope = isGlobal(assignment) ? null : { tenant, resourceType, resourceId }
  const heirs = heirsFrom(roles, place)
  return [...heirs.keys()].flatMap((reached) => {
    const grants = (roles.sources[reached]?.grants ?? []).filter(
      (grant) => covers(grant.permission, permission) && (grant.effect === 'deny' || places.has(place)),
    )
    if (grants.length === 0) return []
    const path = pathTo(heirs, reached).flatMap((one) => roles.sources[one]?.label ?? [])
    const [role = ''] = path
    return grants.map(
      (grant): Reason => ({
        role,
        inheritedFrom: path.length === 1 ? null : (path.at(-1) ?? null),
        path,
        scope,
        grant: grant.permission,
        effect: grant.effect,
        condition: grant.condition,
        fields: grant.fields,
        result: resultOf(grant, testsOf(roles, grant, assignment), asked),
      }),
    )
  })
}

/** A role and all that it inherits, each with the one through which it is reached by the shortest way. */
function heirsFrom({ index }: Pick<ExplainedRoles, 'index'>, start: number): ReadonlyMap<number, number | undefined> {
  const heirs = new Map<number, number | undefined>([[start, undefined]])
  // A map goes on over what is added meanwhile.
  for (const place of heirs.keys()) {
    for (const parent of index.roles[place]?.parents ?? []) if (!heirs.has(parent)) heirs.set(parent, place)
  }
  return heirs
}

/** The way that leads there. It is made for roles that matter alone: all ways of a long chain together are very long. */
function pathTo(heirs: ReadonlyMap<number, number | undefined>, end: number): readonly number[] {
  const path: number[] = []
  for (let place: number | undefined = end; place !== undefined; place = heirs.get(place)) path.push(place)
  return path.reverse()
}

function testsOf({ idFields }: ExplainedRoles, { condition }: Grant, assignment: Assignment): Test[] {
  const { resourceType = '', resourceId = '' } = assignment
  const idField = Object.hasOwn(idFields, resourceType) ? idFields[resourceType] : undefined
  return [
    ...(isScoped(assignment) ? [scopeTest(idField ?? 'id', [resourceId])] : []),
    ...(condition === null ? [] : [compileTest(condition)]),
  ]
}

/** What a grant comes to: all of its tests, and its fields. */
function resultOf(
  { fields, effect }: Pick<Reason, 'fields' | 'effect'>,
  tests: readonly Test[],
  { object, field, asker }: Question,
): Reason['result'] {
  if (fields !== null && field !== undefined && !fields.includes(field)) return 'fails'
  const isOpen = fields !== null && field === undefined
  if (tests.length === 0) return isOpen ? 'depends' : 'holds'
  if (object === null || object === undefined) return 'depends'
  const answers = tests.map((test) => test(object, asker))
  if (answers.includes(false)) return 'fails'
  if (!answers.includes(null)) return isOpen ? 'depends' : 'holds'
  return isOpen && effect === 'deny' ? 'depends' : 'unknown'
}

function obstacles(because: readonly Reason[], { object, field, permission }: Question): string[] {
  const hasObject = object !== null && object !== undefined
  return because.flatMap(({ role, grant, effect, result, condition, fields }) => {
    const name = role === null ? 'A role' : `The role ${JSON.stringify(role)}`
    if (result === 'depends') {
      const open = [...(hasObject ? [] : ['object']), ...(fields !== null && field === undefined ? ['field'] : [])]
      return [
        `Whether ${permission} is allowed depends on the ${open.join(' and the ')}, which the question does not name.`,
      ]
    }
    const lacking = result === 'unknown' && hasObject ? missingFields(condition, object) : []
    const unknown = lacking.length === 0 ? 'that cannot be told' : `the object has no value for ${lacking.join(', ')}`
    if (effect === 'deny') {
      if (result === 'holds') return [`${name} denies ${grant}.`]
      return result === 'unknown' ? [`${name} denies ${grant} for some objects, and ${unknown}.`] : []
    }
    if (result === 'unknown') return [`${name} grants ${grant} for some objects, and ${unknown}.`]
    if (result === 'holds') return []
    return [`${name} grants ${grant} for other ${condition === null && fields !== null ? 'fields' : 'objects'} only.`]
  })
}

/** The fields of a condition that an object has no value for. */
function missingFields(condition: Condition | null, object: object): readonly string[] {
  if (condition === null) return []
  if ('conditions' in condition) return condition.conditions.flatMap((part) => missingFields(part, object))
  if (condition.op === 'not') return missingFields(condition.condition, object)
  try {
    return (ownValue(object, condition.field) ?? null) === null ? [condition.field] : []
  } catch {
    return [condition.field]
  }
}

/** What would grant it if it counted. */
function elsewhere({ index, sources }: ExplainedRoles, asked: Explained): string[] {
  const counted = new Map(asked.held.map(({ assignment, place }) => [assignment, place]))
  return asked.assignments.flatMap((assignment) => {
    const place = index.places.get(assignment.roleId)
    const role = place === undefined ? undefined : sources[place]
    if (place === undefined || role === undefined || !wouldGrant({ index, sources }, place, asked.permission)) return []
    const name = `The role ${JSON.stringify(role.label)} would grant it`
    if (counted.has(assignment)) return asked.places.has(place) ? [] : [`${name}, but is not in force.`]
    const tenant = assignment.tenant === undefined || assignment.tenant === '' ? (role.tenant ?? '') : assignment.tenant
    if (tenant !== '' && tenant !== asked.tenant) return [`${name}, but only in the tenant ${JSON.stringify(tenant)}.`]
    return [`${name}, but its assignment has expired.`]
  })
}

function wouldGrant(
  { index, sources }: Pick<ExplainedRoles, 'index' | 'sources'>,
  place: number,
  permission: string,
): boolean {
  const grants = [...heirsFrom({ index }, place).keys()].flatMap((reached) => sources[reached]?.grants ?? [])
  return (
    index.roles[place]?.bypass === true || grants.some((g) => g.effect === 'allow' && covers(g.permission, permission))
  )
}

function covers(pattern: string, permission: string): boolean {
  const [wide, narrow] = [parsePattern(pattern), parsePattern(permission)]
  return wide !== undefined && narrow !== undefined && coversPattern(wide, narrow)
}
