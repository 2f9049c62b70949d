import { CardeaError, type ErrorIssue, isCardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import * as z from 'zod/mini'
import { answerStoredList, type StoredListDescription } from '../lists/answer-stored-list.js'
import { type ListQuery, refusal, refuseBeside } from '../lists/list-form.js'
import { callerOf, type Exchange, inputError, type RouteAnswer } from './route.js'

// Clients send them along; the server alone says what they are.
const ignored = z.optional(z.unknown())
export const ignoredStamps = {
  date_created: ignored,
  date_modified: ignored,
  created_at: ignored,
  updated_at: ignored,
}

/** Who a change is made for, so that nobody gives what it does not have. */
export const askedBy = (exchange: Exchange) => ({ by: callerOf(exchange) })

/** The last part of the path. */
export const nameOf = ({ parameters }: Exchange): string => parameters['id'] ?? ''

/** Finds what the path names by its id; what is no id is found nowhere. @throws CardeaError `not_found`. */
export async function foundById<Item>(
  exchange: Exchange,
  find: (id: string) => Promise<Item | undefined>,
  what: string,
): Promise<Item> {
  const id = nameOf(exchange)
  const found = isUuid(id) ? await find(id) : undefined
  if (found === undefined) throw new CardeaError('not_found', `There is no such ${what}.`)
  return found
}

/**
 * What may be named by id or by label, under a name for each.
 *
 * @throws CardeaError `invalid_request` for none of both, or both.
 */
export function namedEither(
  body: Readonly<Record<string, unknown>>,
  [first, second]: readonly [string, string],
): string {
  const [one, other] = [body[first], body[second]]
  if (typeof one === 'string' && other === undefined) return one
  if (typeof other === 'string' && one === undefined) return other
  const issue: ErrorIssue =
    one === undefined
      ? { path: first, code: 'required', message: `${first} or ${second} is needed` }
      : { path: second, code: 'invalid', message: `must not stand beside ${first}` }
  throw inputError([issue], 'body')
}

/**
 * Does what a body asks for. An error that is about a part of it names the part as the body does, not as the policy: a role
 * that was given by `role_id` is that.
 *
 * @throws CardeaError what the work throws.
 */
export async function placedIn<Result>(
  body: Readonly<Record<string, unknown>>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isCardeaError(error) || error.issues === undefined) throw error
    const issues = error.issues.map((issue) => ({ ...issue, path: memberOf(body, issue.path) }))
    throw new CardeaError(error.code, error.message, { cause: error, issues })
  }
}

function memberOf(body: Readonly<Record<string, unknown>>, path: string): string {
  if (path === 'principalId') return 'user_id'
  return body[`${path}_id`] === undefined ? path : `${path}_id`
}

/**
 * Refuses a body that was meant for something else than what the path names: clients send back what they got.
 *
 * @throws CardeaError `invalid_request`.
 */
export function refuseOther(
  body: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, string | null>>,
): void {
  for (const [name, value] of Object.entries(own)) {
    if (body[name] === undefined || body[name] === value) continue
    throw inputError([{ path: name, code: 'mismatch', message: 'is not that of what the path names' }], 'body')
  }
}

/** A list in the order in which its elements were made. */
export async function answerById<Item extends { readonly id: string }>(
  query: ListQuery,
  list: Pick<StoredListDescription<Item>, 'count' | 'present' | 'path'> & {
    readonly read: (part: {
      readonly limit: number
      readonly offset: number
      readonly after: string | undefined
    }) => Promise<readonly Item[]>
  },
): Promise<RouteAnswer> {
  const { sort = 'id' } = query
  // Ids begin with the instant at which they were made.
  if (!['id', 'created_at', 'date_created'].includes(sort)) throw refusal('sort', 'invalid_value', 'must be id')
  return await answerStoredList<Item>(query, {
    ...list,
    read: async ({ limit, offset, after }) =>
      await list.read({ limit, offset, after: after === undefined ? undefined : String(after[0]) }),
    place: ({ id }) => [id],
    isPlace: ([id, ...more]) => isUuid(id) && more.length === 0,
  })
}

/** A filter by either of its names. */
export function filterOf(query: ListQuery, name: string): string | undefined {
  const other = `filter[${name}][eq]`
  if (query[name] !== undefined) refuseBeside(query, name, [other])
  return query[name] ?? query[other]
}

const parameter = z.optional(z.string())

/** The query of a list, of texts. */
export const listQuery = (names: readonly string[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, parameter])))
