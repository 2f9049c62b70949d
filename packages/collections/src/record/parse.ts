import { type ErrorIssue, normalizeEmail } from '@cardea/core'
import { validate } from '@cardea/core/options'
import type { AnyCollection, AuthCollection } from '../definition/collection.js'
import type { ColumnValue } from '../value/column-value.js'
import { compileCollection } from './compile.js'

declare const checked: unique symbol

/** Checked values of all fields of a new record, as columns hold them. Only the parsers of this package make them. */
export interface NewValues {
  readonly [checked]: 'new'
  readonly [field: string]: ColumnValue
}

/** Checked values of some fields, as columns hold them. Only the parsers of this package make them. */
export interface PatchValues {
  readonly [checked]: 'patch'
  readonly [field: string]: ColumnValue
}

/** A checked input, or every place where it is wrong. */
export type Parsed<Values> =
  | { readonly valid: true; readonly values: Values }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** A checked registration, or every place where it is wrong. */
export type ParsedRegistration =
  | { readonly valid: true; readonly email: string; readonly password: string; readonly values: NewValues }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** A checked account: as a registration, but that it may be without a password. */
export type ParsedAccount =
  | { readonly valid: true; readonly email: string; readonly password: string | undefined; readonly values: NewValues }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

/** Whose input it is. */
export interface ParseOptions {
  /**
   * Whether fields that clients do not set are taken: for values of the app's own. Without it hidden ones are unknown fields,
   * because a client must not learn that they exist, and of readonly ones it is said that they are. Default false.
   */
  readonly byApp?: boolean
  /** What the server puts into fields that the input leaves out, also into those that clients do not set: who made a record, say. */
  readonly fill?: Readonly<Record<string, string>> | undefined
}

/**
 * Checks the fields of a new record and fills in what is left out: defaults, and null for optional fields.
 *
 * Whatever is not a field of the collection is refused by name with the code `unknown_field`: `id`, `email`, `verified`,
 * `role` and everything else that the server owns. Only own members count; `__proto__` is a name like any other.
 */
export function parseNew(collection: AnyCollection, input: unknown, options: ParseOptions = {}): Parsed<NewValues> {
  const members = ownMembers(input)
  return members === undefined ? noObject : checkMembers(collection, 'create', members, options)
}

/**
 * Checks a change of a record. Only the fields that it names are in the values; null takes an optional one away.
 *
 * Unknown fields are refused as by {@link parseNew}.
 */
export function parsePatch(collection: AnyCollection, input: unknown, options: ParseOptions = {}): Parsed<PatchValues> {
  const members = ownMembers(input)
  return members === undefined ? noObject : checkMembers(collection, 'patch', members, options)
}

/**
 * Checks what a stranger sends to make an account: the e-mail address, the password and the fields, strict as
 * {@link parseNew}. Of the password nothing is asked here but that it is a text.
 */
export function parseRegistration(collection: AuthCollection, input: unknown): ParsedRegistration {
  const parsed = parseAccount(collection, input, { needsPassword: true })
  // With a password that is needed, what is valid has one; the rest is for the compiler.
  if (!parsed.valid || parsed.password === undefined) return parsed.valid ? noObject : parsed
  return { ...parsed, password: parsed.password }
}

/** Checks what somebody sends to make an account for somebody else, as {@link parseRegistration} does. */
export function parseAccount(
  collection: AuthCollection,
  input: unknown,
  { needsPassword = false, ...options }: ParseOptions & { readonly needsPassword?: boolean } = {},
): ParsedAccount {
  const members = ownMembers(input)
  if (members === undefined) return noObject
  const { email, password } = members
  delete members['email']
  delete members['password']
  const hasPassword = needsPassword || password !== undefined
  const issues = [...checkEmail(email), ...(hasPassword ? checkText('password', password) : [])]
  const fields = checkMembers<NewValues>(collection, 'create', members, options)
  if (!fields.valid) return { valid: false, issues: [...issues, ...fields.issues] }
  // Without issues they are texts; the check of their types is for the compiler.
  if (issues.length > 0 || typeof email !== 'string') return { valid: false, issues }
  return { valid: true, email, password: typeof password === 'string' ? password : undefined, values: fields.values }
}

function checkMembers<Values extends NewValues | PatchValues>(
  collection: AnyCollection,
  mode: 'create' | 'patch',
  members: Record<string, unknown>,
  { byApp = false, fill = {} }: ParseOptions,
): Parsed<Values> {
  const { fields, [mode]: schema } = compileCollection(collection)
  const issues: ErrorIssue[] = []
  const names = Object.keys(members)
  for (const name of names) {
    const field = fields.get(name)
    if (byApp || (field?.hidden !== true && field?.readonly !== true)) continue
    const message = field.hidden === true ? unknownName : 'is read-only: only the app sets it'
    issues.push({ path: name, code: 'unknown_field', message })
    delete members[name]
  }
  for (const [name, value] of Object.entries(fill)) {
    // Null is not left out: somebody has said that there is to be nobody.
    if (!Object.hasOwn(members, name)) members[name] = value
  }
  const result = validate(schema, members)
  if (!result.valid) {
    // Names that are not known come last, as they were sent: by its place a hidden field would be told from none.
    const placeOf = ({ path, message }: ErrorIssue): number => (message === unknownName ? names.indexOf(path) : -1)
    return { valid: false, issues: [...issues, ...result.issues].sort((one, other) => placeOf(one) - placeOf(other)) }
  }
  if (issues.length > 0) return { valid: false, issues }
  // The brand says that the value comes from here.
  return { valid: true, values: Object.freeze(result.value) as unknown as Values }
}

/** As {@link validate} says it. */
const unknownName = 'is not a known field'

/**
 * The own members of an object, but those that are undefined, in an object without a prototype: what somebody put on
 * `Object.prototype` is not in it.
 */
function ownMembers(input: unknown): Record<string, unknown> | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined
  const prototype: unknown = Object.getPrototypeOf(input)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  const members = Object.create(null) as Record<string, unknown>
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) members[name] = value
  }
  return members
}

const noObject = Object.freeze({
  valid: false,
  issues: Object.freeze([{ path: '', code: 'invalid_type', message: 'must be an object' }]),
} as const)

function checkText(path: string, value: unknown): readonly ErrorIssue[] {
  if (typeof value === 'string') return []
  return value === undefined
    ? [{ path, code: 'required', message: 'is required' }]
    : [{ path, code: 'invalid_type', message: 'must be of type string' }]
}

function checkEmail(value: unknown): readonly ErrorIssue[] {
  if (typeof value !== 'string' || normalizeEmail(value) !== undefined) return checkText('email', value)
  return [{ path: 'email', code: 'invalid_format', message: 'must be an e-mail address' }]
}
