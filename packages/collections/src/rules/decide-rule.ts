import { type Condition, eq, or } from '@cardea/core'
import type { AnyCollection } from '../definition/collection.js'
import type { RecordOperation } from '../definition/permissions.js'
import { checkRules } from './check-rules.js'
import { alternativesOf, type RuleOperation, type SingleRule } from './rule.js'

/** Who asks for records: an active principal, by a session or an API key. */
export interface RecordCaller {
  /** The collection of the principal. */
  readonly collection: string
  /** The id of its record there. */
  readonly recordId: string
  /** Whether it is an API key with scopes: that may what they name, and is not its owner. */
  readonly scoped: boolean
  readonly can: (permission: string) => boolean
}

/** Which records somebody may do something with. */
export type RuleOutcome =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'some'
      /** Holds for a record that it may be done with; of a new or changed one, as it is afterwards. */
      readonly where: Condition
      /** What a new record holds where its input leaves a field out. */
      readonly fill?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'none'; readonly why: 'locked' | 'unauthenticated' | 'unmet' }

/** The permission whose holders may do something with any record. */
const permitted: Readonly<Record<RuleOperation, RecordOperation>> = {
  list: 'read',
  view: 'read',
  create: 'create',
  update: 'update',
  delete: 'delete',
}

const all: RuleOutcome = Object.freeze({ kind: 'all' })
const locked: RuleOutcome = Object.freeze({ kind: 'none', why: 'locked' })
const unauthenticated: RuleOutcome = Object.freeze({ kind: 'none', why: 'unauthenticated' })
const unmet: RuleOutcome = Object.freeze({ kind: 'none', why: 'unmet' })

/**
 * Decides what the rule of an operation lets somebody do: with all records, with those that meet a condition, or with none.
 *
 * Rules only ever open: whoever holds the collection's permission for the operation may do it whatever the rule is. A rule that
 * is wrong opens nothing.
 *
 * @param caller Who asks; undefined for somebody who is not signed in.
 */
export function decideRule(
  collection: AnyCollection,
  operation: RuleOperation,
  caller: RecordCaller | undefined,
): RuleOutcome {
  const rules = alternativesOf(checkRules(collection).rules[operation])
  if (rules.includes('public')) return all
  if (caller === undefined) return unauthenticated
  if (caller.can(`${collection.name}:${permitted[operation]}`)) return all
  if (rules.every((rule) => rule === 'locked')) return locked
  const met = rules.map((rule) => meet(rule, collection, caller))
  if (met.includes(true)) return all
  const own = met.filter((each) => typeof each === 'object')
  const [first, ...others] = own
  if (first === undefined) return unmet
  const conditions = own.map(({ field, value }) => eq(field, value))
  return {
    kind: 'some',
    where: others.length === 0 ? eq(first.field, first.value) : or(...conditions),
    // A new record that says nothing of whom it belongs to is who asks's by the first rule; it need not be by the others.
    ...(operation === 'create' ? { fill: { [first.field]: first.value } } : {}),
  }
}

/** A field that has to hold a value. */
interface Own {
  readonly field: string
  readonly value: string
}

/** Whether somebody meets a rule, or what a record must hold for which it does. */
function meet(rule: SingleRule, collection: AnyCollection, caller: RecordCaller): boolean | Own {
  if (typeof rule === 'string' && rule.includes(':')) return caller.can(rule)
  if (caller.scoped || rule === 'locked') return false
  if (rule === 'authenticated') return true
  if (rule === 'self') return caller.collection === collection.name && { field: 'id', value: caller.recordId }
  if (typeof rule !== 'object') return false
  if ('authenticated' in rule) return rule.authenticated.includes(caller.collection)
  const field = collection.fields[rule.owner]
  const isOf = field?.type === 'relation' && field.collection === caller.collection
  return isOf && { field: rule.owner, value: caller.recordId }
}
