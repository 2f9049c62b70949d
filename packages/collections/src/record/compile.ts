import * as z from 'zod/mini'
import type { AnyCollection } from '../definition/collection.js'
import { assertDefined } from '../definition/define-collection.js'
import type { AnyField } from '../field/field.js'
import type { ColumnValue } from '../value/column-value.js'
import { valueSchema } from '../value/value-schema.js'

/** The schema of an input, which gives values as columns hold them. */
type InputSchema = z.ZodMiniType<Record<string, ColumnValue>>

/** What validation and presentation need of a collection, made once. */
export interface CompiledCollection {
  readonly fields: ReadonlyMap<string, AnyField>
  /** What the column of a field holds where nobody gave a value. */
  readonly fallbacks: ReadonlyMap<string, ColumnValue>
  /** Strict schemas of all fields, hidden ones too. */
  readonly create: InputSchema
  readonly patch: InputSchema
}

const compiled = new WeakMap<AnyCollection, CompiledCollection>()

/** @throws CardeaError `configuration_invalid` for a collection that `defineCollection` did not make. */
export function compileCollection(collection: AnyCollection): CompiledCollection {
  let result = compiled.get(collection)
  if (result === undefined) {
    assertDefined(collection)
    result = compile(collection)
    compiled.set(collection, result)
  }
  return result
}

/** What a field takes; a column of integers in the app's table takes no other numbers. */
function columnSchema({ mapping }: AnyCollection, name: string, field: AnyField): z.ZodMiniType<ColumnValue> {
  const schema = valueSchema(field)
  if (field.type !== 'number' || mapping?.columns[name]?.type !== 'integer') return schema
  return schema.check(
    z.refine(Number.isSafeInteger, { message: 'must be an integer', params: { code: 'invalid_value' } }),
  )
}

function compile(collection: AnyCollection): CompiledCollection {
  const fields = new Map(Object.entries(collection.fields))
  const fallbacks = new Map<string, ColumnValue>()
  const create: Record<string, z.ZodMiniType<ColumnValue>> = {}
  const patch: Record<string, z.ZodMiniExactOptional<z.ZodMiniType<ColumnValue>>> = {}
  for (const [name, field] of fields) {
    const value = columnSchema(collection, name, field)
    const accepted = field.optional === true ? z.nullable(value) : value
    const fallback = field.default === undefined ? null : value.parse(field.default)
    fallbacks.set(name, fallback)
    const mayBeLeftOut = field.optional === true || field.default !== undefined
    create[name] = mayBeLeftOut ? z._default(accepted, fallback) : accepted
    patch[name] = z.exactOptional(accepted)
  }
  return { fields, fallbacks, create: z.strictObject(create), patch: z.strictObject(patch) }
}
