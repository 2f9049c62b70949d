import type { Condition, Operand } from '@cardea/core'
import type { Grant } from '../roles/grant.js'
import type { SubjectInput } from './compile-policy.js'
import type { Assignment, PolicySnapshot, RoleSnapshot } from './policy-snapshot.js'
import type { Decision } from './terms.js'

/** A question to the engine. */
export interface Question {
  readonly permission: string
  readonly object: Readonly<Record<string, unknown>> | undefined
  readonly field: string | undefined
}

type Ternary = boolean | null
type Answer = boolean | 'depends'

/** The meaning of a policy, written down as directly as possible and without any compiling: what the engine must agree with. */
export function referenceCheck(policy: PolicySnapshot, input: SubjectInput, question: Question): Decision {
  const held = input.assignments.filter((assignment) => counts(policy, input, assignment))
  const inForce = activeIds(policy, input, [...new Set(held.map(({ roleId }) => roleId))])
  const bypasses = ({ roleId, tenant, resourceId }: Assignment) =>
    inForce.includes(roleId) && roleOf(policy, roleId)?.bypass === true && !tenant && !resourceId
  if (held.some((assignment) => bypasses(assignment) && !roleOf(policy, assignment.roleId)?.tenant)) return 'allowed'
  const answers = (effect: string, assignments: readonly Assignment[]) =>
    assignments.flatMap((assignment) =>
      closureOf(policy, assignment.roleId)
        .flatMap((id) => roleOf(policy, id)?.grants ?? [])
        .filter((grant) => grant.effect === effect && covers(grant.permission, question.permission))
        .filter(() => !assignment.resourceType || covers(`${assignment.resourceType}:*`, question.permission))
        .map((grant) => both(coversField(grant, question), holds(grant, assignment, input, question))),
    )
  const denies = answers('deny', held)
  const allows = answers(
    'allow',
    held.filter(({ roleId }) => inForce.includes(roleId)),
  )
  if (denies.includes(true) || allows.every((answer) => answer === false)) return 'denied'
  return allows.includes(true) && denies.every((answer) => answer === false) ? 'allowed' : 'conditional'
}

function counts(policy: PolicySnapshot, { now, tenant }: SubjectInput, assignment: Assignment): boolean {
  const role = roleOf(policy, assignment.roleId)
  const here = (place: string | undefined) => !place || place === tenant
  const unexpired = assignment.expiresAt === null || assignment.expiresAt > now
  const whole = Boolean(assignment.resourceType) === Boolean(assignment.resourceId)
  return role !== undefined && unexpired && whole && here(assignment.tenant) && here(role.tenant)
}

function activeIds(policy: PolicySnapshot, { activeRoles }: SubjectInput, ids: readonly string[]): readonly string[] {
  if (activeRoles !== undefined) return ids.filter((id) => activeRoles.includes(roleOf(policy, id)?.label ?? ''))
  const labels = (id: string) =>
    closureOf(policy, id).flatMap((one) => (roleOf(policy, one)?.tenant ? [] : (roleOf(policy, one)?.label ?? [])))
  const had = new Set(ids.flatMap(labels))
  const violated = (policy.constraints ?? []).filter(
    ({ kind, roles, fewerThan }) => kind === 'dynamic' && roles.filter((label) => had.has(label)).length >= fewerThan,
  )
  return ids.filter((id) => !violated.some(({ roles }) => labels(id).some((label) => roles.includes(label))))
}

const roleOf = (policy: PolicySnapshot, id: string): RoleSnapshot | undefined =>
  policy.roles.find((role) => role.id === id)

const closureOf = (policy: PolicySnapshot, id: string): readonly string[] => [
  id,
  ...(roleOf(policy, id)?.parents.flatMap((parent) => closureOf(policy, parent)) ?? []),
]

export const covers = (pattern: string, permission: string): boolean => {
  const [resource, operation] = pattern === '*' ? ['*', '*'] : pattern.split(':')
  const [askedResource, askedOperation] = permission.split(':')
  return (resource === '*' || resource === askedResource) && (operation === '*' || operation === askedOperation)
}

const coversField = ({ fields }: Grant, { field }: Question): Answer =>
  fields === null ? true : field === undefined ? 'depends' : fields.includes(field)

const holds = (grant: Grant, assignment: Assignment, input: SubjectInput, { object }: Question): Answer => {
  const isScoped = Boolean(assignment.resourceType)
  if (grant.condition === null && !isScoped) return true
  if (object === undefined) return 'depends'
  const isOne = isScoped ? sameId(object['id'], assignment.resourceId ?? '') : true
  const isMet = grant.condition === null ? true : evaluate(grant.condition, input, object)
  return all([isOne, isMet]) ?? grant.effect === 'deny'
}

const sameId = (id: unknown, wanted: string): Ternary =>
  id === undefined || id === null ? null : typeof id !== 'boolean' && String(id) === wanted

const both = (a: Answer, b: Answer): Answer =>
  a === false || b === false ? false : a === true && b === true ? true : 'depends'

const all = (parts: readonly Ternary[]): Ternary =>
  parts.includes(false) ? false : parts.every((part) => part === true) ? true : null

const not = (part: Ternary): Ternary => (part === null ? null : !part)

/** Every operator by its meaning in SQL. */
function evaluate(condition: Condition, input: SubjectInput, object: Readonly<Record<string, unknown>>): Ternary {
  if ('conditions' in condition) {
    const parts = condition.conditions.map((part) => evaluate(part, input, object))
    return condition.op === 'and' ? all(parts) : not(all(parts.map(not)))
  }
  if (condition.op === 'not') return not(evaluate(condition.condition, input, object))
  const actual = object[condition.field] ?? null
  if (condition.op === 'isNull') return condition.field in object ? actual === null : null
  const equals = (operand: Operand): Ternary => {
    const expected = operandValue(operand, input)
    return actual === null || expected === null ? null : actual === expected
  }
  if (condition.op === 'in') return not(all(condition.values.map((value) => not(equals(value)))))
  if (condition.op === 'eq') return equals(condition.value)
  if (condition.op === 'ne') return not(equals(condition.value))
  const expected = operandValue(condition.value, input)
  if (actual === null || expected === null) return null
  if (condition.op === 'contains') {
    return typeof actual === 'string' && typeof expected === 'string' && actual.includes(expected)
  }
  if (typeof actual !== typeof expected) return false
  if (condition.op === 'lt') return actual < expected
  if (condition.op === 'lte') return actual <= expected
  if (condition.op === 'gt') return actual > expected
  return actual >= expected
}

function operandValue(operand: Operand, { id, principal, context }: SubjectInput): string | number | boolean | null {
  if (typeof operand !== 'object' || operand === null) return operand
  const [source, name = ''] = operand.ref.split('.')
  const values: Readonly<Record<string, unknown>> = source === 'principal' ? { ...principal, id } : { ...context }
  const value = values[name]
  if (typeof value === 'number') return Number.isFinite(value) ? value + (operand.offset ?? 0) : null
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
