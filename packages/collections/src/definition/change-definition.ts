import type { ErrorIssue } from '@cardea/core'
import type { AnyField, Fields } from '../field/field.js'
import { ownersInRules } from '../rules/references.js'
import { isPlainObject } from '../value/plain-object.js'
import { readAuthSettings } from './auth-spelling.js'
import { type AnyCollection, isAuthCollection } from './collection.js'
import { definitionOf } from './definition-of.js'
import { parseDefinition } from './parse-definition.js'

/** How a field differs from what it was. */
export interface FieldChange {
  readonly name: string
  readonly before: AnyField
  readonly after: AnyField
}

/** A definition after a change, and what the change is. */
export interface DefinitionChange {
  readonly collection: AnyCollection
  readonly added: readonly string[]
  readonly changed: readonly FieldChange[]
  readonly dropped: readonly string[]
  /** Where a field stood in the input, such as `fields.0`. */
  readonly placeOf: (field: string) => string
}

export type ParsedChange =
  | ({ readonly valid: true } & DefinitionChange)
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

const members = new Set(['schema', 'fields', 'drop', 'auth', 'rules'])

/**
 * Checks a change of a collection's definition that came as JSON. Fields that are named take the place of those of the same
 * name or come on top; all others stay, unless `drop` names them. Settings of `auth` are changed one by one, `identifiers` as a
 * whole; an identifier that is dropped is none any more. Rules are changed operation by operation.
 *
 * @returns The collection as it would be, in the same table, or the issues with their places in the input.
 */
export function parseChange(current: AnyCollection, input: unknown): ParsedChange {
  if (!isPlainObject(input)) return invalid([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  const unknown = Object.keys(input).filter((member) => !members.has(member))
  const { drop, auth, rules, ...given } = input
  const named = parseDefinition({ ...pick(given, members), name: current.name, type: current.type })
  const dropped = readDrop(current, drop)
  const issues = [
    ...(named.valid ? [] : named.issues),
    ...dropped.issues,
    ...unknown.map((path) => ({ path, code: 'unknown_field', message: 'is not a known field' })),
  ]
  if (!named.valid || issues.length > 0) return invalid(issues)
  const { fields } = named.collection
  const wrong = [
    ...refusals(current, fields, dropped.names, named.placeOf),
    ...namedByRules(current, rules, dropped.names),
  ]
  if (wrong.length > 0) return invalid(wrong)

  const kept = Object.entries(current.fields).filter(([name]) => !dropped.names.includes(name))
  const settings = mergedSettings(current, auth, dropped.names)
  const whole = parseDefinition({
    name: current.name,
    type: current.type,
    fields: { ...Object.fromEntries(kept), ...fields },
    ...(settings === undefined ? {} : { auth: settings }),
    rules: mergedRules(current, rules),
    ...(current.table === null ? {} : { table: current.table }),
  })
  if (!whole.valid) return invalid(whole.issues)
  const { collection } = whole
  return {
    valid: true,
    collection,
    added: Object.keys(fields).filter((name) => !Object.hasOwn(current.fields, name)),
    changed: changes(current.fields, collection.fields),
    dropped: dropped.names,
    placeOf: named.placeOf,
  }
}

/** Whether two definitions say the same. */
export const sameDefinition = (left: AnyCollection, right: AnyCollection): boolean => {
  const canonical = (collection: AnyCollection): string => JSON.stringify(sorted(definitionOf(collection)))
  return canonical(left) === canonical(right)
}

const invalid = (issues: readonly ErrorIssue[]): ParsedChange => ({ valid: false, issues })

/** Only fields are read here; what else there is has its own place. */
const pick = (input: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([member]) => known.has(member)))

interface ReadDrop {
  readonly names: readonly string[]
  readonly issues: readonly ErrorIssue[]
}

function readDrop(current: AnyCollection, drop: unknown): ReadDrop {
  if (drop === undefined) return { names: [], issues: [] }
  if (!Array.isArray(drop)) {
    return { names: [], issues: [{ path: 'drop', code: 'invalid_type', message: 'must be a list of fields' }] }
  }
  const issues: ErrorIssue[] = []
  const names = new Set<string>()
  for (const [index, name] of drop.entries()) {
    const path = `drop.${index}`
    if (typeof name !== 'string') issues.push({ path, code: 'invalid_type', message: 'must be of type string' })
    else if (names.has(name)) issues.push({ path, code: 'duplicate', message: 'is named twice' })
    else if (!Object.hasOwn(current.fields, name)) {
      issues.push({ path, code: 'not_found', message: 'must be a field of the collection' })
    } else names.add(name)
  }
  return { names: [...names], issues }
}

/** What no change of a field can be: that would be another field. */
function* refusals(
  current: AnyCollection,
  fields: Fields,
  dropped: readonly string[],
  placeOf: (field: string) => string,
): Generator<ErrorIssue> {
  for (const [name, field] of Object.entries(fields)) {
    const before = Object.hasOwn(current.fields, name) ? current.fields[name] : undefined
    if (before === undefined) continue
    const message = 'cannot change: drop the field, and add another one afterwards'
    if (dropped.includes(name)) {
      yield { path: placeOf(name), code: 'conflict', message: 'is dropped by the same change' }
    } else if (before.type !== field.type) {
      yield { path: `${placeOf(name)}.type`, code: 'invalid', message }
    } else if (before.type === 'relation' && field.type === 'relation' && before.collection !== field.collection) {
      yield { path: `${placeOf(name)}.collection`, code: 'invalid', message }
    }
  }
}

/** Fields that are dropped although a rule that stays says by them whom a record belongs to. */
function namedByRules(current: AnyCollection, rules: unknown, dropped: readonly string[]): readonly ErrorIssue[] {
  const kept = ownersInRules(current).filter(
    ({ operation }) => !isPlainObject(rules) || !Object.hasOwn(rules, operation),
  )
  return dropped.flatMap((name, index) => {
    const naming = kept.filter(({ field }) => field === name).map(({ operation }) => `rules.${operation}`)
    if (naming.length === 0) return []
    const message = `is named by ${naming.join(' and ')}: change that in the same request`
    return [{ path: `drop.${index}`, code: 'conflict', message }]
  })
}

/** Rules that are not said stay; null is `locked`. */
const mergedRules = ({ rules: stood }: AnyCollection, rules: unknown): unknown =>
  rules === undefined || isPlainObject(rules) ? { ...stood, ...rules } : rules

function mergedSettings(current: AnyCollection, auth: unknown, dropped: readonly string[]): unknown {
  const before: Readonly<Record<string, unknown>> = isAuthCollection(current) ? { ...current.auth } : {}
  const merged: Record<string, unknown> = { ...before }
  const identifiers = before['identifiers']
  if (Array.isArray(identifiers)) {
    const left: readonly unknown[] = identifiers.filter((name) => !dropped.includes(String(name)))
    merged['identifiers'] = left
  }
  if (auth === undefined) return isAuthCollection(current) ? merged : undefined
  // The settings are read where the whole is checked, so those that stand are brought to the names of code first.
  const { value } = readAuthSettings(auth)
  if (!isPlainObject(value)) return auth
  for (const [name, setting] of Object.entries(value)) {
    const stood = merged[name]
    merged[name] = isPlainObject(setting) && isPlainObject(stood) ? { ...stood, ...setting } : setting
  }
  return merged
}

function changes(before: Fields, after: Fields): readonly FieldChange[] {
  return Object.entries(after).flatMap(([name, field]) => {
    const stood = Object.hasOwn(before, name) ? before[name] : undefined
    const isSame = stood === undefined || JSON.stringify(sorted(stood)) === JSON.stringify(sorted(field))
    return isSame ? [] : [{ name, before: stood, after: field }]
  })
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isPlainObject(value)) return value
  return Object.entries(value)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)])
}
