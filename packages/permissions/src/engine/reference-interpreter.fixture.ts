import type { Condition } from '@cardea/core'
import type { Grant } from '../roles/grant.js'
import type { SubjectInput } from './compile-policy.js'
import type { PolicySnapshot } from './policy-snapshot.js'
import type { Decision } from './subject.js'

/** A question to the engine. */
export interface Question {
  readonly permission: string
  readonly object: Readonly<Record<string, unknown>> | undefined
  readonly field: string | undefined
}

type Answer = boolean | 'depends'

/** The meaning of a policy, written down as directly as possible and without any compiling: what the engine must agree with. */
export function referenceCheck(policy: PolicySnapshot, input: SubjectInput, question: Question): Decision {
  const held = input.assignments
    .filter((a) => !a.tenant && !a.resourceType && !a.resourceId && (a.expiresAt === null || a.expiresAt > input.now))
    .map((a) => policy.roles.find((role) => role.id === a.roleId))
  if (held.some((role) => role?.bypass)) return 'allowed'
  const grants = held.flatMap((role) => (role === undefined ? [] : grantsOf(policy, role.id)))
  const answers = (effect: string) =>
    grants
      .filter((grant) => grant.effect === effect && covers(grant.permission, question.permission))
      .map((grant) => both(coversField(grant, question), holds(grant, input.id, question)))
  const allows = answers('allow')
  const denies = answers('deny')
  if (denies.includes(true) || allows.every((answer) => answer === false)) return 'denied'
  return allows.includes(true) && denies.every((answer) => answer === false) ? 'allowed' : 'conditional'
}

const grantsOf = (policy: PolicySnapshot, id: string): Grant[] =>
  policy.roles
    .filter((role) => role.id === id)
    .flatMap((role) => [...role.grants, ...role.parents.flatMap((parent) => grantsOf(policy, parent))])

const covers = (pattern: string, permission: string): boolean => {
  const [resource, operation] = pattern === '*' ? ['*', '*'] : pattern.split(':')
  const [askedResource, askedOperation] = permission.split(':')
  return (resource === '*' || resource === askedResource) && (operation === '*' || operation === askedOperation)
}

const coversField = ({ fields }: Grant, { field }: Question): Answer =>
  fields === null ? true : field === undefined ? 'depends' : fields.includes(field)

const holds = ({ condition, effect }: Grant, principalId: string, { object }: Question): Answer => {
  if (condition === null) return true
  if (object === undefined) return 'depends'
  return evaluate(condition, principalId, object) ?? effect === 'deny'
}

const both = (a: Answer, b: Answer): Answer =>
  a === false || b === false ? false : a === true && b === true ? true : 'depends'

/** Conditions as the properties make them: comparisons with a text or the principal's id, and their negation. */
const evaluate = (condition: Condition, id: string, object: Readonly<Record<string, unknown>>): boolean | null => {
  if (condition.op === 'not') {
    const inner = evaluate(condition.condition, id, object)
    return inner === null ? null : !inner
  }
  if (condition.op !== 'eq') throw new Error('not part of the properties')
  const actual = object[condition.field] ?? null
  return actual === null ? null : actual === (typeof condition.value === 'object' ? id : condition.value)
}
