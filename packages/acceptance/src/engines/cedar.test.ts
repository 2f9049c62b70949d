import { type ComparisonOperator, type Condition, eq, type Operand } from '@cardea/core'
import { compilePolicy, type Grant } from '@cardea/permissions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CedarRow, type CedarStyle, createCedar } from './cedar.js'
import { labels, now, patterns, policies, type RandomPolicy, settings } from './policies.js'

/** A row has the types that its columns have: to compare texts in order, or values of two types, fails in Cedar. */
const texts = ['me', 'you', 'draft', 'final', '', 'm*'] as const
const row: fc.Arbitrary<CedarRow> = fc.record({
  id: fc.constantFrom('7', '8', '9'),
  owner: fc.constantFrom('me', 'you', null),
  status: fc.constantFrom(...texts, null),
  size: fc.constantFrom(-1, 0, 7, null),
  open: fc.constantFrom(true, false, null),
})

const textOperand: fc.Arbitrary<Operand> = fc.constantFrom<Operand>(
  ...texts,
  null,
  { ref: 'principal.id' },
  { ref: 'principal.team' },
  { ref: 'context.missing' },
)
const sizeOperand: fc.Arbitrary<Operand> = fc.constantFrom<Operand>(-1, 0, 7, 8, null, { ref: 'context.level' })
const textField = fc.constantFrom('owner', 'status')

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ op: fc.constantFrom<ComparisonOperator>('eq', 'ne'), field: textField, value: textOperand }),
  fc.record({
    op: fc.constantFrom<ComparisonOperator>('eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
    field: fc.constant('size'),
    value: sizeOperand,
  }),
  fc.record({
    op: fc.constantFrom<ComparisonOperator>('eq', 'ne'),
    field: fc.constant('open'),
    value: fc.constantFrom(true, false),
  }),
  fc.record({ op: fc.constant('in' as const), field: textField, values: fc.array(textOperand, { maxLength: 3 }) }),
  fc.record({ op: fc.constant('contains' as const), field: textField, value: fc.constantFrom('e', 'm*', '*', '') }),
  fc.record({ op: fc.constant('isNull' as const), field: fc.constantFrom('owner', 'status', 'size', 'open') }),
)

const condition: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
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

const random = policies({
  grant: fc.record({
    permission: fc.constantFrom(...patterns),
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const),
    condition: fc.option(condition, { freq: 3, nil: null }),
    fields: fc.option(fc.constantFrom(['owner'], ['status'], ['owner', 'status']), { freq: 3, nil: null }),
  }),
  assignment: fc.oneof(
    fc.constant({ expiresAt: null }),
    fc.record({
      expiresAt: fc.constant(null),
      resourceType: fc.constantFrom('content', 'users', 'media'),
      resourceId: fc.constantFrom('7', '8'),
    }),
  ),
  tenants: [''],
  chained: 50,
  minimumRoles: 1,
  maximumRoles: 6,
})

const questions = fc.array(
  fc.record({
    label: fc.constantFrom(...labels),
    row,
    field: fc.constantFrom(undefined, 'owner', 'status', 'size'),
  }),
  { minLength: 8, maxLength: 8 },
)

const asker = {
  id: 'me',
  principal: fc.record({ team: fc.constantFrom('you', 'draft', null) }),
  context: fc.record({ level: fc.constantFrom(0, 7, null) }),
}
const who = fc.record({ id: fc.constant(asker.id), principal: asker.principal, context: asker.context })

/** Both engines on one policy. A subject with bypass is allowed all by design: Cedar has no such thing, and is not asked. */
function pair(style: CedarStyle, policy: RandomPolicy, asked: { id: string; principal: CedarRow; context: CedarRow }) {
  const subject = compilePolicy({ permissions: labels, roles: policy.roles }).subject({
    ...asked,
    assignments: policy.assignments,
    now,
  })
  return { subject, cedar: createCedar(policy, style, asked) }
}

describe('the engine and Cedar', () => {
  it('decide the same where the policy in Cedar thinks of every null', () => {
    const seen = { allowed: 0, denied: 0 }
    fc.assert(
      fc.property(random, who, questions, (policy, asked, list) => {
        const { subject, cedar } = pair('careful', policy, asked)
        for (const question of list) {
          const mine = subject.can(question.label, question.row, question.field)
          if (subject.bypass) {
            expect(mine).toBe(true)
            continue
          }
          const theirs = cedar(question)
          expect(theirs.failed).toEqual([])
          expect(mine, JSON.stringify({ policy, asked, question })).toBe(theirs.allowed)
          seen[mine ? 'allowed' : 'denied'] += 1
        }
      }),
      settings(15),
    )
    expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([])
  })

  it('decide the same where it thinks of none, unless a policy fails there, which Cedar then leaves out', () => {
    const seen = { same: 0, failed: 0 }
    fc.assert(
      fc.property(random, who, questions, (policy, asked, list) => {
        const { subject, cedar } = pair('plain', policy, asked)
        for (const question of subject.bypass ? [] : list) {
          const mine = subject.can(question.label, question.row, question.field)
          const theirs = cedar(question)
          if (theirs.failed.length === 0) {
            expect(mine, JSON.stringify({ policy, asked, question })).toBe(theirs.allowed)
            seen.same += 1
            continue
          }
          // By design: what is unknown denies here, while a `forbid` that fails forbids nothing there. And where one of two
          // parts of an allow is true, the other may be unknown here, while it fails there.
          seen.failed += 1
          if (theirs.allowed && !mine) expect(theirs.failed).toContain('deny')
          if (mine && !theirs.allowed) expect(theirs.failed).toContain('allow')
        }
      }),
      settings(15),
    )
    expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([])
  })

  it('differ where a deny cannot be judged: it denies here', () => {
    const grants: Grant[] = [
      { permission: 'content:read', effect: 'allow', condition: null, fields: null },
      { permission: 'content:read', effect: 'deny', condition: eq('status', 'secret'), fields: null },
    ]
    const policy: RandomPolicy = {
      roles: [{ id: 'reader', label: 'reader', bypass: false, parents: [], grants }],
      assignments: [{ roleId: 'reader', expiresAt: null }],
    }
    const { subject, cedar } = pair('plain', policy, { id: 'me', principal: {}, context: {} })
    const unlabelled = { id: '7', status: null }
    expect(subject.can('content:read', unlabelled)).toBe(false)
    expect(cedar({ label: 'content:read', row: unlabelled, field: undefined })).toEqual({
      allowed: true,
      failed: ['deny'],
    })
  })
})
