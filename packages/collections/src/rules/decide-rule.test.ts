import { compileCondition, eq, or } from '@cardea/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyCollection } from '../definition/collection.js'
import { defineCollection } from '../definition/define-collection.js'
import { defineStored } from '../definition/stored-definition.js'
import { relation, text } from '../field/builders.js'
import { propertySettings } from '../property-settings.fixture.js'
import { decideRule, type RecordCaller, type RuleOutcome } from './decide-rule.js'
import { type RecordRule, type RuleOperation, ruleOperations } from './rule.js'

const fields = {
  title: text({ optional: true }),
  author: relation('customers', { optional: true }),
  editor: relation('staff', { optional: true }),
}

const posts = (rules: Partial<Record<RuleOperation, RecordRule>>): AnyCollection =>
  defineStored('posts', { type: 'base', fields, rules })

interface Person extends Partial<Omit<RecordCaller, 'can'>> {
  readonly may?: readonly string[]
}

const caller = ({ may = [], ...person }: Person = {}): RecordCaller => ({
  collection: 'customers',
  recordId: 'ada',
  scoped: false,
  ...person,
  can: (permission) => may.includes(permission),
})

const none = (why: string) => ({ kind: 'none', why })
const all = { kind: 'all' }

describe('decideRule', () => {
  it('lets nobody in where nothing is said', () => {
    for (const operation of ruleOperations) {
      expect(decideRule(posts({}), operation, undefined)).toEqual(none('unauthenticated'))
      expect(decideRule(posts({}), operation, caller())).toEqual(none('locked'))
    }
  })

  it.each([
    ['list', 'posts:read'],
    ['view', 'posts:read'],
    ['create', 'posts:create'],
    ['update', 'posts:update'],
    ['delete', 'posts:delete'],
  ] as const)('lets whoever holds the permission %s everything, whatever the rule', (operation, permission) => {
    for (const rule of ['locked', { owner: 'author' }, { authenticated: 'staff' }] as const) {
      const collection = posts({ [operation]: rule })
      for (const scoped of [false, true]) {
        expect(decideRule(collection, operation, caller({ may: [permission], scoped }))).toEqual(all)
      }
      for (const other of ['read', 'create', 'update', 'delete'].map((each) => `posts:${each}`)) {
        if (other === permission) continue
        expect(decideRule(collection, operation, caller({ may: [other] })).kind).not.toBe('all')
      }
    }
  })

  it('lets anybody do what is public', () => {
    for (const who of [undefined, caller(), caller({ scoped: true }), caller({ collection: 'staff' })]) {
      expect(decideRule(posts({ list: 'public' }), 'list', who)).toEqual(all)
      expect(decideRule(posts({ list: { anyOf: [{ owner: 'author' }, 'public'] } }), 'list', who)).toEqual(all)
    }
  })

  it('lets principals in, of any collection or of some', () => {
    const any = posts({ view: 'authenticated' })
    const some = posts({ view: { authenticated: ['staff', 'vendors'] } })
    expect(decideRule(any, 'view', undefined)).toEqual(none('unauthenticated'))
    expect(decideRule(some, 'view', undefined)).toEqual(none('unauthenticated'))
    expect(decideRule(any, 'view', caller())).toEqual(all)
    expect(decideRule(some, 'view', caller())).toEqual(none('unmet'))
    expect(decideRule(some, 'view', caller({ collection: 'vendors' }))).toEqual(all)
  })

  it('gives a key with scopes what they name, and not what its owner may', () => {
    const scoped = caller({ scoped: true, may: ['posts:moderate'] })
    for (const rule of ['authenticated', { authenticated: 'customers' }, { owner: 'author' }] as const) {
      expect(decideRule(posts({ update: rule }), 'update', scoped)).toEqual(none('unmet'))
    }
    expect(decideRule(posts({ update: { anyOf: [{ owner: 'author' }, 'posts:moderate'] } }), 'update', scoped)).toEqual(
      all,
    )
  })

  it('gives somebody its own record, and nobody of another collection the one with the same id', () => {
    const customers = defineCollection('customers', {
      type: 'auth',
      rules: { list: 'self', view: 'self', update: 'self' },
    })
    for (const operation of ['list', 'view', 'update'] as const) {
      expect(decideRule(customers, operation, caller())).toEqual({ kind: 'some', where: eq('id', 'ada') })
      expect(decideRule(customers, operation, caller({ collection: 'staff' }))).toEqual(none('unmet'))
      expect(decideRule(customers, operation, caller({ scoped: true }))).toEqual(none('unmet'))
      expect(decideRule(customers, operation, undefined)).toEqual(none('unauthenticated'))
    }
  })

  it('gives owners what is theirs, of the collection that the field relates to', () => {
    const collection = posts({ delete: { owner: 'author' } })
    expect(decideRule(collection, 'delete', caller())).toEqual({ kind: 'some', where: eq('author', 'ada') })
    expect(decideRule(collection, 'delete', caller({ collection: 'staff' }))).toEqual(none('unmet'))
  })

  it('joins what several rules give', () => {
    const collection = defineStored('posts', {
      type: 'base',
      fields: { a: relation('customers'), b: relation('customers'), c: relation('staff') },
      rules: { list: { anyOf: [{ owner: 'c' }, { owner: 'a' }, { owner: 'b' }, 'posts:moderate'] } },
    })
    const where = or(eq('a', 'ada'), eq('b', 'ada'))
    expect(decideRule(collection, 'list', caller())).toEqual({ kind: 'some', where })
    expect(decideRule(collection, 'list', caller({ may: ['posts:moderate'] }))).toEqual(all)
  })

  it('makes a new record the own one of who leaves out whose it is, by the first rule that fits', () => {
    const collection = posts({ create: { anyOf: [{ owner: 'author' }, { owner: 'editor' }] } })
    const outcome = (collectionName: string) => decideRule(collection, 'create', caller({ collection: collectionName }))
    expect(outcome('customers')).toEqual({ kind: 'some', where: eq('author', 'ada'), fill: { author: 'ada' } })
    expect(outcome('staff')).toEqual({ kind: 'some', where: eq('editor', 'ada'), fill: { editor: 'ada' } })
    expect(outcome('vendors')).toEqual(none('unmet'))
  })

  it('fills one field where several would do', () => {
    const collection = defineStored('posts', {
      type: 'base',
      fields: { a: relation('customers', { optional: true }), b: relation('customers', { optional: true }) },
      rules: { create: { anyOf: [{ owner: 'b' }, { owner: 'a' }] } },
    })
    expect(decideRule(collection, 'create', caller())).toEqual({
      kind: 'some',
      where: or(eq('b', 'ada'), eq('a', 'ada')),
      fill: { b: 'ada' },
    })
  })
})

// The rules once more, one row at a time and without conditions: what a record is to somebody, as docs/record-rules.md says.

type Row = Readonly<Record<string, string | null>>

const operationOf = { list: 'read', view: 'read', create: 'create', update: 'update', delete: 'delete' } as const

function interpret(collection: AnyCollection, operation: RuleOperation, who: Person | undefined, row: Row): boolean {
  const may = (label: string): boolean => who?.may?.includes(label) === true
  const meets = (rule: unknown): boolean => {
    if (rule === 'public') return true
    if (rule === 'locked') return false
    if (typeof rule === 'string' && rule.includes(':')) return may(rule)
    const said = Object.entries(typeof rule === 'object' && rule !== null ? rule : { [String(rule)]: undefined })
    return said.some(([kind, value]) => {
      if (kind === 'anyOf') return Array.isArray(value) && value.some(meets)
      if (kind === 'permission') return may(String(value))
      if (who === undefined || who.scoped === true) return false
      if (kind === 'authenticated') return value === undefined || [value].flat().includes(who.collection)
      if (kind === 'self') return who.collection === collection.name && row['id'] === who.recordId
      const field = collection.fields[String(value)]
      const target = field?.type === 'relation' ? field.collection : undefined
      return kind === 'owner' && target === who.collection && row[String(value)] === who.recordId
    })
  }
  return may(`${collection.name}:${operationOf[operation]}`) || meets(collection.rules[operation])
}

const permitted = ['posts:read', 'posts:create', 'posts:update', 'posts:delete', 'posts:moderate', 'other:read']
const people = fc.record({
  collection: fc.constantFrom('customers', 'customers', 'staff', 'posts'),
  recordId: fc.constantFrom('ada', 'bob'),
  scoped: fc.constantFrom(true, false, false),
  may: fc.oneof(fc.constant([]), fc.subarray(permitted, { maxLength: 2 })),
})
const ids = fc.constantFrom('ada', 'bob', null)
const rows = fc.record({ id: fc.constantFrom('ada', 'bob', 'r1'), author: ids, editor: ids, title: ids })

const rulesOf = (type: 'auth' | 'base', operation: RuleOperation) => {
  const leaf = fc.oneof(
    fc.constantFrom<RecordRule>('authenticated', 'posts:moderate'),
    // Often, since what it selects depends on the row.
    { weight: 5, arbitrary: fc.constantFrom<RecordRule>({ owner: 'author' }, { owner: 'editor' }) },
    fc.subarray(['customers', 'staff'], { minLength: 1 }).map((names): RecordRule => ({ authenticated: names })),
    fc.constantFrom(...permitted).map((label): RecordRule => ({ permission: label })),
    ...(type === 'base' ? [fc.constant<RecordRule>('public')] : []),
    ...(type === 'auth' && operation !== 'create' ? [fc.constantFrom<RecordRule>('self', 'public')] : []),
  )
  const list = (part: fc.Arbitrary<RecordRule>): fc.Arbitrary<RecordRule> =>
    fc.array(part, { minLength: 1, maxLength: 3 }).map((anyOf): RecordRule => ({ anyOf }))
  return fc.oneof(leaf, list(leaf), list(fc.oneof(leaf, list(leaf))), fc.constant<RecordRule>('locked'))
}

const cases = fc
  .tuple(fc.constantFrom('auth' as const, 'base' as const), fc.constantFrom(...ruleOperations))
  .chain(([type, operation]) =>
    fc.record({
      type: fc.constant(type),
      operation: fc.constant(operation),
      rule: rulesOf(type, operation),
      who: fc.option(people, { nil: undefined, freq: 8 }),
      row: rows,
    }),
  )

const selects = (outcome: RuleOutcome, row: Row): boolean => {
  if (outcome.kind !== 'some') return outcome.kind === 'all'
  return (
    compileCondition(outcome.where)(
      (field) => row[field],
      () => undefined,
    ) === true
  )
}

describe('decideRule, against an interpreter', () => {
  it('selects the rows that the rule is met for, and no others', () => {
    const seen = { all: 0, some: 0, none: 0, selected: 0 }
    fc.assert(
      fc.property(cases, ({ type, operation, rule, who, row }) => {
        const collection = defineStored('posts', { type, fields, rules: { [operation]: rule } })
        const outcome = decideRule(collection, operation, who === undefined ? undefined : caller(who))
        const isMet = interpret(collection, operation, who, row)
        expect(selects(outcome, row)).toBe(isMet)
        seen[outcome.kind] += 1
        if (outcome.kind === 'some' && isMet) seen.selected += 1
        if (outcome.kind === 'none') {
          const why = who === undefined ? 'unauthenticated' : rule === 'locked' ? 'locked' : 'unmet'
          expect(outcome.why).toBe(why)
        }
        if (outcome.kind !== 'some') return
        // Only a new record is filled, and a record that was filled meets the rule, whatever the field was.
        expect(outcome.fill !== undefined).toBe(operation === 'create')
        if (outcome.fill !== undefined)
          expect(interpret(collection, operation, who, { ...row, ...outcome.fill })).toBe(true)
      }),
      propertySettings,
    )
    // Enough of each happened to mean something.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(propertySettings.numRuns / 50)
  })
})
