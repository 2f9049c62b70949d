import { compileCondition } from '@cardea/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bool, date, email, json, number, select, text } from '../field/builders.js'
import { filterCondition } from '../list/list-condition.js'
import { listFields } from '../list/list-field.js'
import { defineCollection } from './define-collection.js'
import { parseDefinition } from './parse-definition.js'
import { meetsSignInRule, readSignInRule } from './read-sign-in-rule.js'
import type { SignInRule } from './sign-in-rule.js'

const fields = {
  plan: select(['free', 'paid'], { optional: true }),
  seats: number({ optional: true }),
  paid_until: date({ optional: true }),
  blocked: bool({ optional: true }),
  note: text({ optional: true, hidden: true }),
  other: email({ optional: true }),
  extra: json({ optional: true }),
}
const customers = defineCollection('customers', { type: 'auth', fields })

const now = Date.UTC(2026, 10, 27)
const day = 86_400_000
const record = {
  id: '1',
  email: 'jane@example.com',
  verified: true,
  created_at: now - day,
  updated_at: now,
  plan: 'paid',
  seats: 3,
  paid_until: now + day,
  blocked: null,
  note: 'kept',
  other: null,
}
const meets = (rule: unknown, over: object = {}) =>
  meetsSignInRule(customers, rule as SignInRule, { ...record, ...over }, now)

describe('meetsSignInRule', () => {
  it.each<[SignInRule, boolean]>([
    [true, true],
    [false, false],
    [null, false],
    [{ verified: { eq: true } }, true],
    [{ plan: { eq: 'paid' } }, true],
    [{ plan: { eq: 'free' } }, false],
    [{ plan: { in: ['free', 'paid'] } }, true],
    [{ plan: { ne: 'free' }, seats: { gt: 3 } }, false],
    [{ plan: { ne: 'free' }, seats: { gte: 3, lt: 4 } }, true],
    [[{ seats: { gt: 3 } }, { plan: { eq: 'paid' } }], true],
    [[{ seats: { gt: 3 } }, { plan: { eq: 'free' } }], false],
    [{ paid_until: { gt: 'now' } }, true],
    [{ paid_until: { lt: 'now' } }, false],
    [{ paid_until: { lte: '2026-11-28T00:00:00Z' } }, true],
    [{ note: { contains: 'ep' } }, true],
    [{ email: { contains: '@example.com' } }, true],
    // An empty field is not the value, and neither more nor less than anything.
    [{ blocked: { ne: true } }, true],
    [{ blocked: { eq: false } }, false],
    [{ blocked: { null: true } }, true],
    [{ other: { null: false } }, false],
    [{ other: { contains: '' } }, false],
  ])('%j: %s', (rule, expected) => {
    expect(meets(rule)).toBe(expected)
  })

  it('lets nobody in by what it does not understand, whatever else holds', () => {
    for (const rule of [
      undefined,
      0,
      1,
      '',
      'true',
      {},
      [],
      [[]],
      { gone: { eq: 1 } },
      { plan: {} },
      { plan: 'paid' },
    ]) {
      expect(meets(rule), JSON.stringify(rule)).toBe(false)
    }
    expect(meets([{ plan: { eq: 'paid' } }, { gone: { eq: 1 } }])).toBe(false)
    expect(meets({ plan: { eq: 'paid' } }, { plan: undefined })).toBe(false)
  })

  it('judges by the fields as they are now, for one and the same rule', () => {
    const rule: SignInRule = { note: { eq: 'kept' } }
    const without = defineCollection('customers', { type: 'auth' })
    expect(meetsSignInRule(customers, rule, record, now)).toBe(true)
    expect(meetsSignInRule(without, rule, record, now)).toBe(false)
    expect(meetsSignInRule(customers, rule, record, now)).toBe(true)
  })

  it('says of a comparison what a list with this filter says', () => {
    const values = fc.oneof(
      fc.constantFrom('free', 'paid', '2026-11-27T00:00:00Z', '2026-11-28', ''),
      fc.integer({ min: -3, max: 5 }),
      fc.boolean(),
      fc.constant(null),
    )
    const names = fc.constantFrom(
      'id',
      'email',
      'verified',
      'plan',
      'seats',
      'paid_until',
      'blocked',
      'other',
      'created_at',
    )
    const operators = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'contains', 'null', 'like')
    const known = listFields(customers)
    let compared = 0
    fc.assert(
      fc.property(names, operators, fc.oneof(values, fc.array(values, { maxLength: 3 })), (field, operator, value) => {
        const read = readSignInRule({ [field]: { [operator]: value } }, customers.fields)
        if (!read.valid) return
        const issues: never[] = []
        const [condition] = filterCondition(known, [{ field, operator, value }], issues)
        expect(issues).toEqual([])
        if (condition === undefined) throw new Error('no condition')
        const listed =
          compileCondition(condition)(
            (name) => record[name as keyof typeof record],
            () => null,
          ) === true
        expect(meets({ [field]: { [operator]: value } })).toBe(listed)
        compared += 1
      }),
      { numRuns: 3_000 },
    )
    expect(compared).toBeGreaterThan(100)
  })
})

describe('a definition with a sign-in rule', () => {
  const issuesOf = (rule: unknown): unknown => {
    const parsed = parseDefinition({ name: 'customers', type: 'auth', fields, auth: { signIn: { rule } } })
    return parsed.valid ? 'defined' : parsed.issues.map(({ path, code }) => `${path} ${code}`)
  }
  const at = 'auth.signIn.rule'

  it.each([
    [{ plann: { eq: 'paid' } }, [`${at}.plann unknown_field`]],
    [{ extra: { null: true } }, [`${at}.extra unknown_field`]],
    [{ password: { eq: 'x' } }, [`${at}.password unknown_field`]],
    [JSON.parse('{"__proto__": {"eq": 1}}'), [`${at}.__proto__ unknown_field`]],
    [{ constructor: { eq: 1 } }, [`${at}.constructor unknown_field`]],
    [{ plan: { eq: 'payed' } }, [`${at}.plan.eq invalid_value`]],
    [{ seats: { gt: '3' } }, [`${at}.seats.gt invalid_value`]],
    [{ seats: { eq: Number.NaN } }, [`${at}.seats.eq invalid_value`]],
    [{ seats: { contains: 1 } }, [`${at}.seats.contains invalid_value`]],
    [{ verified: { eq: 'true' } }, [`${at}.verified.eq invalid_value`]],
    [{ verified: { gt: true } }, [`${at}.verified.gt invalid_value`]],
    [{ paid_until: { gt: 'tomorrow' } }, [`${at}.paid_until.gt invalid_value`]],
    [{ plan: { in: [] } }, [`${at}.plan.in invalid_value`]],
    [{ note: { eq: 'a\u0000' } }, [`${at}.note.eq invalid_value`]],
    [{ note: { eq: 'a'.repeat(1_001) } }, [`${at}.note.eq invalid_value`]],
    [{ note: { matches: 'a' } }, [`${at}.note.matches invalid_value`]],
    [{ note: { null: 'true' } }, [`${at}.note.null invalid_value`]],
    [{ plan: 'paid' }, [`${at}.plan invalid_type`]],
    [{}, [`${at} invalid_type`]],
    [[], [`${at} invalid_type`]],
    ['verified', [`${at} invalid`]],
    [[{ plan: { eq: 'paid' } }, { seats: {} }], [`${at}.1.seats invalid_type`]],
    [Array.from({ length: 21 }, () => ({ seats: { eq: 1 } })), [`${at} too_long`]],
  ])('is refused where the rule is %j', (rule, expected) => {
    expect(issuesOf(rule)).toEqual(expected)
  })

  it('keeps a rule of its own, which nobody changes afterwards', () => {
    const rule: { plan: { eq: string } } = { plan: { eq: 'paid' } }
    const collection = defineCollection('customers', { type: 'auth', fields, auth: { signIn: { rule } } })
    rule.plan.eq = 'free'
    expect(collection.auth.signIn).toEqual({ rule: { plan: { eq: 'paid' } } })
  })

  it('is for collections whose records sign in, and no text', () => {
    const auth = { signIn: { rule: true } } as never
    expect(() => defineCollection('posts', { type: 'base', fields, auth })).toThrow(/auth is for collections/)
    const text = { signIn: { rule: 'verified' } } as never
    expect(() => defineCollection('customers', { type: 'auth', fields, auth: text })).toThrow(
      /signIn\.rule must be a rule/,
    )
  })
})
