import { isCardeaError } from '@cardea/core'
import type { RouteAnswer } from '../routes/route.js'
import { encodeCursor } from './cursor.js'
import {
  type ListForm,
  type ListQuery,
  mostElements,
  readListForm,
  strangeCursor,
  totalBody,
  totalOf,
} from './list-form.js'
import type { ListValue } from './list-value.js'

/** The part of a list that is read. */
export interface PagePart {
  readonly limit: number
  readonly offset: number
  /** As `next` of the page before; undefined for the beginning. */
  readonly after: readonly ListValue[] | undefined
}

/** A list that somebody else reads page by page, who knows where one ends. */
export interface PagedList<Item> {
  /** `next` tells where to go on, and that there is more. An issue named `after` says that a place is none. */
  readonly read: (
    part: PagePart,
  ) => Promise<{ readonly items: readonly Item[]; readonly next: readonly ListValue[] | null }>
  /** Counts all; asked only where the form says how many there are. */
  readonly count: () => Promise<number>
  readonly present: (item: Item) => object
  /** Where the list is, for the link to its next part. */
  readonly path: string
  /** How many elements one answer has at most. Default 1,000. */
  readonly most?: number
}

/**
 * Answers a list in the form that the query asks for, as `answerList` does.
 *
 * @throws CardeaError `invalid_request`, and what `read` and `count` throw.
 */
export async function answerPage<Item>(query: ListQuery, list: PagedList<Item>): Promise<RouteAnswer> {
  const { most = mostElements } = list
  const form = readListForm(query, most)
  if (form.kind === 'offset' || form.kind === 'page') {
    const { items, next } = await list.read(partOf(form))
    const total = await totalOf(form, { found: items.length, isLast: next === null }, list.count)
    return { body: totalBody(form, items.map(list.present), total) }
  }
  const { items, next } = await readOn(list, partOf(form))
  const body = items.map(list.present)
  if (form.kind === 'plain') return { body, headers: next === null ? [] : [['Link', linkToRest(query, list, most)]] }
  return { body: { data: body, next_cursor: next === null ? null : encodeCursor(next) } }
}

function partOf(form: ListForm): PagePart {
  if (form.kind === 'cursor') return { limit: form.limit, offset: 0, after: form.after ?? undefined }
  return { limit: form.limit, offset: form.offset, after: undefined }
}

/** A place that is none of this list came with the cursor. */
async function readOn<Item>(list: PagedList<Item>, part: PagePart) {
  try {
    return await list.read(part)
  } catch (error) {
    const isPlace = isCardeaError(error, 'invalid_request') && error.issues?.some(({ path }) => path === 'after')
    throw isPlace === true ? strangeCursor() : error
  }
}

/** To what a plain list has no room for, in the same order and with the same filters. */
function linkToRest<Item>(query: ListQuery, { path }: PagedList<Item>, most: number): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value)
  parameters.set('limit', String(most))
  parameters.set('offset', String(most))
  return `<${path}?${parameters}>; rel="next"`
}
