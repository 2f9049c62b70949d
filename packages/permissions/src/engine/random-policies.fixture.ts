import type { Condition, Operand, Scalar } from '@cardea/core'
import fc from 'fast-check'
import type { Grant } from '../roles/grant.js'
import type { SeparationOfDuty } from '../roles/separation-of-duty.js'
import type { SubjectInput } from './compile-policy.js'
import type { Assignment, PolicySnapshot, RoleSnapshot } from './policy-snapshot.js'

/** The instant that random subjects are asked at. */
const now = 1_000

const resources = ['content', 'users', 'media']
const operations = ['read', 'update', 'delete']
/** The permissions of random policies. */
export const labels = resources.flatMap((resource) => operations.map((operation) => `${resource}:${operation}`))
/** What grants and scopes may name; single permissions more often than wildcards. */
export const patterns = [
  '*',
  ...resources.map((name) => `${name}:*`),
  ...operations.map((name) => `*:${name}`),
  ...labels,
  ...labels,
]
const tenants = ['', '', '', '', 'acme', 'globex']
export const fieldNames = ['owner', 'status', 'size']
const ids = ['7', '8', 'x']

// Few values, so that they meet often; every type, so that two of them meet too.
const scalar: fc.Arbitrary<Scalar> = fc.constantFrom('me', 'you', 'm', 'draft', '', '7', 7, 8, 0, -1, true, false, null)

const operand: fc.Arbitrary<Operand> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Operand>(
      { ref: 'principal.id' },
      { ref: 'principal.team' },
      { ref: 'context.level' },
      { ref: 'context.level', offset: -1 },
      { ref: 'context.missing' },
    ),
  },
)

const field = fc.constantFrom(...fieldNames, ...fieldNames, 'id', 'missing')

const condition: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      op: fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'lte' as const, 'gt' as const, 'gte' as const),
      field,
      value: operand,
    }),
    fc.record({ op: fc.constant('contains' as const), field, value: operand }),
    fc.record({ op: fc.constant('isNull' as const), field }),
    fc.record({ op: fc.constant('in' as const), field, values: fc.array(operand, { maxLength: 3 }) }),
    fc.record({ op: fc.constant('not' as const), condition: tie('node') }),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      conditions: fc.array(tie('node'), { maxLength: 3 }),
    }),
  ),
})).node

const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 2, nil: null })

const grant: fc.Arbitrary<Grant> = fc.record({
  permission: fc.constantFrom(...patterns),
  effect: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const),
  condition: sometimes(condition),
  fields: fc.option(fc.constantFrom(['owner'], ['status'], ['owner', 'status']), { freq: 3, nil: null }),
})

/** Roles whose parents come before them, so that there is no cycle; then shuffled, since order means nothing. */
const roles: fc.Arbitrary<readonly RoleSnapshot[]> = fc
  .array(
    fc.record({
      bypass: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
      parents: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
      grants: fc.array(grant, { maxLength: 4 }),
      tenant: fc.constantFrom(...tenants),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) =>
    list.map(({ parents, ...role }, index) => ({
      ...role,
      id: `role-${index}`,
      label: `Role ${index}`,
      parents: [...new Set(parents.map((parent) => (index === 0 ? -1 : parent % index)))].flatMap((parent) => {
        const tenant = list[parent]?.tenant
        return tenant === '' || tenant === role.tenant ? [`role-${parent}`] : []
      }),
    })),
  )
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }))

const constraint: fc.Arbitrary<SeparationOfDuty> = fc
  .record({
    roles: fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 2, maxLength: 3 }),
    kind: fc.constantFrom('dynamic' as const, 'dynamic' as const, 'static' as const),
  })
  .map((set) => ({ ...set, name: set.roles.join(), roles: set.roles.map((n) => `Role ${n}`), fewerThan: 2 }))

export const policy: fc.Arbitrary<PolicySnapshot> = fc.record({
  permissions: fc.constant(labels),
  roles,
  constraints: fc.array(constraint, { maxLength: 2 }),
})

const assignment: fc.Arbitrary<Assignment> = fc
  .record({
    role: fc.nat({ max: 6 }),
    expiresAt: fc.constantFrom(null, null, null, now - 1, now, now + 1),
    tenant: fc.constantFrom(...tenants),
    resourceType: fc.constantFrom('', '', '', '', '', ...resources, 'nothing'),
    resourceId: fc.constantFrom(...ids),
    isHalf: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  })
  .map(({ role, isHalf, ...scope }) => ({
    ...scope,
    roleId: `role-${role}`,
    resourceId: (scope.resourceType === '') === isHalf ? scope.resourceId : '',
  }))

export const input: fc.Arbitrary<SubjectInput> = fc.record(
  {
    id: fc.constantFrom('me', 'role-0'),
    assignments: fc.array(assignment, { maxLength: 6 }),
    now: fc.constant(now),
    tenant: fc.constantFrom('', 'acme', 'globex'),
    principal: fc.record({ id: fc.constant('you'), team: fc.constantFrom('you', 'draft', null, Number.NaN, {}) }),
    context: fc.record({ level: fc.constantFrom(0, 7, 'me', undefined, Number.POSITIVE_INFINITY) }),
  },
  { requiredKeys: ['id', 'assignments', 'now'] },
)

/** Who asks, and some roles to activate, by label: most of them held. */
export const inputWithRoles = fc.record({ asked: input, mask: fc.nat({ max: 63 }) }).map(({ asked, mask }) => ({
  asked,
  active: ['Role 9', ...asked.assignments.map(({ roleId }) => roleId.replace('role-', 'Role '))].filter(
    (_, index) => ((mask >> index) & 1) === 1,
  ),
}))

const cell: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

/** A row; what it lacks is null in a database. */
export const row: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  { id: fc.constantFrom('7', 7, '8', 8, 'x', 'y', null, true), owner: cell, status: cell, size: cell },
  { requiredKeys: [] },
)
