import { isPlainObject } from '../value/plain-object.js'
import { type CheckedRules, ruleOperations, type SingleRule } from './rule.js'

// Code defines its collections as it loads, so this is there from the start. Whether rules are right is looked at later, by
// `checkRules`: before the first request, and before anybody is let in by one.

/** Brings rules into one form, frozen: lists are flat, and what was left out is `locked`. What is no rule stays none. */
export function canonicalRules(rules: Readonly<Record<string, unknown>>): CheckedRules {
  const canonical = ruleOperations.map((operation) => {
    // By how they are written, so that none is there twice.
    const found = new Map(flat(rules[operation] ?? 'locked').map((rule) => [JSON.stringify(rule), rule]))
    const [first, ...more] = found.values()
    return [operation, more.length === 0 ? first : Object.freeze({ anyOf: Object.freeze([first, ...more]) })]
  })
  return Object.freeze(Object.fromEntries(canonical)) as CheckedRules
}

/** At least one. */
function flat(rule: unknown): readonly SingleRule[] {
  // Of what is no rule at all, only that is kept.
  if (!isPlainObject(rule)) return [typeof rule === 'string' ? (rule as SingleRule) : (Object.freeze({}) as SingleRule)]
  const [[kind, said] = [], ...more] = Object.entries(rule)
  if (more.length === 0) {
    if (kind === 'anyOf' && Array.isArray(said) && said.length > 0) return said.flatMap(flat)
    if (kind === 'permission' && typeof said === 'string' && said.includes(':')) return [said as SingleRule]
    if (kind === 'authenticated') {
      return [Object.freeze({ authenticated: Object.freeze([...new Set([said].flat())]) }) as SingleRule]
    }
  }
  return [Object.freeze({ ...rule }) as unknown as SingleRule]
}
