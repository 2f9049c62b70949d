import type { ErrorIssue } from '@cardea/core'
import type { HeaderList } from '../answers/answer.js'
import { inputError } from '../routes/route.js'
import { decodeCursor } from './cursor.js'
import type { ListValue } from './list-value.js'

/** A query with the parameters that lists have; which of them a route takes is checked before. */
export type ListQuery = Readonly<Record<string, string | undefined>>

/** The most elements of one answer. */
export const mostElements = 1_000
const defaultLimit = 100
const defaultPerPage = 20

/** The part of a list that a query asks for, and the form that it asks for it in. */
export type ListForm =
  | { readonly kind: 'plain'; readonly limit: number; readonly offset: 0 }
  | { readonly kind: 'offset'; readonly limit: number; readonly offset: number }
  | { readonly kind: 'page'; readonly limit: number; readonly offset: number; readonly page: number }
  | {
      readonly kind: 'cursor'
      readonly limit: number
      /** The place of the last element before; null for the beginning. */
      readonly after: readonly ListValue[] | null
    }

/**
 * Reads which part of a list is asked for: by `limit` and `offset`, by `page` and `per_page`, by `cursor`, or by none of
 * these.
 *
 * @param most How many elements one answer has at most.
 * @throws CardeaError `invalid_request`.
 */
export function readListForm(query: ListQuery, most = mostElements): ListForm {
  if (query['cursor'] !== undefined) {
    refuseBeside(query, 'cursor', ['offset', 'page', 'per_page'])
    const limit = wholeNumber(query, 'limit', Math.min(defaultLimit, most), 1, most)
    const after = decodeCursor(query['cursor'])
    if (after === undefined) throw strangeCursor()
    return { kind: 'cursor', limit, after }
  }
  if (query['page'] !== undefined || query['per_page'] !== undefined) {
    refuseBeside(query, query['page'] === undefined ? 'per_page' : 'page', ['limit', 'offset'])
    const page = wholeNumber(query, 'page', 1, 1, Number.MAX_SAFE_INTEGER)
    const limit = wholeNumber(query, 'per_page', defaultPerPage, 1, most)
    return { kind: 'page', limit, offset: (page - 1) * limit, page }
  }
  if (query['limit'] !== undefined || query['offset'] !== undefined) {
    const limit = wholeNumber(query, 'limit', Math.min(defaultLimit, most), 1, most)
    const offset = wholeNumber(query, 'offset', 0, 0, Number.MAX_SAFE_INTEGER)
    return { kind: 'offset', limit, offset }
  }
  return { kind: 'plain', limit: most, offset: 0 }
}

/** How many elements a list has: the last part of it says so, all others have to be counted, which reads them all. */
export async function totalOf(
  { offset }: { readonly offset: number },
  part: { readonly found: number; readonly isLast: boolean },
  count: () => Promise<number>,
): Promise<number> {
  // Behind the end there may be any number before.
  if (part.isLast && (part.found > 0 || offset === 0)) return offset + part.found
  return await count()
}

/** The body that answers with a part of a list of which the total is known. */
export function totalBody(
  form: Extract<ListForm, { readonly kind: 'offset' | 'page' }>,
  part: readonly object[],
  total: number,
) {
  const { limit, offset } = form
  return form.kind === 'page'
    ? { items: part, page: form.page, per_page: limit, total, total_pages: Math.ceil(total / limit) }
    : { data: part, total, limit, offset }
}

/** The link to what a plain list has no room for. */
export const restOf = (path: string): HeaderList => [
  ['Link', `<${path}?limit=${mostElements}&offset=${mostElements}>; rel="next"`],
]

export const strangeCursor = (): Error => refusal('cursor', 'invalid_format', 'is not a cursor of this list')

function wholeNumber(query: ListQuery, name: string, fallback: number, least: number, most: number): number {
  const text = query[name]
  if (text === undefined) return fallback
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw refusal(name, 'invalid_value', `must be a whole number from ${least} to ${most}`)
}

/** @throws CardeaError `invalid_request` where one of several parameters stands beside one that it contradicts. */
export function refuseBeside(query: ListQuery, form: string, others: readonly string[]): void {
  for (const other of others) {
    if (query[other] !== undefined) throw refusal(other, 'invalid', `must not stand beside ${form}`)
  }
}

export const refusal = (path: string, code: string, message: string): Error => fault({ path, code, message })

export const unknownField = (path: string): Error =>
  fault({ path, code: 'unknown_field', message: 'names a field that is not known' })

const fault = (issue: ErrorIssue): Error => inputError([issue], 'query')
