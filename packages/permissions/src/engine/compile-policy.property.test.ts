import { type Condition, eq, not } from '@cardea/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { own } from '../condition/own.js'
import { propertySettings } from '../property-settings.fixture.js'
import type { Grant } from '../roles/grant.js'
import { compilePolicy } from './compile-policy.js'
import type { Assignment, PolicySnapshot, RoleSnapshot } from './policy-snapshot.js'
import { referenceCheck } from './reference-interpreter.fixture.js'

const now = 1_000
const resources = ['content', 'users', 'media']
const operations = ['read', 'update', 'delete']
const labels = resources.flatMap((resource) => operations.map((operation) => `${resource}:${operation}`))
const patterns = [
  '*',
  ...resources.map((name) => `${name}:*`),
  ...operations.map((name) => `*:${name}`),
  ...labels,
  ...labels,
]

const conditions: Condition[] = [own('owner'), not(own('owner')), eq('status', 'draft'), not(eq('status', 'draft'))]
const objects = [undefined, {}, { owner: 'me' }, { owner: 'me', status: 'draft' }, { owner: 'you', status: 'final' }]
const fields = [undefined, 'title', 'body']

const rarely = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 3, nil: null })

const grant: fc.Arbitrary<Grant> = fc.record({
  permission: fc.constantFrom(...patterns),
  effect: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
  condition: rarely(fc.constantFrom(...conditions)),
  fields: rarely(fc.constantFrom(['title'], ['body'], ['body', 'title'])),
})

/** Roles whose parents come before them, so that there is no cycle; then shuffled, since order means nothing. */
const roles: fc.Arbitrary<readonly RoleSnapshot[]> = fc
  .array(
    fc.record({
      bypass: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
      parents: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
      grants: fc.array(grant, { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) =>
    list.map(({ parents, ...role }, index) => ({
      ...role,
      id: `role-${index}`,
      label: `Role ${index}`,
      parents: index === 0 ? [] : [...new Set(parents.map((parent) => `role-${parent % index}`))],
    })),
  )
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }))

const assignment: fc.Arbitrary<Assignment> = fc
  .record({
    role: fc.nat({ max: 9 }),
    expiresAt: fc.constantFrom(null, null, null, now - 1, now, now + 1),
    scope: fc.integer({ min: 0, max: 15 }),
  })
  .map(({ role, expiresAt, scope }) => ({
    roleId: `role-${role}`,
    expiresAt,
    tenant: scope === 1 ? 'acme' : '',
    resourceType: scope === 2 ? 'content' : '',
    resourceId: scope === 3 ? '7' : '',
  }))

describe('compilePolicy', () => {
  it('decides as the plain meaning of the policy does', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(roles, fc.array(assignment, { maxLength: 5 }), (list, assignments) => {
        const policy: PolicySnapshot = { permissions: labels, roles: list }
        const input = { id: 'me', assignments, now }
        const subject = compilePolicy(policy).subject(input)
        for (const permission of labels) {
          for (const object of objects) {
            for (const field of fields) {
              const expected = referenceCheck(policy, input, { permission, object, field })
              seen.add(expected)
              expect(subject.check(permission, object, field)).toBe(expected)
              expect(subject.can(permission, object, field)).toBe(expected === 'allowed')
              expect(subject.canUnchecked(permission, object, field)).toBe(expected === 'allowed')
            }
          }
        }
        expect(subject.list()).toEqual(labels.filter((permission) => subject.check(permission) === 'allowed'))
      }),
      propertySettings,
    )
    // The cases reach every answer, or the property would show nothing.
    expect([...seen].sort()).toEqual(['allowed', 'conditional', 'denied'])
  })

  it('gives the same answers whatever the order of roles, grants, parents and assignments', () => {
    const reversed = (list: readonly RoleSnapshot[]): RoleSnapshot[] =>
      [...list].reverse().map((role) => ({
        ...role,
        parents: [...role.parents].reverse(),
        grants: [...role.grants].reverse(),
      }))
    fc.assert(
      fc.property(roles, fc.array(assignment, { maxLength: 5 }), (list, assignments) => {
        const one = compilePolicy({ permissions: labels, roles: list }).subject({ id: 'me', assignments, now })
        const other = compilePolicy({ permissions: labels, roles: reversed(list) }).subject({
          id: 'me',
          assignments: [...assignments].reverse(),
          now,
        })
        for (const permission of labels) {
          for (const object of objects) expect(other.check(permission, object)).toBe(one.check(permission, object))
        }
        expect(other.roles).toEqual(one.roles)
        expect(other.validUntil).toBe(one.validUntil)
      }),
      propertySettings,
    )
  })
})
