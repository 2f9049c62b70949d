import type { RouteAnswer } from '../routes/route.js'
import { encodeCursor } from './cursor.js'
import {
  type ListForm,
  type ListQuery,
  mostElements,
  readListForm,
  restOf,
  strangeCursor,
  totalBody,
  unknownField as unknown,
} from './list-form.js'
import type { ListValue } from './list-value.js'

/** A list whose elements are all in memory. */
export interface ListDescription<Item> {
  /** Values by the names that clients know. None of a hidden field is among them. */
  readonly fields: Readonly<Record<string, (item: Item) => ListValue>>
  /** The field that no two elements share: the order unless another is asked for, and the last word in any other. */
  readonly key: string
  /** What `search` looks at. */
  readonly searched: (item: Item) => string
  readonly present: (item: Item) => object
  /** Where the list is, for the link to its next part. */
  readonly path: string
}

/**
 * Answers a list in the form that the query asks for: by `limit` and `offset`, by `page` and `per_page`, by `cursor`, or as
 * a plain list of at most 1,000 with a link to the rest.
 *
 * @throws CardeaError `invalid_request` and `unknown_field`.
 */
export function answerList<Item>(items: readonly Item[], query: ListQuery, known: ListDescription<Item>): RouteAnswer {
  const list = { ...known, fields: { ...instants(known), ...known.fields } }
  const order = sortOrder(query['sort'], list)
  const compare = comparison(list, order)
  const found = items.filter((item) => matches(item, query, list)).toSorted(compare)
  const form = readListForm(query)
  if (form.kind === 'cursor') return byCursor(found, form, list, order)
  const { limit, offset } = form
  const part = found.slice(offset, offset + limit).map(list.present)
  const total = found.length
  if (form.kind !== 'plain') return { body: totalBody(form, part, total) }
  return { body: part, headers: total > mostElements ? restOf(list.path) : [] }
}

/** What instants are called where clients of FastCMS ask for them. */
function instants<Item>({ fields: { created_at: created, updated_at: updated } }: ListDescription<Item>) {
  return { ...(created === undefined ? {} : { created }), ...(updated === undefined ? {} : { updated }) }
}

interface SortKey {
  readonly field: string
  readonly descending: boolean
}

/** `-created,name`: the fields to sort by, and the key at last. */
function sortOrder<Item>(sort: string | undefined, { fields, key }: ListDescription<Item>): readonly SortKey[] {
  const keys = (sort ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => ({ field: part.replace(/^-/, ''), descending: part.startsWith('-') }))
  if (keys.some(({ field }) => !Object.hasOwn(fields, field))) throw unknown('sort')
  return keys.some(({ field }) => field === key) ? keys : [...keys, { field: key, descending: false }]
}

function comparison<Item>(list: ListDescription<Item>, order: readonly SortKey[]): (a: Item, b: Item) => number {
  return (left, right) => compareKeys(order, valuesOf(list, order, left), valuesOf(list, order, right))
}

const valuesOf = <Item>(list: ListDescription<Item>, order: readonly SortKey[], item: Item): readonly ListValue[] =>
  order.map(({ field }) => list.fields[field]?.(item) ?? null)

function compareKeys(order: readonly SortKey[], left: readonly ListValue[], right: readonly ListValue[]): number {
  for (const [index, { descending }] of order.entries()) {
    const result = compareValues(left[index] ?? null, right[index] ?? null)
    if (result !== 0) return descending ? -result : result
  }
  return 0
}

/** Null is the smallest, as in storage. */
function compareValues(left: ListValue, right: ListValue): number {
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  return left < right ? -1 : 1
}

function matches<Item>(item: Item, query: ListQuery, { fields, searched }: ListDescription<Item>): boolean {
  const { search } = query
  if (search !== undefined && !searched(item).toLowerCase().includes(search.toLowerCase())) return false
  return Object.entries(query).every(([parameter, wanted]) => {
    const [, field = '', operator] = /^filter\[(\w+)\]\[(eq|ne)\]$/.exec(parameter) ?? []
    if (operator === undefined || wanted === undefined) return true
    if (!Object.hasOwn(fields, field)) throw unknown(parameter)
    const isEqual = String(fields[field]?.(item) ?? '') === wanted
    return operator === 'eq' ? isEqual : !isEqual
  })
}

function byCursor<Item>(
  found: readonly Item[],
  { limit, after }: Extract<ListForm, { readonly kind: 'cursor' }>,
  list: ListDescription<Item>,
  order: readonly SortKey[],
): RouteAnswer {
  if (after !== null && after.length !== order.length) throw strangeCursor()
  const rest =
    after === null ? found : found.filter((item) => compareKeys(order, valuesOf(list, order, item), after) > 0)
  const part = rest.slice(0, limit)
  const last = part.at(-1)
  const next = rest.length > limit && last !== undefined ? encodeCursor(valuesOf(list, order, last)) : null
  return { body: { data: part.map(list.present), next_cursor: next } }
}
