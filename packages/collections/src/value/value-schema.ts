import { maximumEmailBytes, normalizeEmail } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { isPossible } from '@cardea/storage'
import * as z from 'zod/mini'
import type { RecordIdType } from '../definition/mapping.js'
import type { AnyField, DateField, JsonField, NumberField, TextField, UrlField } from '../field/field.js'
import type { JsonContent } from '../field/json.js'
import { isKeyed, isUnique } from '../field/keys.js'
import type { ColumnValue } from './column-value.js'
import { formatInstant, parseInstant } from './instant.js'
import { copyJson } from './json-content.js'
import { fitsKey, isStorableText, maxKeyBytes } from './text.js'
import { isWebAddress } from './url.js'

/** Sizes that hold where a field says nothing, and those it cannot go beyond. */
export const sizes = {
  text: { default: 5_000, limit: 100_000 },
  url: { default: 2_048, limit: 8_192 },
  json: { default: 65_536, limit: 1_048_576 },
} as const

/**
 * The schema of a field's values, null aside: takes what the API takes, gives what the column holds.
 *
 * Lengths are checked before formats and patterns, which then do not run.
 */
export function valueSchema(field: AnyField): z.ZodMiniType<ColumnValue> {
  switch (field.type) {
    case 'text':
      return textSchema(field)
    case 'email':
      return textOf({ max: maximumEmailBytes }).check(
        z.refine((value) => normalizeEmail(value) !== undefined, format('must be an e-mail address')),
      )
    case 'url':
      return urlSchema(field)
    case 'number':
      return numberSchema(field)
    case 'bool':
      return z.boolean()
    case 'date':
      return dateSchema(field)
    case 'select':
      return z.enum(field.options)
    case 'json':
      return jsonSchema(field)
    case 'relation':
      return z
        .string()
        .check(z.refine((value) => isIdOf(field.id ?? 'managed', value), format('must be the id of a record')))
  }
}

/** Ids as texts. Those in tables of Cardea's are UUIDs in whatever case, as they have always been taken. */
const idGrammars: Readonly<Record<RecordIdType | 'managed', (value: string) => boolean>> = {
  managed: isUuid,
  uuid: (value) => isPossibleId('uuid', value),
  integer: (value) => isPossibleId('integer', value),
  text: (value) => isStorableText(value) && fitsKey(value) && value !== '',
}

/** Whether a text is spelled as ids of a kind are: of several ways to write one number, one is its id. */
export const isIdOf = (kind: RecordIdType | 'managed', value: string): boolean => idGrammars[kind](value)

const isPossibleId = (type: 'uuid' | 'integer', value: string): boolean =>
  isPossible({ kind: 'text', nullable: false, mapped: { name: '', type } }, value)

function textSchema(field: TextField): z.ZodMiniType<string> {
  const { min = isUnique(field) ? 1 : 0, max = sizes.text.default, pattern } = field
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  return textOf({ min, max, keyed: isKeyed(field) }).check(
    z.refine((value) => expression === undefined || expression.test(value), format('does not have the right format')),
  )
}

function urlSchema(field: UrlField): z.ZodMiniType<string> {
  const { max = sizes.url.default } = field
  return textOf({ max, keyed: isKeyed(field) }).check(
    z.refine(isWebAddress, format('must be an absolute http or https address')),
  )
}

/**
 * Texts of a length, each check only after those before it. The length checks of zod would not do: they also judge arrays
 * that were refused as no text.
 */
function textOf({
  min = 0,
  max,
  keyed = false,
}: Pick<TextField, 'min'> & { readonly max: number; readonly keyed?: boolean }): z.ZodMiniType<string> {
  return z.string().check(
    z.refine((value) => value.length >= min, {
      ...reason('too_small', `must be at least ${characters(min)}`),
      abort: true,
    }),
    z.refine((value) => value.length <= max, {
      ...reason('too_big', `must be at most ${characters(max)}`),
      abort: true,
    }),
    z.refine(isStorableText, { ...format('must be well-formed Unicode without U+0000'), abort: true }),
    z.refine((value) => !keyed || fitsKey(value), {
      ...reason('too_big', `must be at most ${maxKeyBytes} bytes`),
      abort: true,
    }),
  )
}

const characters = (count: number): string => (count === 1 ? '1 character' : `${count} characters`)

function numberSchema({ min = -Number.MAX_VALUE, max = Number.MAX_VALUE }: NumberField): z.ZodMiniType<number> {
  // Not every database keeps a negative zero.
  return z.number().check(
    z.minimum(min),
    z.maximum(max),
    z.overwrite((value) => value + 0),
  )
}

function dateSchema({ min, max }: DateField): z.ZodMiniType<number> {
  const earliest = (min === undefined ? undefined : parseInstant(min)) ?? Number.NEGATIVE_INFINITY
  const latest = (max === undefined ? undefined : parseInstant(max)) ?? Number.POSITIVE_INFINITY
  return z.pipe(
    z.string(),
    z.transform((value, context) => {
      const instant = parseInstant(value)
      if (instant === undefined) return refuse(context, 'invalid_format', 'must be an instant in ISO 8601')
      if (instant < earliest) return refuse(context, 'too_small', `must not be before ${formatInstant(earliest)}`)
      if (instant > latest) return refuse(context, 'too_big', `must not be after ${formatInstant(latest)}`)
      return instant
    }),
  )
}

function jsonSchema({ max = sizes.json.default }: JsonField): z.ZodMiniType<JsonContent> {
  return z.pipe(
    z.unknown(),
    z.transform((value, context) => {
      if (value === undefined) return refuse(context, 'required', 'is required')
      const copy = copyJson(value, max)
      return copy.valid ? copy.value : refuse(context, 'invalid_value', copy.reason)
    }),
  )
}

const reason = (code: string, message: string) => ({ message, params: { code } })
const format = (message: string) => reason('invalid_format', message)

function refuse({ issues, value }: z.core.ParsePayload, code: string, message: string): never {
  issues.push({ code: 'custom', input: value, message, params: { code } })
  return z.NEVER
}
