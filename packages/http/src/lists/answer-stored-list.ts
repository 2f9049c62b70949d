import type { RouteAnswer } from '../routes/route.js'
import { encodeCursor } from './cursor.js'
import { type ListQuery, mostElements, readListForm, restOf, strangeCursor, totalBody, totalOf } from './list-form.js'
import type { ListValue } from './list-value.js'

/** The part of a list that is read. */
export interface StoredPart {
  readonly limit: number
  readonly offset: number
  /** The place of the last element before, as `place` gave it; undefined for the beginning. */
  readonly after: readonly ListValue[] | undefined
}

/** A list that is read from storage, no more of it than is answered. */
export interface StoredListDescription<Item> {
  /** Reads a part, in the order of the list. */
  readonly read: (part: StoredPart) => Promise<readonly Item[]>
  /** Counts all; asked only where the form says how many there are. */
  readonly count: () => Promise<number>
  /** The values that tell where an element stands in the list. */
  readonly place: (item: Item) => readonly ListValue[]
  /** Whether values can be a place of this list: they come from a client. */
  readonly isPlace: (values: readonly ListValue[]) => boolean
  readonly present: (item: Item) => object
  /** Where the list is, for the link to its next part. */
  readonly path: string
}

/**
 * Answers a list in the form that the query asks for, as `answerList` does. Whether there is more shows in one element more
 * than is answered.
 *
 * @throws CardeaError `invalid_request`.
 */
export async function answerStoredList<Item>(
  query: ListQuery,
  list: StoredListDescription<Item>,
): Promise<RouteAnswer> {
  const form = readListForm(query)
  const { limit } = form
  if (form.kind === 'cursor') {
    const after = form.after ?? undefined
    if (after !== undefined && !list.isPlace(after)) throw strangeCursor()
    const found = await list.read({ limit: limit + 1, offset: 0, after })
    const part = found.slice(0, limit)
    const last = part.at(-1)
    const next = found.length > limit && last !== undefined ? encodeCursor(list.place(last)) : null
    return { body: { data: part.map(list.present), next_cursor: next } }
  }
  const { offset } = form
  if (form.kind === 'plain') {
    const found = await list.read({ limit: limit + 1, offset, after: undefined })
    const headers = found.length > mostElements ? restOf(list.path) : []
    return { body: found.slice(0, mostElements).map(list.present), headers }
  }
  const found = await list.read({ limit: limit + 1, offset, after: undefined })
  const part = found.slice(0, limit)
  const total = await totalOf(form, { found: part.length, isLast: found.length <= limit }, list.count)
  return { body: totalBody(form, part.map(list.present), total) }
}
