import type { ErrorIssue } from '@cardea/core'
import type { AnyCollection } from '../definition/collection.js'
import { checkRules } from './check-rules.js'
import {
  alternativesOf,
  type CheckedRule,
  type CheckedRules,
  type RuleOperation,
  ruleOperations,
  type SingleRule,
} from './rule.js'

/** A rule that one operation of a collection has, alone or beside others. */
interface PlacedRule {
  readonly operation: RuleOperation
  readonly rule: SingleRule
}

const rulesOf = (collection: AnyCollection): readonly PlacedRule[] => {
  const { rules } = checkRules(collection)
  return ruleOperations.flatMap((operation) => alternativesOf(rules[operation]).map((rule) => ({ operation, rule })))
}

/** The permissions that the rules of a collection ask for, and for which operation. */
export const permissionsInRules = (
  collection: AnyCollection,
): readonly { readonly operation: RuleOperation; readonly permission: string }[] =>
  rulesOf(collection).flatMap(({ operation, rule }) =>
    typeof rule === 'string' && rule.includes(':') ? [{ operation, permission: rule }] : [],
  )

/** The fields by which the rules of a collection say whom a record belongs to, and for which operation. */
export const ownersInRules = (
  collection: AnyCollection,
): readonly { readonly operation: RuleOperation; readonly field: string }[] =>
  rulesOf(collection).flatMap(({ operation, rule }) =>
    typeof rule === 'object' && 'owner' in rule ? [{ operation, field: rule.owner }] : [],
  )

/** The collections whose principals the rules of a collection speak of, and for which operation. */
export const principalsInRules = (
  collection: AnyCollection,
): readonly { readonly operation: RuleOperation; readonly collection: string }[] => [
  ...rulesOf(collection).flatMap(({ operation, rule }) =>
    typeof rule === 'object' && 'authenticated' in rule
      ? rule.authenticated.map((name) => ({ operation, collection: name }))
      : [],
  ),
  ...ownersInRules(collection).flatMap(({ operation, field }) => {
    const definition = collection.fields[field]
    return definition?.type === 'relation' ? [{ operation, collection: definition.collection }] : []
  }),
]

/**
 * Rules of a collection that speak of principals whom there are not, so that nobody meets them.
 *
 * @param related Finds a collection by its name, this one, too.
 * @returns What is wrong, with its places in the definition.
 */
export function unfitRules(
  collection: AnyCollection,
  related: (name: string) => AnyCollection | undefined,
): readonly ErrorIssue[] {
  return principalsInRules(collection)
    .filter((needed) => related(needed.collection)?.type !== 'auth')
    .map((needed) => ({
      path: `rules.${needed.operation}`,
      code: 'not_found',
      message: `is for principals of ${needed.collection}, which has to be a collection of the type auth`,
    }))
}

/** The same rules, where fields have other names. */
export const rulesWithRenames = (rules: CheckedRules, newName: (field: string) => string): CheckedRules =>
  Object.freeze({
    ...rules,
    ...Object.fromEntries(ruleOperations.map((operation) => [operation, ruleWithRenames(rules[operation], newName)])),
  })

function ruleWithRenames(rule: CheckedRule, newName: (field: string) => string): CheckedRule {
  const renamed = alternativesOf(rule).map((each) =>
    typeof each === 'object' && 'owner' in each ? { owner: newName(each.owner) } : each,
  )
  const [only] = renamed
  return renamed.length === 1 && only !== undefined ? only : { anyOf: renamed }
}
