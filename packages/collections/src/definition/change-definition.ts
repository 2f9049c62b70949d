import type { ErrorIssue } from '@cardea/core'
import type { AnyField, Fields } from '../field/field.js'
import { ownersInRules, rulesWithRenames } from '../rules/references.js'
import { isPlainObject } from '../value/plain-object.js'
import { readAuthSettings } from './auth-spelling.js'
import { type AnyCollection, isAuthCollection } from './collection.js'
import { definitionOf } from './definition-of.js'
import { parseDefinition } from './parse-definition.js'
import { signInRuleWithRenames } from './read-sign-in-rule.js'
import { type FieldRename, formerNameOf, newNameOf, readRenames, withRenames } from './rename-fields.js'

/** How a field differs from what it was. */
export interface FieldChange {
  /** As it is called afterwards. */
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
  readonly renamed: readonly FieldRename[]
  /** Where a field stood in the input, such as `fields.0`. */
  readonly placeOf: (field: string) => string
}

export type ParsedChange =
  | ({ readonly valid: true } & DefinitionChange)
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

const members = new Set(['schema', 'fields', 'drop', 'rename', 'auth', 'rules'])

/**
 * Checks a change of a collection's definition that came as JSON. Fields that are named take the place of those of the same
 * name or come on top; all others stay, unless `drop` names them. Settings of `auth` are changed one by one, `identifiers` as a
 * whole; an identifier that is dropped is none any more. Rules are changed operation by operation. `rename` gives fields other
 * names, by which the rest of the change calls them: they keep their place, and stay what they are.
 *
 * @returns The collection as it would be, in the same table, or the issues with their places in the input.
 */
export function parseChange(current: AnyCollection, input: unknown): ParsedChange {
  if (!isPlainObject(input)) return invalid([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  const unknown = Object.keys(input).filter((member) => !members.has(member))
  const { drop, rename, auth, rules, ...given } = input
  const named = parseDefinition({ ...pick(given, members), name: current.name, type: current.type })
  const dropped = readDrop(current, drop)
  const { renames, issues: wrongNames } = readRenames(current, rename, dropped.names)
  const issues = [
    ...(named.valid ? [] : named.issues),
    ...dropped.issues,
    ...wrongNames,
    ...unknown.map((path) => ({ path, code: 'unknown_field', message: 'is not a known field' })),
  ]
  if (!named.valid || issues.length > 0) return invalid(issues)
  const { fields } = named.collection
  const before = withRenames(current.fields, renames)
  const leaving = { dropped: dropped.names, renames }
  const wrong = [...refusals(before, fields, leaving, named.placeOf), ...namedByRules(current, rules, dropped.names)]
  if (wrong.length > 0) return invalid(wrong)

  const kept = Object.entries(before).filter(([name]) => !dropped.names.includes(name))
  const settings = mergedSettings(current, auth, leaving)
  const whole = parseDefinition({
    name: current.name,
    type: current.type,
    fields: { ...Object.fromEntries(kept), ...fields },
    ...(settings === undefined ? {} : { auth: settings }),
    rules: mergedRules(current, rules, renames),
    ...(current.table === null ? {} : { table: current.table }),
  })
  if (!whole.valid) return invalid(whole.issues.map((issue) => ofRename(issue, renames, auth)))
  const { collection } = whole
  const placeOf = (field: string): string => {
    const former = formerNameOf(field, renames)
    return former === field || Object.hasOwn(fields, field) ? named.placeOf(field) : `rename.${former}`
  }
  return {
    valid: true,
    collection,
    added: Object.keys(fields).filter((name) => !Object.hasOwn(before, name)),
    changed: changes(before, collection.fields),
    dropped: dropped.names,
    renamed: renames,
    placeOf,
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

/** Fields whose names are free after a change. */
interface Leaving {
  readonly dropped: readonly string[]
  readonly renames: readonly FieldRename[]
}

/** What no change of a field can be: that would be another field. */
function* refusals(
  fieldsBefore: Fields,
  fields: Fields,
  { dropped, renames }: Leaving,
  placeOf: (field: string) => string,
): Generator<ErrorIssue> {
  for (const [name, field] of Object.entries(fields)) {
    if (newNameOf(name, renames) !== name) {
      const message = 'is renamed by the same change: call it by its new name, or add the other field afterwards'
      yield { path: placeOf(name), code: 'conflict', message }
      continue
    }
    const before = Object.hasOwn(fieldsBefore, name) ? fieldsBefore[name] : undefined
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

/** Rules that are not said stay, and call fields by their new names; null is `locked`. */
function mergedRules(current: AnyCollection, rules: unknown, renames: readonly FieldRename[]): unknown {
  const stood = rulesWithRenames(current.rules, (field) => newNameOf(field, renames))
  return rules === undefined || isPlainObject(rules) ? { ...stood, ...rules } : rules
}

/** An identifier whose new name is none for one is refused where it was renamed, unless the list came with the change. */
function ofRename(issue: ErrorIssue, renames: readonly FieldRename[], auth: unknown): ErrorIssue {
  const [first] = renames
  const isKept = first !== undefined && issue.path.startsWith('auth.identifiers') && auth === undefined
  return isKept ? { ...issue, path: renames.length === 1 ? `rename.${first.from}` : 'rename' } : issue
}

function mergedSettings(current: AnyCollection, auth: unknown, { dropped, renames }: Leaving): unknown {
  const before: Readonly<Record<string, unknown>> = isAuthCollection(current) ? { ...current.auth } : {}
  const merged: Record<string, unknown> = { ...before }
  const identifiers = before['identifiers']
  if (Array.isArray(identifiers)) {
    const left = identifiers.map(String).filter((name) => !dropped.includes(name))
    merged['identifiers'] = left.map((name) => newNameOf(name, renames))
  }
  const signIn = before['signIn']
  if (isPlainObject(signIn)) {
    merged['signIn'] = { ...signIn, rule: signInRuleWithRenames(signIn['rule'], (field) => newNameOf(field, renames)) }
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
