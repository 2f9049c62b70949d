import { exampleValues } from './named-values.js'
import type { JsonSchema } from './schema.js'

/** Schemas by name, for what refers to them. */
export type Schemas = Readonly<Record<string, JsonSchema>>

const instant = '2026-01-15T10:00:00.000Z'
const byFormat: Readonly<Record<string, string>> = {
  'date-time': instant,
  uuid: '019bc0f2-6e00-7c3a-9f1e-5b0a7d2c4e10',
  email: 'anna@example.com',
  uri: 'https://example.com/',
  password: 'correct horse battery',
}

/** What no example can be made of, as of a pattern. */
const none = Symbol('none')

/** An example of what a schema describes; undefined where none can be made. */
export function exampleOf(schema: JsonSchema, schemas: Schemas): unknown {
  const made = make(schema, '', schemas)
  return made === none ? undefined : made
}

function make(schema: JsonSchema, name: string, schemas: Schemas): unknown {
  if (schema.$ref !== undefined) return make(schemas[schema.$ref.replace(/^.*\//, '')] ?? {}, name, schemas)
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  const known = exampleValues[name]
  if (known !== undefined && fits(schema, known)) return known
  const [first] = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]
  if (first !== undefined) return make(first, name, schemas)
  switch (typeof schema.type === 'string' ? schema.type : schema.type?.[0]) {
    case 'object':
      return makeObject(schema, schemas)
    case 'array': {
      const item = make(schema.items ?? {}, name.replace(/s$/, ''), schemas)
      return item === none ? [] : [item]
    }
    case 'string':
      return makeText(schema)
    case 'integer':
    case 'number':
      return Math.min(Math.max(1, schema.minimum ?? 1), schema.maximum ?? Number.MAX_SAFE_INTEGER)
    case 'boolean':
      return true
    default:
      // Of anything, nothing is the least that can be said.
      return schema.type === undefined ? {} : null
  }
}

function makeObject({ properties = {}, required = [] }: JsonSchema, schemas: Schemas): unknown {
  const entries = Object.entries(properties).map(([name, schema]) => [name, make(schema, name, schemas)] as const)
  if (entries.some(([name, value]) => value === none && required.includes(name))) return none
  // What may be left out and says nothing by itself only makes examples long.
  const said = entries.filter(([name, value]) => value !== none && (required.includes(name) || !isEmpty(value)))
  return Object.fromEntries(said)
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function makeText({ format, pattern, minLength = 0, maxLength = Number.MAX_SAFE_INTEGER }: JsonSchema): unknown {
  const formatted = byFormat[format ?? '']
  if (formatted !== undefined) return formatted.length <= maxLength ? formatted : none
  if (pattern !== undefined) return none
  return 'text'.padEnd(minLength, '…').slice(0, maxLength)
}

/** Whether a value that a name suggests is of the type that is wanted. */
function fits(
  { type, pattern, format, minLength = 0, maxLength = Number.MAX_SAFE_INTEGER, items }: JsonSchema,
  value: unknown,
): boolean {
  const types = type === undefined ? [] : [type].flat()
  if (typeof value === 'string') {
    const isFormatted =
      format === undefined ||
      format === 'password' ||
      byFormat[format] === value ||
      (format === 'uuid' && /^[0-9a-f-]{36}$/.test(value)) ||
      (format === 'email' && value.includes('@'))
    const isLong = value.length >= minLength && value.length <= maxLength
    return (
      types.includes('string') &&
      isFormatted &&
      isLong &&
      (pattern === undefined || new RegExp(pattern, 'u').test(value))
    )
  }
  if (Array.isArray(value)) return types.includes('array') && items?.type === 'string'
  if (typeof value === 'boolean') return types.includes('boolean')
  if (typeof value === 'number') return types.includes('integer') || types.includes('number')
  return types.includes('object')
}
