import type { ErrorIssue, Scalar } from '@cardea/core'
import { parseInstant } from '../value/instant.js'
import { isStorableText } from '../value/text.js'
import type { ListField, ListKind } from './list-field.js'

type Issue = Omit<ErrorIssue, 'path'>

/** A value as its column holds it, or why it is none. */
export type FilterValue<Value = Scalar> = { readonly value: Value } | { readonly issue: Issue }

/** Longer ones are compared with nothing. */
const longestText = 1_000
/** Of one list. */
const mostValues = 100

const refusals: Readonly<Record<ListKind, Issue>> = {
  text: { code: 'invalid_format', message: `must be a well-formed text of at most ${longestText} characters` },
  number: { code: 'invalid_value', message: 'must be a number' },
  boolean: { code: 'invalid_value', message: 'must be true or false' },
  instant: { code: 'invalid_format', message: 'must be an instant such as 2026-11-27T06:00:00Z' },
}

/** Reads what a field is compared with, which may be the text of a query. */
export function readFilterValue({ kind }: Pick<ListField, 'kind'>, given: unknown): FilterValue {
  const value = readers[kind](given)
  return value === undefined ? { issue: refusals[kind] } : { value }
}

/** Reads the values of `in`. */
export function readFilterValues(field: ListField, given: unknown): FilterValue<readonly Scalar[]> {
  const parts: unknown = typeof given === 'string' ? given.split(',') : given
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > mostValues) {
    return { issue: { code: 'invalid_value', message: `must be a list of 1 to ${mostValues} values` } }
  }
  const values: Scalar[] = []
  for (const part of parts) {
    const read = readFilterValue(field, part)
    if ('issue' in read) return read
    values.push(read.value)
  }
  return { value: values }
}

const readers: Readonly<Record<ListKind, (given: unknown) => Scalar | undefined>> = {
  text: (given) => {
    if (typeof given !== 'string' || given.length > longestText || !isStorableText(given)) return undefined
    return given
  },
  number: (given) => {
    if (typeof given === 'string' && !/^-?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?$/.test(given)) return undefined
    if (typeof given !== 'string' && typeof given !== 'number') return undefined
    const value = Number(given)
    // No column holds a negative zero.
    return Number.isFinite(value) ? value + 0 : undefined
  },
  boolean: (given) => {
    if (given === true || given === 'true') return true
    return given === false || given === 'false' ? false : undefined
  },
  instant: (given) => (typeof given === 'string' ? parseInstant(given) : undefined),
}
