import type { ErrorIssue } from '@cardea/core'
import { fieldTypes } from '../field/field-schema.js'
import { isPlainObject } from '../value/plain-object.js'
import { isName, maxFields, nameGrammar } from './names.js'

/** Where the fields of a definition stand in what was sent. */
export interface FieldPlaces {
  /** All of them. */
  readonly whole: string
  /** Those of a list, by name; those that stand by their names are below the whole. */
  readonly byName: ReadonlyMap<string, string>
}

/** Fields by name, as the schema of definitions takes them, and what was wrong before that. */
export interface ReadFields {
  readonly value: unknown
  readonly places: FieldPlaces
  readonly issues: readonly ErrorIssue[]
}

/** Finds the fields of a definition in whichever form they came. */
export function readFields(schema: unknown, fields: unknown): ReadFields {
  if (schema === undefined) return fields === undefined ? none : readForm(fields, 'fields')
  if (fields !== undefined) {
    return { ...none, issues: [{ path: 'fields', code: 'duplicate', message: 'must not stand beside schema' }] }
  }
  if (Array.isArray(schema)) return readForm(schema, 'schema')
  if (!isPlainObject(schema)) {
    return { ...none, issues: [{ path: 'schema', code: 'invalid_type', message: 'must be a list of fields' }] }
  }
  const unknown = Object.keys(schema).filter((member) => member !== 'fields')
  const read = Object.hasOwn(schema, 'fields') ? readForm(schema['fields'], 'schema.fields') : none
  const issues = unknown.map((member) => ({
    path: `schema.${member}`,
    code: 'unknown_field',
    message: 'is not a known field',
  }))
  return { ...read, issues: [...read.issues, ...issues] }
}

const none: ReadFields = { value: undefined, places: { whole: 'fields', byName: new Map() }, issues: [] }

const readForm = (form: unknown, whole: string): ReadFields =>
  Array.isArray(form) ? readList(form, whole) : readMap(form, whole)

function readMap(form: unknown, whole: string): ReadFields {
  const places = { whole, byName: new Map<string, string>() }
  if (!isPlainObject(form)) return { value: form, places, issues: [] }
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const issues: ErrorIssue[] = []
  for (const [name, field] of Object.entries(form)) {
    value[name] = isPlainObject(field)
      ? withOptional(field, `${whole}.${name}`, { optionalByDefault: false, issues })
      : field
  }
  return { value, places, issues }
}

function readList(list: readonly unknown[], whole: string): ReadFields {
  const byName = new Map<string, string>()
  const places = { whole, byName }
  if (list.length > maxFields) {
    return { ...none, issues: [{ path: whole, code: 'too_big', message: `must be at most ${maxFields} fields` }] }
  }
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const issues: ErrorIssue[] = []
  for (const [index, entry] of list.entries()) {
    const place = `${whole}.${index}`
    if (!isPlainObject(entry)) {
      issues.push({ path: place, code: 'invalid_type', message: 'must be an object' })
      continue
    }
    const { name, ...field } = entry
    const refusals = [...checkName(name, `${place}.name`, byName), ...checkType(field['type'], `${place}.type`)]
    issues.push(...refusals)
    if (refusals.length > 0 || typeof name !== 'string') continue
    byName.set(name, place)
    value[name] = withOptional(field, place, { optionalByDefault: true, issues })
  }
  return { value, places, issues }
}

function checkName(name: unknown, path: string, known: ReadonlyMap<string, string>): readonly ErrorIssue[] {
  if (name === undefined) return [{ path, code: 'required', message: 'is required' }]
  if (typeof name !== 'string') return [{ path, code: 'invalid_type', message: 'must be of type string' }]
  if (!isName(name)) return [{ path, code: 'invalid', message: nameGrammar }]
  return known.has(name) ? [{ path, code: 'duplicate', message: 'is named twice' }] : []
}

function checkType(type: unknown, path: string): readonly ErrorIssue[] {
  if (type === undefined) return [{ path, code: 'required', message: 'is required' }]
  if (typeof type === 'string' && fieldTypes.includes(type)) return []
  return [{ path, code: 'invalid_value', message: `must be one of ${fieldTypes.join(', ')}` }]
}

/** Takes `required` for the opposite of `optional`. */
function withOptional(
  field: Readonly<Record<string, unknown>>,
  place: string,
  { optionalByDefault, issues }: { readonly optionalByDefault: boolean; readonly issues: ErrorIssue[] },
): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(field, 'required')) {
    return optionalByDefault && !Object.hasOwn(field, 'optional') ? { ...field, optional: true } : field
  }
  const { required, ...rest } = field
  const path = `${place}.required`
  if (typeof required !== 'boolean') {
    issues.push({ path, code: 'invalid_type', message: 'must be of type boolean' })
    return rest
  }
  if (Object.hasOwn(rest, 'optional') && rest['optional'] === required) {
    issues.push({ path, code: 'invalid', message: 'contradicts optional' })
  }
  return { ...rest, optional: !required }
}
