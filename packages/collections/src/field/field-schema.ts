import { parseContext } from '@cardea/core/options'
import * as z from 'zod/mini'
import { parseInstant } from '../value/instant.js'
import { copyJson } from '../value/json-content.js'
import { maxKeyBytes } from '../value/text.js'
import { sizes, valueSchema } from '../value/value-schema.js'
import type { AnyField } from './field.js'
import { isKeyed, isUnique } from './keys.js'

/** How long the source of a pattern can be. */
const maxPatternLength = 500
const maxSelectOptions = 200

const flag = z.optional(z.boolean())
const length = (limit: number) => z.optional(z.int().check(z.minimum(0), z.maximum(limit)))
const instant = z.optional(
  z.string().check(z.refine((value) => parseInstant(value) !== undefined, 'must be an instant in ISO 8601')),
)
const common = { optional: flag, hidden: flag, readonly: flag }
const keyed = { unique: flag, index: flag }
// What a default has to be is said by the field itself, once the rest of it is known to be right.
const fallback = z.optional(z.unknown())

const pattern = z.optional(
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(maxPatternLength, { abort: true }),
      z.refine(isPattern, 'must be a regular expression that is valid with the flag u'),
    ),
)

const selectOptions = z
  .array(
    z.string().check(
      z.minLength(1),
      z.refine((value) => Buffer.byteLength(value) <= maxKeyBytes, `must be at most ${maxKeyBytes} bytes`),
    ),
  )
  .check(
    z.minLength(1),
    z.maxLength(maxSelectOptions),
    z.refine((values) => new Set(values).size === values.length, 'must not name a text twice'),
  )

/** Strict, by type: an option that makes no sense for a type is refused by name. */
const shapes = {
  text: z.strictObject({
    type: z.literal('text'),
    ...common,
    ...keyed,
    min: length(sizes.text.limit),
    max: length(sizes.text.limit),
    pattern,
    default: fallback,
  }),
  email: z.strictObject({ type: z.literal('email'), ...common, ...keyed, default: fallback }),
  url: z.strictObject({
    type: z.literal('url'),
    ...common,
    ...keyed,
    max: length(sizes.url.limit),
    default: fallback,
  }),
  number: z.strictObject({
    type: z.literal('number'),
    ...common,
    ...keyed,
    min: z.optional(z.number()),
    max: z.optional(z.number()),
    default: fallback,
  }),
  bool: z.strictObject({ type: z.literal('bool'), ...common, index: flag, default: fallback }),
  date: z.strictObject({
    type: z.literal('date'),
    ...common,
    ...keyed,
    min: instant,
    max: instant,
    default: fallback,
  }),
  select: z.strictObject({
    type: z.literal('select'),
    ...common,
    index: flag,
    options: selectOptions,
    default: fallback,
  }),
  json: z.strictObject({ type: z.literal('json'), ...common, max: length(sizes.json.limit), default: fallback }),
  // Whether there is such a collection is known where all of them are together.
  relation: z.strictObject({
    type: z.literal('relation'),
    ...common,
    ...keyed,
    collection: z.string(),
    id: z.optional(z.enum(['integer', 'uuid', 'text'])),
  }),
} as const satisfies Record<AnyField['type'], z.ZodMiniType>

/** The types that a field can have. */
export const fieldTypes: readonly string[] = Object.keys(shapes)

/**
 * The schema of a field's definition. What it gives is canonical and frozen: options that say nothing, such as
 * `optional: false`, are gone.
 */
export const fieldSchema: z.ZodMiniType<AnyField> = z
  .pipe(
    z.unknown(),
    z.transform((value, context): AnyField => {
      const shape = shapeOf(value)
      if (shape === undefined) {
        const message = `must be a field with one of the types ${fieldTypes.join(', ')}`
        context.issues.push({ code: 'custom', input: value, message })
        return z.NEVER
      }
      const result = shape.safeParse(value, parseContext)
      if (result.success) return canonical(result.data)
      // Issues of a schema can be handed on as they are.
      context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]))
      return z.NEVER
    }),
  )
  .check(
    z.superRefine((field, context) => {
      for (const { path, message } of contradictions(field)) context.addIssue({ code: 'custom', path, message })
    }),
  )

function shapeOf(value: unknown): (typeof shapes)[AnyField['type']] | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type')) return undefined
  const type = (value as { readonly type: unknown }).type
  // `hasOwn` proves that it is a name of the record.
  return typeof type === 'string' && Object.hasOwn(shapes, type) ? shapes[type as AnyField['type']] : undefined
}

function canonical(field: Readonly<Record<string, unknown>>): AnyField {
  const { default: given, ...rest } = field
  const said: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && value !== false) said[name] = Array.isArray(value) ? Object.freeze(value) : value
  }
  if (given !== undefined) said['default'] = field['type'] === 'json' ? ownCopy(given) : given
  // The schemas have checked all but the default, which `contradictions` does.
  return Object.freeze(said) as unknown as AnyField
}

/** A copy that the caller cannot change afterwards; a value that is no JSON as it is, to be refused. */
function ownCopy(value: unknown): unknown {
  const copy = copyJson(value, sizes.json.limit)
  return copy.valid ? copy.value : value
}

interface Contradiction {
  readonly path: string[]
  readonly message: string
}

function contradictions(field: AnyField): readonly Contradiction[] {
  const found: Contradiction[] = []
  const say = (option: string, message: string) => found.push({ path: [option], message })
  const hasDefault = field.default !== undefined

  if (!rangeIsOpen(field)) say('max', 'must not be less than min')
  if (isKeyText(field) && field.max > maxKeyBytes) {
    say('max', `must be at most ${maxKeyBytes} in a field that is unique or has an index`)
  }
  if (isUnique(field) && hasDefault) say('default', 'makes no sense in a unique field')
  else if (hasDefault && found.length === 0 && !valueSchema(field).safeParse(field.default).success) {
    say('default', 'must be a value that the field takes')
  }
  for (const option of ['hidden', 'readonly'] as const) {
    if (field[option] !== true || field.optional === true || hasDefault) continue
    say(option, 'needs optional or a default, because no client can set the field')
  }
  if (field.hidden === true && field.readonly === true) say('readonly', 'says nothing more of a hidden field')
  return found
}

type KeyText = AnyField & { readonly type: 'text' | 'url'; readonly max: number }

const isKeyText = (field: AnyField): field is KeyText =>
  (field.type === 'text' || field.type === 'url') && field.max !== undefined && isKeyed(field)

function rangeIsOpen(field: AnyField): boolean {
  switch (field.type) {
    case 'text':
      return (field.min ?? 0) <= (field.max ?? sizes.text.default)
    case 'number':
      return (field.min ?? Number.NEGATIVE_INFINITY) <= (field.max ?? Number.POSITIVE_INFINITY)
    case 'date':
      return (
        (parseInstant(field.min ?? '') ?? Number.NEGATIVE_INFINITY) <=
        (parseInstant(field.max ?? '') ?? Number.POSITIVE_INFINITY)
      )
    default:
      return true
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').flags === 'u'
  } catch {
    return false
  }
}
