import { type Condition, compileCondition, isCardeaError } from '@cardea/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertySettings } from '../property-settings.fixture.js'
import { compilePolicy } from './compile-policy.js'
import type { Explanation } from './explanation.js'
import type { RoleSnapshot } from './policy-snapshot.js'
import { fieldNames, input, inputWithRoles, labels, patterns, policy, row } from './random-policies.fixture.js'
import { covers, referenceCheck } from './reference-interpreter.fixture.js'
import { subjectFromSnapshot } from './subject-from-snapshot.js'
import type { SubjectSnapshot } from './subject-snapshot.js'
import type { Decision } from './terms.js'

const fields = [undefined, ...fieldNames]
const nulls = Object.fromEntries(['id', 'missing', ...fieldNames].map((name) => [name, null]))
const rows = fc.array(row, { minLength: 1, maxLength: 3 })

const selects = (filter: boolean | Condition, object: object) =>
  typeof filter === 'boolean'
    ? filter
    : compileCondition(filter)(
        (field) => Reflect.get(object, field),
        (ref) => {
          throw new Error(`${ref} was left in a filter`)
        },
      ) === true

const operatorsOf = (filter: boolean | Condition): string[] => {
  if (typeof filter === 'boolean') return [String(filter)]
  if (filter.op === 'not') return ['not', ...operatorsOf(filter.condition)]
  if (filter.op === 'and' || filter.op === 'or') return [filter.op, ...filter.conditions.flatMap(operatorsOf)]
  return [filter.op]
}

/** The decision that the reasons of an explanation come to. */
function sumOf({ because }: Explanation): Decision {
  const results = (wanted: string) => because.flatMap(({ effect, result }) => (effect === wanted ? [result] : []))
  const denies = results('deny')
  const allows = results('allow')
  if (denies.includes('holds') || denies.includes('unknown')) return 'denied'
  if (!allows.includes('holds')) return allows.includes('depends') ? 'conditional' : 'denied'
  return denies.includes('depends') ? 'conditional' : 'allowed'
}

describe('compilePolicy', () => {
  it('decides as the plain meaning of the policy does', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(policy, input, rows, (snapshot, asked, objects) => {
        const subject = compilePolicy(snapshot).subject(asked)
        for (const permission of labels) {
          for (const object of [undefined, ...objects]) {
            for (const field of fields) {
              const expected = referenceCheck(snapshot, asked, { permission, object, field })
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

  it('filters exactly the rows that it allows', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(policy, input, rows, fc.subarray(patterns), (snapshot, asked, objects, scopes) => {
        const whole = compilePolicy(snapshot).subject(asked)
        for (const subject of [whole, whole.restrict(scopes)]) {
          for (const permission of labels) {
            for (const field of fields) {
              const filter = subject.filter(permission, field)
              for (const name of operatorsOf(filter)) seen.add(name)
              for (const object of objects) {
                // As a database has it: nothing is missing there. An object that lacks something is allowed no more for it.
                const whole = { ...nulls, ...object }
                expect(selects(filter, whole)).toBe(subject.can(permission, whole, field))
                if (subject.can(permission, object, field)) expect(selects(filter, whole)).toBe(true)
              }
            }
          }
        }
      }),
      propertySettings,
    )
    expect([...seen].sort()).toEqual(
      ['and', 'contains', 'eq', 'false', 'gt', 'gte', 'in', 'isNull', 'lt', 'lte', 'ne', 'not', 'or', 'true'].sort(),
    )
  })

  it('knows the fields of an object that it allows, each for itself', () => {
    fc.assert(
      fc.property(policy, input, rows, (snapshot, asked, objects) => {
        const subject = compilePolicy(snapshot).subject(asked)
        for (const permission of labels) {
          for (const object of objects) {
            const allowed = (names: readonly string[]) => names.filter((name) => subject.can(permission, object, name))
            expect(subject.fields(permission, object, fieldNames)).toEqual(allowed(fieldNames))
            expect(Object.keys(subject.pick(permission, object))).toEqual(allowed(Object.keys(object)))
          }
          const blind = fieldNames.filter((name) => subject.can(permission, null, name))
          expect(subject.fields(permission, null, fieldNames)).toEqual(blind)
        }
      }),
      propertySettings,
    )
  })

  it('explains each decision by reasons that add up to it', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(policy, input, rows, fc.subarray(patterns), (snapshot, asked, objects, scopes) => {
        const whole = compilePolicy(snapshot).subject(asked)
        for (const subject of [whole, whole.restrict(scopes), subjectFromSnapshot(whole.snapshot())]) {
          for (const permission of labels) {
            for (const object of [undefined, ...objects]) {
              for (const field of [undefined, 'owner']) {
                const explanation = subject.explain(permission, object, field)
                const { decision, because, missing } = explanation
                expect(decision).toBe(subject.check(permission, object, field))
                expect(because.every(({ grant }) => covers(grant, permission))).toBe(true)
                expect(missing.length > 0).toBe(decision !== 'allowed')
                expect(sumOf(explanation)).toBe(decision)
                for (const { effect, result } of because) seen.add(`${effect} ${result}`)
              }
            }
          }
        }
      }),
      // It asks much of each policy.
      { ...propertySettings, numRuns: Math.ceil(propertySettings.numRuns / 5) },
    )
    expect(seen.size).toBe(8)
  })

  it('answers alike after a way through JSON', () => {
    fc.assert(
      fc.property(policy, input, rows, fc.subarray(patterns), (snapshot, asked, objects, scopes) => {
        const whole = compilePolicy(snapshot).subject(asked)
        for (const subject of [whole, whole.restrict(scopes)]) {
          const taken: SubjectSnapshot = JSON.parse(JSON.stringify(subject.snapshot()))
          expect(taken).toEqual(subject.snapshot())
          const restored = subjectFromSnapshot(taken)
          expect(restored.list()).toEqual(subject.list())
          expect([restored.id, restored.tenant, restored.roles]).toEqual([subject.id, subject.tenant, subject.roles])
          expect([restored.bypass, restored.validUntil]).toEqual([subject.bypass, subject.validUntil])
          for (const permission of labels) {
            for (const object of [undefined, ...objects]) {
              for (const field of [undefined, 'owner', 'status']) {
                expect(restored.check(permission, object, field)).toBe(subject.check(permission, object, field))
              }
            }
            expect(restored.filter(permission)).toEqual(subject.filter(permission))
          }
          expect(restored.snapshot()).toEqual(taken)
        }
      }),
      propertySettings,
    )
  })

  it('gives within scopes what the whole subject may, and they name', () => {
    fc.assert(
      fc.property(policy, input, rows, fc.subarray(patterns), (snapshot, asked, objects, scopes) => {
        const whole = compilePolicy(snapshot).subject(asked)
        const narrow = whole.restrict(scopes)
        for (const permission of labels) {
          const isNamed = scopes.some((scope) => covers(scope, permission))
          for (const object of [undefined, ...objects]) {
            expect(narrow.check(permission, object)).toBe(isNamed ? whole.check(permission, object) : 'denied')
          }
        }
      }),
      propertySettings,
    )
  })

  it('gives no more for roles that are left out, and refuses those that are kept apart', () => {
    const seen = { conflict: 0, allowed: 0, denied: 0, conditional: 0 }
    fc.assert(
      fc.property(policy, inputWithRoles, rows, (snapshot, { asked, active }, objects) => {
        const compiled = compilePolicy(snapshot)
        const whole = compilePolicy({ ...snapshot, constraints: [] }).subject(asked)
        try {
          const chosen = { ...asked, activeRoles: active }
          const subject = compiled.subject(chosen)
          const activated = compiled.subject(asked).activate(active)
          for (const permission of labels) {
            for (const object of [undefined, ...objects]) {
              const expected = referenceCheck(snapshot, chosen, { permission, object, field: undefined })
              expect(subject.check(permission, object)).toBe(expected)
              expect(activated.check(permission, object)).toBe(expected)
              seen[expected] += 1
              if (expected === 'allowed') expect(whole.can(permission, object)).toBe(true)
            }
          }
        } catch (error) {
          if (!isCardeaError(error, 'conflict')) throw error
          seen.conflict += 1
        }
      }),
      propertySettings,
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  })

  it('gives the same answers whatever the order of roles, grants, parents and assignments', () => {
    const reversed = (list: readonly RoleSnapshot[]): RoleSnapshot[] =>
      [...list].reverse().map((role) => ({
        ...role,
        parents: [...role.parents].reverse(),
        grants: [...role.grants].reverse(),
      }))
    fc.assert(
      fc.property(policy, input, rows, (snapshot, asked, objects) => {
        const one = compilePolicy(snapshot).subject(asked)
        const other = compilePolicy({ ...snapshot, roles: reversed(snapshot.roles) }).subject({
          ...asked,
          assignments: [...asked.assignments].reverse(),
        })
        for (const permission of labels) {
          for (const object of [undefined, ...objects]) {
            expect(other.check(permission, object)).toBe(one.check(permission, object))
          }
        }
        expect(other.roles).toEqual(one.roles)
        expect(other.validUntil).toBe(one.validUntil)
      }),
      propertySettings,
    )
  })

  it('knows the roles that give a permission to who holds no other', () => {
    fc.assert(
      fc.property(policy, (random) => {
        const snapshot = { ...random, constraints: [] }
        const compiled = compilePolicy(snapshot)
        for (const permission of labels) {
          const expected = snapshot.roles.flatMap(({ id, tenant = '' }) => {
            const asked = { id: 'me', assignments: [{ roleId: id, expiresAt: null }], now: 0, tenant }
            const decision = referenceCheck(snapshot, asked, { permission, object: undefined, field: undefined })
            return decision === 'denied' ? [] : [{ roleId: id, decision }]
          })
          expect(compiled.rolesWith(permission)).toEqual(expected)
        }
      }),
      propertySettings,
    )
  })
})
