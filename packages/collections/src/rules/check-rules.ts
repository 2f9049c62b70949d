import type { ErrorIssue } from '@cardea/core'
import type { AnyCollection } from '../definition/collection.js'
import { readRules } from './read-rules.js'
import type { CheckedRules } from './rule.js'

/** Rules that were looked at. */
export interface RulesCheck {
  /** Those of the collection, but `locked` where one is wrong. */
  readonly rules: CheckedRules
  /** What is wrong, with its places in the definition. */
  readonly issues: readonly ErrorIssue[]
}

const checks = new WeakMap<AnyCollection, RulesCheck>()

/** Checks the rules of a collection, which may come from code or from a database, once. */
export function checkRules(collection: AnyCollection): RulesCheck {
  let check = checks.get(collection)
  if (check === undefined) {
    const issues: ErrorIssue[] = []
    const wrong = new Set<unknown>()
    const complain = (place: readonly (string | number)[], message: string): void => {
      wrong.add(place[0])
      issues.push({ path: ['rules', ...place].join('.'), code: 'invalid', message })
    }
    const read = readRules(collection.rules, { ...collection, complain })
    const rules = Object.entries(read).map(([operation, rule]) => [operation, wrong.has(operation) ? 'locked' : rule])
    check = Object.freeze({ rules: Object.freeze(Object.fromEntries(rules)) as CheckedRules, issues })
    checks.set(collection, check)
  }
  return check
}
