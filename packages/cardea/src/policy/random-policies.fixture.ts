import type { ComparisonOperator, Condition, Operand, Scalar } from '@cardea/core'
import type { Assignment, Grant, RoleSnapshot } from '@cardea/permissions'
import fc from 'fast-check'

/** The instant that random subjects are asked at. */
export const now = 1_000

const resources = ['posts', 'users'] as const
const operations = ['read', 'update'] as const

/** The permissions of random policies. */
export const labels = resources.flatMap((resource) =>
  operations.map((operation) => `${resource}:${operation}` as const),
)

const patterns = ['*', 'posts:*', '*:read', '*:update', ...labels, 'posts:read', 'posts:update', 'posts:read'] as const

/** Texts that collations take for each other, and the ids of those who ask. */
const texts = ['me', 'ME', 'me ', 'mé', 'you', 'draft', 'Draft', '%', '', '0', '\u{1f600}'] as const
const sizes = [-1, 0, 1, 7, 2 ** 53 - 1] as const

/** A row that policies are about. */
export interface Post {
  readonly id: string
  readonly owner: string | null
  readonly status: string | null
  readonly size: number | null
  readonly open: boolean | null
}

/** Rows with every value of every column, and with nulls. */
export const posts: readonly Post[] = [
  ...texts.map(
    (owner, index): Post => ({
      id: `p${index}`,
      owner,
      status: texts[(index * 3) % texts.length] ?? null,
      size: sizes[index % sizes.length] ?? null,
      open: index % 2 === 0,
    }),
  ),
  { id: 'n0', owner: null, status: null, size: null, open: null },
  { id: 'n1', owner: 'me', status: null, size: 0, open: null },
  { id: 'n2', owner: null, status: 'draft', size: null, open: false },
]

const operands: Readonly<Record<Exclude<keyof Post, 'id'>, readonly Operand[]>> = {
  owner: [...texts, null, { ref: 'principal.id' }, { ref: 'principal.id' }, { ref: 'principal.team' }],
  status: [...texts, null, { ref: 'principal.team' }],
  size: [...sizes, null, { ref: 'context.level' }, { ref: 'context.level', offset: -1 }],
  open: [true, false, null],
}
const strangers: readonly Scalar[] = ['me', '0', '', 0, 1, 0.5, true, false, null, ...sizes]

/**
 * Random conditions on posts.
 *
 * @param options.strange Whether operands may be of another type than their column: Cardea's own storage refuses to compare
 * these.
 */
function conditions({ strange }: { readonly strange: boolean }): fc.Arbitrary<Condition> {
  const fields = Object.entries(operands).map(([field, own]) => {
    const fitting = fc.constantFrom(...own)
    return {
      field,
      operand: strange ? fc.oneof({ weight: 4, arbitrary: fitting }, fc.constantFrom(...strangers)) : fitting,
    }
  })
  const leaf = fc.constantFrom(...fields).chain(({ field, operand }): fc.Arbitrary<Condition> => {
    const op = fc.constantFrom<ComparisonOperator>('eq', 'eq', 'ne', 'lt', 'lte', 'gt', 'gte')
    const isText = field === 'owner' || field === 'status'
    return fc.oneof(
      fc.record({ op, field: fc.constant(field), value: operand }),
      fc.record({
        op: fc.constant('in' as const),
        field: fc.constant(field),
        values: fc.array(operand, { maxLength: 3 }),
      }),
      fc.record({ op: fc.constant('isNull' as const), field: fc.constant(field) }),
      isText || strange
        ? fc.record({ op: fc.constant('contains' as const), field: fc.constant(field), value: operand })
        : fc.record({ op, field: fc.constant(field), value: operand }),
    )
  })
  return fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({ op: fc.constant('not' as const), condition: tie('node') }),
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        conditions: fc.array(tie('node'), { maxLength: 3 }),
      }),
    ),
  })).node
}

/** Random roles: bypass, inheritance, tenants, denies, conditions, fields. Parents come before their children. */
export function randomRoles(options: { readonly strange: boolean }): fc.Arbitrary<readonly RoleSnapshot[]> {
  const grant: fc.Arbitrary<Grant> = fc.record({
    permission: fc.constantFrom(...patterns),
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const),
    condition: fc.option(conditions(options), { freq: 4, nil: null }),
    fields: fc.option(fc.constantFrom(['owner'], ['status'], ['owner', 'status']), { freq: 3, nil: null }),
  })
  return fc
    .array(
      fc.record({
        bypass: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
        parents: fc.array(fc.nat({ max: 20 }), { maxLength: 2 }),
        grants: fc.array(grant, { minLength: 1, maxLength: 3 }),
        tenant: fc.constantFrom('', '', '', 'acme'),
      }),
      { minLength: 1, maxLength: 5, size: 'max' },
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
}

const assignment: fc.Arbitrary<Assignment> = fc
  .record({
    role: fc.nat({ max: 5 }),
    expiresAt: fc.constantFrom(null, null, null, now, now + 1),
    tenant: fc.constantFrom('', '', 'acme', 'globex'),
    resourceId: fc.constantFrom('', '', '', 'p0', 'P0', 'n0', '7'),
  })
  .map(({ role, resourceId, ...rest }) => ({
    ...rest,
    roleId: `role-${role}`,
    resourceType: resourceId === '' ? '' : 'posts',
    // An id that looks like a number stands for the number, too, which a column of text cannot be compared with.
    resourceId,
  }))

/** Who asks, with what is known of them. */
export const randomAsker = fc.record({
  id: fc.constantFrom('me', 'you', 'me '),
  assignments: fc.array(assignment, { minLength: 1, maxLength: 5 }),
  now: fc.constant(now),
  tenant: fc.constantFrom('', 'acme', 'globex'),
  principal: fc.record({ team: fc.constantFrom('draft', 'you', null) }),
  context: fc.record({ level: fc.constantFrom(0, 7, null) }),
})
