import type { ErrorIssue } from '@cardea/core'
import { validate } from '@cardea/core/options'
import type { Fields } from '../field/field.js'
import { isKeyed } from '../field/keys.js'
import { patternCost } from '../field/pattern-cost.js'
import { readRules } from '../rules/read-rules.js'
import { isPlainObject } from '../value/plain-object.js'
import { maxKeyBytes } from '../value/text.js'
import { sizes } from '../value/value-schema.js'
import { readAuthSettings } from './auth-spelling.js'
import type { AnyCollection } from './collection.js'
import { type CheckedDefinition, definitionSchema } from './definition-schema.js'
import { type FieldPlaces, readFields } from './field-list.js'
import { refuseCollectionName, usersName } from './names.js'
import { readSignInRule } from './read-sign-in-rule.js'
import { defineStored } from './stored-definition.js'

/** A checked definition, or every place where it is wrong. */
export type ParsedDefinition =
  | {
      readonly valid: true
      readonly collection: AnyCollection
      /** Where a field stood in the input, such as `schema.fields.0`. */
      readonly placeOf: (field: string) => string
    }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

const members = new Set(['name', 'type', 'schema', 'fields', 'auth', 'rules', 'table'])

/** Stands in for a name that was refused, so that the rest is checked as well. */
const anyName = 'collection'

/**
 * Checks the definition of a collection that came as JSON, by the same rules as `defineCollection`.
 *
 * Fields come by name, as in code (`fields: { company: { type: 'text' } }`), or as a list, in `fields`, `schema` or
 * `schema.fields`. Instead of `optional`, a field may say `required`. A field of a list that says neither is optional, as
 * clients of FastCMS expect; one that stands by its name is required, as in code.
 *
 * @returns The collection, or the issues with their places in the input as it was sent.
 */
export function parseDefinition(input: unknown): ParsedDefinition {
  if (!isPlainObject(input)) {
    return { valid: false, issues: [{ path: '', code: 'invalid_type', message: 'must be an object' }] }
  }
  const unknown = Object.keys(input).filter((member) => !members.has(member))
  const name = own(input, 'name')
  const fields = readFields(own(input, 'schema'), own(input, 'fields'))
  const auth = readAuthSettings(own(input, 'auth'))
  const definition = {
    type: own(input, 'type'),
    ...(fields.value === undefined ? {} : { fields: fields.value }),
    ...(auth.value === undefined ? {} : { auth: auth.value }),
    ...(own(input, 'rules') === undefined ? {} : { rules: own(input, 'rules') }),
    ...(own(input, 'table') === undefined ? {} : { table: own(input, 'table') }),
  }
  const nameIssues = checkName(name)
  const ownName = nameIssues.length === 0 && typeof name === 'string' ? name : anyName
  const checked = validate(definitionSchema(ownName, definition), definition)
  const issues = [
    ...nameIssues,
    ...fields.issues,
    ...auth.issues,
    ...(checked.valid ? [] : checked.issues.map((issue) => inPlace(issue, fields.places, auth.places))),
    ...unknown.map((path) => ({ path, code: 'unknown_field', message: 'is not a known field' })),
  ]
  if (!checked.valid || issues.length > 0) return { valid: false, issues }
  const { byName, whole: place } = fields.places
  const placeOf = (field: string): string => byName.get(field) ?? `${place}.${field}`
  const { type, fields: checkedFields, auth: checkedAuth, table } = checked.value
  const wrong = [...slowPatterns(checkedFields, placeOf), ...unfitRule(checked.value, auth.places)]
  const rules = readRules(own(input, 'rules') ?? {}, {
    type,
    fields: checkedFields,
    complain: (place, message) => {
      wrong.push({ path: ['rules', ...place].join('.'), code: 'invalid', message })
    },
  })
  if (wrong.length > 0) return { valid: false, issues: wrong }
  const whole = {
    type,
    fields: { ...checkedFields },
    ...(checkedAuth === null ? {} : { auth: checkedAuth }),
    rules,
    ...(table === null ? {} : { table }),
  }
  return { valid: true, collection: defineStored(ownName, whole), placeOf }
}

/** A rule that compares what there is not. */
function unfitRule({ auth, fields }: CheckedDefinition, settings: ReadonlyMap<string, string>): readonly ErrorIssue[] {
  const read = readSignInRule(auth?.signIn?.rule ?? true, fields)
  if (read.valid) return []
  const place = `auth.${settings.get('signIn.rule') ?? 'signIn.rule'}`
  return read.issues.map((issue) => ({ ...issue, path: issue.path === '' ? place : `${place}.${issue.path}` }))
}

/**
 * What matching a record against all patterns of a definition may cost at most, in steps: some tenths of a second. A
 * pattern in code is its author's business; one that came over the network must not let who may define collections stall
 * every node.
 */
const maximumPatternCost = 30_000_000

function slowPatterns(fields: Fields, placeOf: (field: string) => string): ErrorIssue[] {
  let left = maximumPatternCost
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.type !== 'text' || field.pattern === undefined) return []
    const longest = field.max ?? (isKeyed(field) ? maxKeyBytes : sizes.text.default)
    const cost = patternCost(field.pattern, longest)
    if (cost <= left) {
      left -= cost
      return []
    }
    const message = `could take too long on ${longest} characters: give the field a smaller max or the pattern fewer repetitions`
    return [{ path: `${placeOf(name)}.pattern`, code: 'invalid', message }]
  })
}

const own = (input: Readonly<Record<string, unknown>>, member: string): unknown =>
  Object.hasOwn(input, member) ? input[member] : undefined

function checkName(name: unknown): readonly ErrorIssue[] {
  if (name === undefined) return [{ path: 'name', code: 'required', message: 'is required' }]
  if (typeof name !== 'string') return [{ path: 'name', code: 'invalid_type', message: 'must be of type string' }]
  const refusal = name === usersName ? 'is a reserved name' : refuseCollectionName(name)
  return refusal === undefined ? [] : [{ path: 'name', code: 'invalid', message: refusal }]
}

/** An issue of the checked form, with its place in the form that was sent. */
function inPlace(issue: ErrorIssue, places: FieldPlaces, settings: ReadonlyMap<string, string>): ErrorIssue {
  const [, setting = '', inside = ''] = /^auth\.([^.]+\.[^.]+|[^.]+)(.*)$/.exec(issue.path) ?? []
  const spelled = settings.get(setting)
  if (spelled !== undefined) return { ...issue, path: `auth.${spelled}${inside}` }
  const [, name, rest = '.name'] = /^fields\.([a-z0-9_]+)(\..+)?$/.exec(issue.path) ?? []
  const place = name === undefined ? undefined : places.byName.get(name)
  // What is said of a whole field of a list is said of its name: types were checked before.
  if (place !== undefined) return { ...issue, path: `${place}${rest}` }
  return /^fields(\.|$)/.test(issue.path) ? { ...issue, path: `${places.whole}${issue.path.slice(6)}` } : issue
}
