import { type CardeaError, isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { parseChange, sameDefinition } from '../definition/change-definition.js'
import type { AnyCollection } from '../definition/collection.js'
import { defineCollection } from '../definition/define-collection.js'
import { definitionOf } from '../definition/definition-of.js'
import { parseDefinition } from '../definition/parse-definition.js'
import { defineStored } from '../definition/stored-definition.js'
import { relation, text } from '../field/builders.js'
import { anyOf, authenticated, owner, permission } from './builders.js'
import { checkRules } from './check-rules.js'
import { decideRule } from './decide-rule.js'
import { unfitRules } from './references.js'
import { type RuleOperation, ruleOperations } from './rule.js'

const fields = { title: text(), author: relation('customers'), editor: relation('customers', { optional: true }) }
const locked = { list: 'locked', view: 'locked', create: 'locked', update: 'locked', delete: 'locked' }

/** Defines without the compiler's help, as code without types does. */
const define = defineCollection as (name: unknown, definition: unknown) => AnyCollection

const posts = (rules: unknown): AnyCollection => define('posts', { type: 'base', fields, rules })

/** The same as JSON. */
const parse = (rules: unknown): AnyCollection => {
  const parsed = parseDefinition({ name: 'posts', type: 'base', fields, rules })
  if (parsed.valid) return parsed.collection
  throw new Error(JSON.stringify(parsed.issues))
}

function refusalOf(work: () => unknown): CardeaError {
  try {
    work()
  } catch (error) {
    if (isCardeaError(error, 'configuration_invalid')) return error
    throw error
  }
  throw new Error('was not refused')
}

const isOperation = (name: string): name is RuleOperation => ruleOperations.some((each) => each === name)

/** What is refused, where, and what is said. */
const refused: readonly [what: string, type: 'auth' | 'base', rules: unknown, place: string, message: string][] = [
  ['a text that is no rule', 'base', { list: 'publik' }, 'rules.list', 'must be locked, public, authenticated, self'],
  ['an empty text', 'base', { list: '' }, 'rules.list', 'must be locked, public,'],
  ['true', 'base', { list: true }, 'rules.list', 'must be locked, public,'],
  ['an object of nothing', 'base', { list: {} }, 'rules.list', 'must be locked, public,'],
  ['an unknown kind', 'base', { list: { role: 'admin' } }, 'rules.list', 'must be locked, public,'],
  ['a kind of every object', 'base', { list: { constructor: 'x' } }, 'rules.list', 'must be locked, public,'],
  ['two kinds', 'base', { list: { owner: 'author', permission: 'a:b' } }, 'rules.list', 'must be locked, public,'],
  ['a wildcard', 'base', { list: 'posts:*' }, 'rules.list', 'must be one permission, such as posts:update'],
  ['a wildcard in an object', 'base', { list: { permission: '*' } }, 'rules.list.permission', 'must be one permission'],
  ['no permission', 'base', { list: { permission: 'posts' } }, 'rules.list.permission', 'must be one permission'],
  ['a word for a permission', 'base', { list: { permission: 'public' } }, 'rules.list.permission', 'must be one'],
  ['a bad permission', 'base', { list: 'Posts:read' }, 'rules.list', 'must be one permission'],
  ['a prototype', 'base', { list: '__proto__:read' }, 'rules.list', 'must be one permission'],
  [
    'no field',
    'base',
    { list: { owner: 'writer' } },
    'rules.list.owner',
    'must be the name of a field of the type relation',
  ],
  ['a text field', 'base', { list: { owner: 'title' } }, 'rules.list.owner', 'must be the name of a field of the type'],
  ['the id', 'base', { list: { owner: 'id' } }, 'rules.list.owner', 'must be the name of a field of the type'],
  ['what objects have', 'base', { list: { owner: 'toString' } }, 'rules.list.owner', 'must be the name of a field'],
  ['fields', 'base', { list: { owner: ['author'] } }, 'rules.list.owner', 'must be the name of a field'],
  [
    'no collection',
    'base',
    { list: { authenticated: [] } },
    'rules.list.authenticated',
    'must be the name of a collection',
  ],
  [
    'a bad name',
    'base',
    { list: { authenticated: 'A' } },
    'rules.list.authenticated',
    'must be the name of a collection',
  ],
  ['a number', 'base', { list: { authenticated: ['a', 1] } }, 'rules.list.authenticated', 'must be the name of a'],
  [
    'an empty list',
    'base',
    { list: [] },
    'rules.list',
    'must be a list of 1 to 20 rules, nested at most 3 deep; for nobody, say locked',
  ],
  ['an empty any_of', 'base', { list: { any_of: [] } }, 'rules.list.any_of', 'must be a list of 1 to 20 rules'],
  ['no list', 'base', { list: { anyOf: 'public' } }, 'rules.list.anyOf', 'must be a list of 1 to 20 rules'],
  ['locked among others', 'base', { list: ['public', 'locked'] }, 'rules.list.1', 'cannot be locked beside others'],
  [
    'a place that is deep',
    'base',
    { update: { any_of: [{ anyOf: ['public', { owner: 'title' }] }] } },
    'rules.update.any_of.0.anyOf.1.owner',
    'must be the name of a field',
  ],
  ['four lists in each other', 'base', { list: [[[['public']]]] }, 'rules.list.0.0.0', 'nested at most 3 deep'],
  [
    '21 rules',
    'base',
    { list: Array.from({ length: 21 }, (_, index) => `posts:${'x'.repeat(index + 1)}`) },
    'rules.list',
    'must be a list of 1 to 20 rules',
  ],
  [
    '21 rules in two lists',
    'base',
    { list: [Array.from({ length: 20 }, () => 'public'), 'authenticated'] },
    'rules.list',
    'must be a list of 1 to 20 rules',
  ],
  ['self of plain records', 'base', { view: 'self' }, 'rules.view', 'cannot be self in the type base: say owner'],
  [
    'accounts for all',
    'auth',
    { create: 'public' },
    'rules.create',
    'cannot be public for accounts: registering makes them',
  ],
  ['accounts for all', 'auth', { create: ['a:b', 'public'] }, 'rules.create.1', 'cannot be public for accounts'],
  ['self before it is', 'auth', { create: 'self' }, 'rules.create', 'cannot be self for accounts'],
  ['an unknown operation', 'base', { read: 'public' }, 'rules.read', 'is not a known field'],
  ['no object', 'base', 'public', 'rules', 'must be of type object'],
  ['a list for all', 'base', ['public'], 'rules', 'must be of type object'],
]

describe('rules of a collection', () => {
  it('are locked where nothing is said', () => {
    expect(define('posts', { type: 'base' }).rules).toStrictEqual(locked)
    expect(posts({}).rules).toStrictEqual(locked)
    expect(posts({ list: 'public', view: undefined, create: null }).rules).toStrictEqual({ ...locked, list: 'public' })
  })

  it('are all there in one form, frozen, however they were written', () => {
    const code = defineCollection('posts', {
      type: 'base',
      fields,
      rules: {
        list: 'public',
        view: authenticated('customers', 'vendors'),
        create: permission('posts:write'),
        update: anyOf(owner('author'), anyOf(owner('editor'), 'posts:moderate'), permission('posts:moderate')),
        delete: anyOf(owner('author')),
      },
    })
    expect(code.rules).toStrictEqual({
      list: 'public',
      view: { authenticated: ['customers', 'vendors'] },
      create: 'posts:write',
      update: { anyOf: [{ owner: 'author' }, { owner: 'editor' }, 'posts:moderate'] },
      delete: { owner: 'author' },
    })
    const json = parse({
      list: ['public'],
      view: { authenticated: ['customers', 'vendors', 'customers'] },
      create: [[['posts:write']]],
      update: { any_of: [{ owner: 'author' }, [{ owner: 'editor' }], { permission: 'posts:moderate' }] },
      delete: { anyOf: [{ owner: 'author' }, { owner: 'author' }] },
    })
    expect(json.rules).toStrictEqual(code.rules)
    const { rules } = code
    const parts: unknown[] = [rules, rules.view, rules.update, rules.delete]
    const lists = typeof rules.update === 'object' && 'anyOf' in rules.update ? [rules.update.anyOf] : []
    expect([...parts, ...lists].map(Object.isFrozen)).toEqual([true, true, true, true, true])
  })

  it('take up to 20 rules, and lists 3 deep', () => {
    const many = Array.from({ length: 20 }, (_, index) => `posts:${'x'.repeat(index + 1)}`)
    expect(parse({ list: many }).rules.list).toStrictEqual({ anyOf: many })
    expect(parse({ list: [[['public']]] }).rules.list).toBe('public')
  })

  it('may be public for records that are no principals', () => {
    expect(posts({ create: 'public' }).rules.create).toBe('public')
    const customers = define('customers', {
      type: 'auth',
      rules: { view: 'self', list: 'public', create: 'authenticated' },
    })
    expect(customers.rules).toStrictEqual({ ...locked, view: 'self', list: 'public', create: 'authenticated' })
  })

  it.each(refused)('refuse %s (%s) of JSON', (_what, type, rules, place, message) => {
    const parsed = parseDefinition({ name: 'posts', type, fields, rules })
    const issues = parsed.valid ? [] : parsed.issues
    expect(issues.map(({ path }) => path)).toEqual([place])
    expect(issues[0]?.message).toContain(message)
  })

  it.each(refused)('refuse %s (%s) of code, and let nobody in by it', (_what, type, rules, place) => {
    const [, operation = ''] = place.split('.')
    if (!isOperation(operation)) {
      // What is no rule of any operation is told at once.
      expect(refusalOf(() => define('posts', { type, fields, rules })).issues?.map(({ path }) => path)).toEqual([place])
      return
    }
    const collection = define('posts', { type, fields, rules })
    const check = checkRules(collection)
    expect(check.issues.map(({ path }) => path.startsWith(`rules.${operation}`))).toEqual([true])
    expect(check.rules[operation]).toBe('locked')
    expect(checkRules(collection)).toBe(check)
    const somebody = { collection: 'customers', recordId: 'ada', scoped: false, can: () => false }
    expect(decideRule(collection, operation, somebody)).toEqual({ kind: 'none', why: 'locked' })
    expect(decideRule(collection, operation, undefined)).toEqual({ kind: 'none', why: 'unauthenticated' })
  })

  it.each([
    ['an empty list', anyOf(), 'rules.update.anyOf', 'must be a list of 1 to 20 rules'],
    ['a list with locked', anyOf('public', 'locked'), 'rules.update.anyOf.1', 'cannot be locked beside others'],
    ['another field', anyOf('public', owner('title')), 'rules.update.anyOf.1.owner', 'must be the name of a field'],
    ['a wildcard', permission('posts:*'), 'rules.update', 'must be one permission'],
    ['a bad name', authenticated('Customers'), 'rules.update.authenticated', 'must be the name of a collection'],
    [
      'too many',
      anyOf(...Array.from({ length: 21 }, (_, index) => `posts:${'x'.repeat(index + 1)}` as const)),
      'rules.update',
      'must be a list of 1 to 20 rules',
    ],
  ])('of code are told of by place: %s', (_what, rule, path, message) => {
    const { issues, rules } = checkRules(posts({ view: 'public', update: rule }))
    expect(issues).toEqual([{ path, code: 'invalid', message: expect.stringContaining(message) }])
    // The others stay what they are.
    expect(rules).toStrictEqual({ ...locked, view: 'public' })
  })

  it('of code are right where nothing is said of them, and the check finds the same', () => {
    const collection = posts({
      list: 'public',
      update: anyOf(owner('author'), anyOf('a:b', authenticated('customers'))),
    })
    expect(checkRules(collection)).toStrictEqual({ rules: collection.rules, issues: [] })
  })

  it('never inherit from a __proto__ of JSON', () => {
    const parsed = parseDefinition(JSON.parse('{"name":"posts","type":"base","rules":{"__proto__":{"list":"public"}}}'))
    expect(parsed).toMatchObject({ valid: false, issues: [{ path: 'rules.__proto__', code: 'unknown_field' }] })
  })
})

describe('unfitRules', () => {
  const customers = defineCollection('customers', { type: 'auth' })
  const shops = defineCollection('shops', { type: 'base' })
  const unfit = (rules: unknown) => {
    const fields = { shop: relation('shops'), buyer: relation('customers') }
    const things = define('things', { type: 'base', fields, rules })
    return unfitRules(things, (name) => [customers, shops, things].find((each) => each.name === name))
  }

  it('takes rules that speak of principals that there are', () => {
    expect(unfit({ list: authenticated('customers'), update: owner('buyer'), view: 'authenticated' })).toEqual([])
  })

  it.each([
    ['a collection that is not there', { view: authenticated('staff') }, 'rules.view', 'staff'],
    ['plain records', { list: authenticated('customers', 'shops') }, 'rules.list', 'shops'],
    ['the records themselves', { list: authenticated('things') }, 'rules.list', 'things'],
    ['an owner that cannot ask', { update: anyOf(owner('buyer'), owner('shop')) }, 'rules.update', 'shops'],
  ])('names rules for %s', (_what, rules, path, name) => {
    const message = `is for principals of ${name}, which has to be a collection of the type auth`
    expect(unfit(rules)).toEqual([{ path, code: 'not_found', message }])
  })
})

describe('a stored definition', () => {
  it('has the rules that open something, and gives the same collection again', () => {
    const before = posts({ list: 'public', update: anyOf(owner('author'), 'posts:moderate') })
    const stored = JSON.parse(JSON.stringify(definitionOf(before)))
    expect(stored.rules).toEqual({ list: 'public', update: { anyOf: [{ owner: 'author' }, 'posts:moderate'] } })
    const after = defineStored('posts', stored)
    expect(after.rules).toStrictEqual(before.rules)
    expect(sameDefinition(before, after)).toBe(true)
    expect(sameDefinition(before, posts({ list: 'public' }))).toBe(false)
  })

  it('of the time before rules is one with all locked, and says the same as it did', () => {
    const old = { type: 'base' as const, fields: { title: text() } }
    const collection = defineStored('posts', old)
    expect(collection.rules).toStrictEqual(locked)
    expect(JSON.stringify(definitionOf(collection))).toBe(JSON.stringify(old))
  })
})

describe('parseChange', () => {
  const current = posts({ list: 'public', view: 'public', update: anyOf(owner('author'), 'posts:moderate') })
  const change = (input: unknown) => {
    const parsed = parseChange(current, input)
    return parsed.valid
      ? parsed.collection.rules
      : parsed.issues.map(({ path, code, message }) => ({ path, code, message }))
  }

  it('changes rules operation by operation', () => {
    expect(change({})).toStrictEqual(current.rules)
    expect(change({ rules: { view: 'authenticated', delete: { owner: 'author' } } })).toStrictEqual({
      ...current.rules,
      view: 'authenticated',
      delete: { owner: 'author' },
    })
  })

  it('takes null for locked', () => {
    expect(change({ rules: { view: null, create: null } })).toStrictEqual({ ...current.rules, view: 'locked' })
  })

  it('finds owners among fields that the same change adds', () => {
    const fields = { owner: { type: 'relation', collection: 'customers', optional: true } }
    expect(change({ fields, rules: { delete: { owner: 'owner' } } })).toMatchObject({ delete: { owner: 'owner' } })
  })

  it('says where rules are wrong', () => {
    expect(change({ rules: { all: 'public' } })).toEqual([
      { path: 'rules.all', code: 'unknown_field', message: 'is not a known field' },
    ])
    expect(change({ rules: { view: [{ owner: 'title' }] } })).toEqual([
      { path: 'rules.view.0.owner', code: 'invalid', message: 'must be the name of a field of the type relation' },
    ])
    expect(change({ rules: 'public' })).toMatchObject([{ path: 'rules', code: 'invalid_type' }])
    expect(change({ rules: null })).toMatchObject([{ path: 'rules', code: 'invalid_type' }])
  })

  it('drops no field that a rule names, unless the rule goes with it', () => {
    expect(change({ drop: ['title', 'author'] })).toEqual([
      { path: 'drop.1', code: 'conflict', message: 'is named by rules.update: change that in the same request' },
    ])
    expect(change({ drop: ['author'], rules: { view: 'public' } })).toMatchObject([{ path: 'drop.0' }])
    expect(change({ drop: ['author'], rules: { update: 'posts:moderate' } })).toMatchObject({
      update: 'posts:moderate',
    })
    expect(change({ drop: ['author'], rules: { update: { owner: 'author' } } })).toMatchObject([
      { path: 'rules.update.owner' },
    ])
    expect(change({ drop: ['editor'] })).toStrictEqual(current.rules)
  })
})
