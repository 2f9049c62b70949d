import {
  and,
  type Condition,
  compileCondition,
  contains,
  databaseNow,
  type ErrorIssue,
  isNull,
  not,
  type Operand,
  oneOf,
  or,
  type Ternary,
} from '@cardea/core'
import { type ComparedKind, comparedKinds } from '../field/comparable.js'
import type { AnyField, Fields } from '../field/field.js'
import type { CollectionRow } from '../record/present.js'
import { parseInstant } from '../value/instant.js'
import { isPlainObject } from '../value/plain-object.js'
import { isStorableText } from '../value/text.js'
import type { AuthCollection } from './collection.js'
import type { SignInRule, SystemFieldName } from './sign-in-rule.js'

/** A rule that was read, or what is wrong with it, by places inside of it. */
export type ReadSignInRule =
  | { readonly valid: true; readonly condition: Condition }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** Of one rule. */
const mostComparisons = 20
const mostValues = 100
const longestText = 1_000
const longestName = 64

const systemKinds: ReadonlyMap<string, ComparedKind> = new Map<SystemFieldName, ComparedKind>([
  ['id', 'text'],
  ['email', 'text'],
  ['verified', 'boolean'],
  ['created_at', 'instant'],
  ['updated_at', 'instant'],
])

/** Checks a rule against the fields of a collection whose records sign in. */
export function readSignInRule(rule: unknown, fields: Fields): ReadSignInRule {
  if (rule === true) return { valid: true, condition: and() }
  if (rule === false || rule === null) return { valid: true, condition: or() }
  const issues: ErrorIssue[] = []
  let comparisons = 0
  const entriesOf = (value: unknown, path: string, what: string): readonly [string, unknown][] => {
    const entries = isPlainObject(value) ? Object.entries(value).filter(([, said]) => said !== undefined) : []
    // Nothing to compare would let everybody in, which `true` says plainly.
    if (entries.length === 0) issues.push({ path, code: 'invalid_type', message: `must be ${what}` })
    return entries
  }
  const conditionOf = (conditions: unknown, place: readonly string[]): Condition =>
    and(
      ...entriesOf(conditions, place.join('.'), 'true, false or comparisons by field').flatMap(([name, compared]) => {
        const path = [...place, name.slice(0, longestName)].join('.')
        const field = fields[name]
        const kind = systemKinds.get(name) ?? (field && comparedKinds[field.type])
        if (kind === undefined) {
          issues.push({ path, code: 'unknown_field', message: 'names no field that can be compared' })
          return []
        }
        return entriesOf(compared, path, 'an object of comparisons').flatMap(([operator, value]) => {
          comparisons += 1
          const condition = compare({ name, kind, field }, operator, value)
          if (typeof condition !== 'string') return condition
          issues.push({ path: `${path}.${operator.slice(0, longestName)}`, code: 'invalid_value', message: condition })
          return []
        })
      }),
    )
  // A list of none lets nobody in, which `false` says plainly.
  const condition =
    Array.isArray(rule) && rule.length > 0
      ? or(...rule.map((each: unknown, index) => conditionOf(each, [String(index)])))
      : conditionOf(rule, [])
  if (comparisons > mostComparisons) {
    issues.push({ path: '', code: 'too_long', message: `must be at most ${mostComparisons} comparisons` })
  }
  return issues.length > 0 ? { valid: false, issues } : { valid: true, condition }
}

/** The same rule, where fields have other names. What is no rule stays as it is. */
export function signInRuleWithRenames(rule: unknown, newName: (field: string) => string): unknown {
  if (Array.isArray(rule)) return rule.map((each) => signInRuleWithRenames(each, newName))
  if (!isPlainObject(rule)) return rule
  return Object.fromEntries(Object.entries(rule).map(([field, compared]) => [newName(field), compared]))
}

interface Compared {
  readonly name: string
  readonly kind: ComparedKind
  readonly field: AnyField | undefined
}

/** @returns What is wrong where it cannot be compared so. */
function compare({ name, kind, field }: Compared, operator: string, given: unknown): Condition | string {
  if (operator === 'null' && typeof given === 'boolean') return given ? isNull(name) : not(isNull(name))
  if (operator === 'null') return 'must be true or false'
  const isList = operator === 'in'
  if (isList && !(Array.isArray(given) && given.length > 0 && given.length <= mostValues)) {
    return `must be a list of 1 to ${mostValues} values`
  }
  const values: Operand[] = []
  for (const each of isList ? (given as readonly unknown[]) : [given]) {
    const value = readValue(kind, each)
    if (value === undefined) {
      return kind === 'instant' ? 'must be an instant such as 2026-11-27T06:00:00Z, or now' : `must be a ${kind}`
    }
    if (field?.type === 'select' && operator !== 'contains' && !(field.options as readonly unknown[]).includes(value)) {
      return 'must be one of the values of the field'
    }
    values.push(value)
  }
  const [value = null] = values
  switch (operator) {
    case 'in':
      return oneOf(name, values)
    case 'eq':
      return { op: operator, field: name, value }
    case 'ne':
      // To whoever compares, an empty field is another than the value.
      return or({ op: operator, field: name, value }, isNull(name))
    case 'contains':
      if (kind === 'text') return contains(name, value)
      break
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      if (kind !== 'boolean') return { op: operator, field: name, value }
  }
  return 'is no operator of the field'
}

function readValue(kind: ComparedKind, value: unknown): Operand | undefined {
  if (kind === 'instant') {
    if (value === 'now') return databaseNow()
    return typeof value === 'string' ? parseInstant(value) : undefined
  }
  if (kind === 'text') {
    return typeof value === 'string' && value.length <= longestText && isStorableText(value) ? value : undefined
  }
  if (kind === 'boolean') return typeof value === 'boolean' ? value : undefined
  // No column holds a negative zero.
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined
}

type Judge = (record: CollectionRow, now: number) => Ternary

const nobody: Judge = () => false
// A rule that was stored apart from the definition stays the same object while the definition changes.
const judges = new WeakMap<object, WeakMap<Fields, Judge>>()

/**
 * Whether a rule lets somebody in. One that cannot be understood, such as one that was stored and names a field that there is no
 * more, lets nobody in.
 *
 * @param now In milliseconds, for what is compared with `now`.
 */
export function meetsSignInRule(
  { fields }: AuthCollection,
  rule: SignInRule,
  record: CollectionRow,
  now: number,
): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === true
  const known = judges.get(rule) ?? new WeakMap<Fields, Judge>()
  judges.set(rule, known)
  let judge = known.get(fields)
  if (judge === undefined) {
    judge = judgeOf(rule, fields)
    known.set(fields, judge)
  }
  return judge(record, now) === true
}

function judgeOf(rule: SignInRule, fields: Fields): Judge {
  const read = readSignInRule(rule, fields)
  if (!read.valid) return nobody
  const holds = compileCondition(read.condition)
  return (record, now) =>
    holds(
      (field) => record[field],
      () => now,
    )
}
