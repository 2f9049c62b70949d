import type { AnyCollection } from '../definition/collection.js'
import { alternativesOf, type RuleOperation, ruleOperations, type SingleRule } from './rule.js'

/** A rule that one operation of a collection has, alone or among others. */
interface PlacedRule {
  readonly operation: RuleOperation
  readonly rule: SingleRule
}

const rulesOf = ({ rules }: AnyCollection): readonly PlacedRule[] =>
  ruleOperations.flatMap((operation) => alternativesOf(rules[operation]).map((rule) => ({ operation, rule })))

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
