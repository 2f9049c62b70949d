import type { AnyCollection, CollectionRow, RuleOperation } from '@cardea/collections'
import { decideRule, type RuleOutcome } from '@cardea/collections/later'
import { CardeaError, type Condition, compileCondition } from '@cardea/core'
import type { Asker } from './asker.js'
import { noSuchRecord } from './record-id.js'

/** A rule that is met by all records, or by those that meet a condition. */
export type MetRule = Exclude<RuleOutcome, { readonly kind: 'none' }>

export const all: MetRule = Object.freeze({ kind: 'all' })

/** What a rule says of whoever asks; the app itself is under none. */
export const ruleFor = (collection: AnyCollection, operation: RuleOperation, asker: Asker): RuleOutcome =>
  asker.kind === 'app' ? all : decideRule(collection, operation, asker.kind === 'principal' ? asker.caller : undefined)

/**
 * The same for one record: a rule that nobody who asks can meet says no more of a record than that there is none.
 *
 * @throws CardeaError `not_found`, `unauthenticated`.
 */
export function requireRule(collection: AnyCollection, operation: RuleOperation, asker: Asker): MetRule {
  const outcome = ruleFor(collection, operation, asker)
  if (outcome.kind !== 'none') return outcome
  throw asker.kind === 'nobody' ? unauthenticated() : noSuchRecord()
}

/**
 * The same for a list, which is empty for whoever meets no rule: undefined.
 *
 * @throws CardeaError `forbidden` where the rule is locked, `unauthenticated`.
 */
export function listRule(collection: AnyCollection, operation: RuleOperation, asker: Asker): MetRule | undefined {
  const outcome = ruleFor(collection, operation, asker)
  if (outcome.kind !== 'none') return outcome
  if (asker.kind === 'nobody') throw unauthenticated()
  if (outcome.why === 'unmet') return undefined
  throw outOfRule()
}

/**
 * The same for what is to be made.
 *
 * @throws CardeaError `forbidden`, `unauthenticated`.
 */
export function requireCreateRule(collection: AnyCollection, asker: Asker): MetRule {
  const outcome = ruleFor(collection, 'create', asker)
  if (outcome.kind !== 'none') return outcome
  throw asker.kind === 'nobody' ? unauthenticated() : outOfRule()
}

/** What a statement has to ask of a record beside its id; undefined for nothing. */
export const conditionOf = (rule: MetRule): Condition | undefined => (rule.kind === 'all' ? undefined : rule.where)

/** Whether a rule is met by a record that is in memory, with the answer that SQL would give. */
export function meets(rule: MetRule, row: CollectionRow): boolean {
  if (rule.kind === 'all') return true
  const isTrue = compileCondition(rule.where)(
    (field) => row[field],
    () => undefined,
  )
  return isTrue === true
}

/** Whether whoever asks may see a record that is in memory. */
export function maySee(collection: AnyCollection, asker: Asker, row: CollectionRow): boolean {
  const outcome = ruleFor(collection, 'view', asker)
  return outcome.kind !== 'none' && meets(outcome, row)
}

export const outOfRule = (): CardeaError =>
  new CardeaError('forbidden', 'The rules of the collection do not allow this.')

const unauthenticated = (): CardeaError => new CardeaError('unauthenticated', 'Sign in first.')
