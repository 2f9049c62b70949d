import { isWildcard, parsePattern } from '@cardea/permissions/declare'
import type { CollectionType } from '../definition/collection.js'
import { isName } from '../definition/names.js'
import type { Fields } from '../field/field.js'
import { isPlainObject } from '../value/plain-object.js'
import { type CheckedRule, type CheckedRules, type RuleOperation, ruleOperations, type SingleRule } from './rule.js'

/** How deep lists of rules may be nested, and how many rules one operation may have. */
const maxDepth = 3
const maxRules = 20

/** A place inside the rules, such as `['update', 'anyOf', 1, 'owner']`. */
type RulePlace = (string | number)[]

/** What is known of the collection, and who is told what is wrong. */
interface Reading {
  readonly type: CollectionType
  readonly fields: Fields
  readonly complain: (place: RulePlace, message: string) => void
}

/** What each kind of rule has to say. */
const expected = {
  text: 'must be locked, public, authenticated, self, a permission, or one of authenticated, owner, permission and anyOf in an object',
  permission: 'must be one permission, such as posts:update',
  authenticated: 'must be the name of a collection, or a list of names',
  owner: 'must be the name of a field of the type relation',
  anyOf: `must be a list of 1 to ${maxRules} rules, nested at most ${maxDepth} deep; for nobody, say locked`,
}

type Kind = keyof typeof expected

/**
 * Checks the rules of a collection, from code or from JSON, where a list is called `any_of` or has no name, and null is
 * `locked`. What it gives is canonical and frozen: lists are flat, and what was left out is `locked`.
 *
 * Whether there are the collections that rules speak of is known where all of them are together: `unfitRules`.
 */
export function readRules(input: Readonly<Partial<Record<RuleOperation, unknown>>>, reading: Reading): CheckedRules {
  const rules = ruleOperations.map((each) => [each, readRule(each, input[each] ?? 'locked', reading)])
  // Each operation was named.
  return Object.freeze(Object.fromEntries(rules)) as CheckedRules
}

function readRule(operation: RuleOperation, whole: unknown, { type, fields, complain }: Reading): CheckedRule {
  /** By how they are written, so that nothing is there twice. */
  const found = new Map<string, SingleRule>()
  let count = 0
  const read = (value: unknown, place: RulePlace, depth: number): void => {
    const [kind, said, name] = takeApart(value)
    const inside = name === undefined ? place : [...place, name]
    if (kind === 'anyOf' && Array.isArray(said) && said.length > 0 && depth < maxDepth) {
      for (const [index, part] of said.entries()) read(part, [...inside, index], depth + 1)
      return
    }
    count += 1
    const rule = readSingle(kind, said, fields)
    if (count > maxRules) {
      if (count === maxRules + 1) complain([operation], expected.anyOf)
    } else if (rule === undefined) complain(inside, expected[kind])
    else if (rule === 'locked' && depth > 0) complain(inside, 'cannot be locked beside others: leave it out')
    else if (rule === 'self' && type === 'base') complain(inside, 'cannot be self in the type base: say owner')
    else if (operation === 'create' && (rule === 'self' || (rule === 'public' && type === 'auth'))) {
      complain(inside, `cannot be ${rule} for accounts: registering makes them`)
    } else found.set(JSON.stringify(rule), Object.freeze(rule))
  }
  read(whole, [operation], 0)
  const [first = 'locked', ...more] = found.values()
  return more.length === 0 ? first : Object.freeze({ anyOf: Object.freeze([first, ...more]) })
}

/** What kind of rule it is, what it says, and the member that says it, if there is one. */
function takeApart(value: unknown): readonly [kind: Kind, said: unknown, name?: string] {
  if (Array.isArray(value)) return ['anyOf', value]
  if (typeof value === 'string' && value.includes(':')) return ['permission', value]
  const [[name, said] = ['text'], ...more] = isPlainObject(value) ? Object.entries(value) : []
  const kind = name === 'any_of' ? 'anyOf' : name
  const isKnown = kind !== 'text' && more.length === 0 && Object.hasOwn(expected, kind)
  // `hasOwn` proves that it is one of them.
  return isKnown ? [kind as Kind, said, name] : ['text', value]
}

function readSingle(kind: Kind, said: unknown, fields: Fields): SingleRule | undefined {
  if (kind === 'permission') {
    const pattern = parsePattern(said)
    return pattern === undefined || isWildcard(pattern) ? undefined : `${pattern.resource}:${pattern.operation}`
  }
  if (kind === 'authenticated') {
    const names = [...new Set([said].flat())]
    const isGood = names.length > 0 && names.every((name) => typeof name === 'string' && isName(name))
    return isGood ? { authenticated: Object.freeze(names.map(String)) } : undefined
  }
  if (kind === 'owner')
    return typeof said === 'string' && fields[said]?.type === 'relation' ? { owner: said } : undefined
  const isText = said === 'locked' || said === 'public' || said === 'authenticated' || said === 'self'
  return kind === 'text' && isText ? said : undefined
}
