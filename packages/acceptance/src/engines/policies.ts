import type { Assignment, Grant, RoleSnapshot } from '@cardea/permissions'
import { rounds } from '@cardea/storage/testkit'
import fc from 'fast-check'

/** The instant that all questions are asked at. */
export const now = 1_000

const resources = ['content', 'users', 'media'] as const
const operations = ['read', 'update', 'delete'] as const

/** The permissions that random policies are about. */
export const labels = resources.flatMap((resource) =>
  operations.map((operation) => `${resource}:${operation}` as const),
)

/** What a grant may name: single permissions more often than wildcards. */
export const patterns = [
  '*',
  ...resources.map((name) => `${name}:*`),
  ...operations.map((name) => `*:${name}`),
  ...labels,
  ...labels,
  ...labels,
]

/** How many policies are compared: the same ones every time at a developer's desk, more and others elsewhere. */
export const settings = (test: number) => ({
  numRuns: rounds({ test, ci: test * 8, long: test * 120 }),
  ...(process.env['CARDEA_TEST_TIER'] === undefined ? { seed: 20_250_101 } : {}),
})

export interface RandomPolicy {
  readonly roles: readonly RoleSnapshot[]
  readonly assignments: readonly Assignment[]
}

export interface Shape {
  readonly grant: fc.Arbitrary<Grant>
  readonly assignment: fc.Arbitrary<Omit<Assignment, 'roleId'>>
  readonly tenants: readonly string[]
  /** How many of the roles inherit the one before them and nothing else, in percent: long chains where nearly all do. */
  readonly chained: number
  readonly minimumRoles: number
  readonly maximumRoles: number
}

/** Random roles, each of which inherits some of those before it, and what one principal holds of them. */
export const policies = (shape: Shape): fc.Arbitrary<RandomPolicy> =>
  fc
    .array(
      fc.record({
        bypass: fc.integer({ min: 0, max: 14 }).map((n) => n === 0),
        parents: fc.array(fc.nat({ max: 20 }), { maxLength: 2 }),
        isChained: fc.integer({ min: 0, max: 99 }).map((n) => n < shape.chained),
        grants: fc.array(shape.grant, { maxLength: 3 }),
        tenant: fc.constantFrom(...shape.tenants),
      }),
      { minLength: shape.minimumRoles, maxLength: shape.maximumRoles, size: 'max' },
    )
    .map((list) =>
      list.map(({ parents, isChained, bypass, grants, tenant }, index): RoleSnapshot => {
        const places = index === 0 ? [] : isChained ? [index - 1] : parents.map((place) => place % index)
        // A role inherits global ones and those of its own tenant.
        const allowed = [...new Set(places)].filter((place) => ['', tenant].includes(list[place]?.tenant ?? ''))
        return {
          id: `role-${index}`,
          label: `Role ${index}`,
          bypass,
          tenant,
          parents: allowed.map((place) => `role-${place}`),
          grants,
        }
      }),
    )
    .chain((roles) =>
      fc.record({
        roles: fc.constant(roles),
        assignments: fc.array(
          fc
            .tuple(fc.constantFrom(...roles.map(({ id }) => id), roles.at(-1)?.id ?? ''), shape.assignment)
            .map(([roleId, assignment]): Assignment => ({ ...assignment, roleId })),
          { maxLength: 3 },
        ),
      }),
    )
