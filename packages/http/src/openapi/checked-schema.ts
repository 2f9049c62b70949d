import type * as z from 'zod/mini'
import type { JsonSchema } from './schema.js'

type Def = z.core.$ZodTypes['_zod']['def']

/**
 * What a schema of a route takes, as JSON Schema. It knows the kinds that routes are made of; zod's own way knows all, and an app's
 * bundle would load it from the start.
 *
 * @throws Error for another kind: a document that leaves something out would be wrong.
 */
export function checkedSchema(schema: z.core.$ZodType): JsonSchema {
  // Every schema is one of those that the union lists.
  const def = schema._zod.def as Def
  switch (def.type) {
    case 'string':
      return { type: 'string', ...lengthsOf(def.checks), ...('format' in def ? formatOf(String(def.format)) : {}) }
    case 'number':
      return { type: 'number' }
    case 'boolean':
      return { type: 'boolean' }
    case 'enum':
      return { type: 'string', enum: Object.values(def.entries) }
    case 'literal':
      return { const: def.values[0] }
    case 'unknown':
    case 'any':
    case 'custom':
      return {}
    case 'optional':
    case 'readonly':
      return checkedSchema(def.innerType)
    case 'nullable':
      return orNull(checkedSchema(def.innerType))
    case 'array':
      return { type: 'array', items: checkedSchema(def.element) }
    case 'record':
      return { type: 'object', additionalProperties: checkedSchema(def.valueType) }
    case 'union':
      return { anyOf: def.options.map(checkedSchema) }
    case 'object': {
      const properties = Object.entries(def.shape)
      return {
        type: 'object',
        properties: Object.fromEntries(properties.map(([name, property]) => [name, checkedSchema(property)])),
        required: properties.filter(([, { _zod }]) => _zod.optin !== 'optional').map(([name]) => name),
        ...(def.catchall?._zod.def.type === 'never' ? { additionalProperties: false } : {}),
      }
    }
    default:
      throw new Error(`no description of a schema of the kind ${def.type}`)
  }
}

const orNull = (schema: JsonSchema): JsonSchema =>
  typeof schema.type === 'string' && schema.enum === undefined
    ? { ...schema, type: [schema.type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] }

const formatOf = (format: string): JsonSchema => (format === 'datetime' ? { format: 'date-time' } : {})

function lengthsOf(checks: Def['checks'] = []): JsonSchema {
  const all: { check: string; minimum?: number; maximum?: number }[] = checks.map(({ _zod: { def } }) => ({ ...def }))
  const least = all.find(({ check }) => check === 'min_length')?.minimum
  const most = all.find(({ check }) => check === 'max_length')?.maximum
  return {
    ...(least === undefined ? {} : { minLength: least }),
    ...(most === undefined ? {} : { maxLength: most }),
  }
}
