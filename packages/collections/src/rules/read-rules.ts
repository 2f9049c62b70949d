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
export type RulePlace = (string | number)[]

/** The rule of one operation while it is read. */
interface Reading {
  readonly operation: RuleOperation
  readonly collection: { readonly type: CollectionType; readonly fields: Fields }
  readonly complain: (place: RulePlace, message: string) => void
  /** By how they are written, so that nothing is there twice. */
  readonly found: Map<string, SingleRule>
  count: number
}

/**
 * Checks the rules of a collection, from code or from JSON, where a list is called `any_of` or has no name, and null is
 * `locked`. What it gives is canonical and frozen: lists are flat, and what was left out is `locked`.
 *
 * Whether there are the collections that rules speak of is known where all of them are together.
 */
export function readRules(
  input: { readonly [Operation in RuleOperation]?: unknown },
  collection: Reading['collection'],
  complain: Reading['complain'],
): CheckedRules {
  const rules = ruleOperations.map((operation): [RuleOperation, CheckedRule] => {
    const found: Reading['found'] = new Map()
    readRule(input[operation] ?? 'locked', [operation], 0, { operation, collection, complain, found, count: 0 })
    const [first = 'locked', ...more] = found.values()
    return [operation, more.length === 0 ? first : Object.freeze({ anyOf: Object.freeze([first, ...more]) })]
  })
  // Each operation was named.
  return Object.freeze(Object.fromEntries(rules)) as CheckedRules
}

function readRule(value: unknown, place: RulePlace, depth: number, reading: Reading): void {
  const { complain, found } = reading
  const [kind, said, name] = takeApart(value)
  const inside = name === undefined ? place : [...place, name]
  if (kind !== 'anyOf') {
    reading.count += 1
    if (reading.count === maxRules + 1) complain(place.slice(0, 1), `must be at most ${maxRules} rules`)
    if (reading.count > maxRules) return
    const rule = readSingle(kind, said, depth > 0, reading)
    if (typeof rule === 'object' && 'refusal' in rule) complain(inside, rule.refusal)
    else found.set(JSON.stringify(rule), rule)
  } else if (!Array.isArray(said) || said.length === 0) {
    complain(inside, 'must be a list with at least one rule: for nobody, say locked')
  } else if (depth === maxDepth) {
    complain(inside, `must not be nested more than ${maxDepth} deep: one list says the same`)
  } else {
    said.forEach((part: unknown, index) => {
      readRule(part, [...inside, index], depth + 1, reading)
    })
  }
}

type Kind = 'text' | 'permission' | 'authenticated' | 'owner' | 'anyOf' | 'unknown'

/** What kind of rule it is, what it says, and the member that says it, if any. */
function takeApart(value: unknown): readonly [kind: Kind, said: unknown, member?: string] {
  if (Array.isArray(value)) return ['anyOf', value]
  if (typeof value === 'string') return [value.includes(':') ? 'permission' : 'text', value]
  const [[member, said] = ['', undefined], ...more] = isPlainObject(value) ? Object.entries(value) : []
  if (more.length > 0) return ['unknown', value]
  switch (member) {
    case 'permission':
    case 'authenticated':
    case 'owner':
    case 'anyOf':
      return [member, said, member]
    case 'any_of':
      return ['anyOf', said, member]
    default:
      return ['unknown', value]
  }
}

interface Refused {
  readonly refusal: string
}

function readSingle(
  kind: Kind,
  said: unknown,
  isPart: boolean,
  { operation, collection }: Reading,
): SingleRule | Refused {
  const isAuth = collection.type === 'auth'
  switch (kind) {
    case 'permission': {
      const pattern = parsePattern(said)
      if (pattern === undefined || isWildcard(pattern))
        return { refusal: 'must be one permission, such as posts:update' }
      return `${pattern.resource}:${pattern.operation}`
    }
    case 'authenticated': {
      const names: readonly unknown[] = Array.isArray(said) ? said : [said]
      if (names.length === 0 || !names.every((name) => typeof name === 'string' && isName(name))) {
        return { refusal: 'must be the name of a collection, or a list of names' }
      }
      return Object.freeze({ authenticated: Object.freeze([...new Set(names.map(String))]) })
    }
    case 'owner':
      if (typeof said === 'string' && collection.fields[said]?.type === 'relation')
        return Object.freeze({ owner: said })
      return { refusal: 'must be the name of a field of the type relation' }
    case 'text':
      if (said === 'locked' && isPart) return { refusal: 'is for a rule of its own: leave it out of a list' }
      if (said === 'self' && !isAuth) {
        return { refusal: 'cannot be self in a collection of the type base: say {owner: …} with a relation' }
      }
      if (operation === 'create' && (said === 'self' || (said === 'public' && isAuth))) {
        return { refusal: `cannot be ${said} where principals are created: accounts are made by registering` }
      }
      if (said === 'locked' || said === 'public' || said === 'authenticated' || said === 'self') return said
  }
  return {
    refusal:
      'must be locked, public, authenticated, self, a permission, {authenticated: …}, {owner: …}, {permission: …} or {any_of: […]}',
  }
}
