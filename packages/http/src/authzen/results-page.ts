import { CardeaError } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { mostResults, type Page, usualResults } from './read-question.js'

/** A part of the results of a search. */
export interface ResultsPart {
  readonly limit: number
  /** Where the part before has ended; undefined for the beginning. */
  readonly cursor: string | undefined
  /** The token for the part after. */
  next(cursor: string): string
}

const strange = (): CardeaError =>
  new CardeaError('invalid_request', 'page.token is none that came with an answer to this search.')

/**
 * Reads which part is wanted. A token belongs to one search: the rest of the request has to be what it was (section 8.2), but that
 * the limit may be left out.
 *
 * @throws CardeaError `invalid_request`
 */
export function readPart(search: object, page: Page): ResultsPart {
  const asked = sha256(canonical(search))
  const token = page?.token
  // An empty one is what the end was told with; whoever sends it back anyway begins again.
  const before = token === undefined || token === '' ? undefined : decode(token)
  if (before !== undefined && before.asked !== asked) {
    throw new CardeaError('invalid_request', 'page.token came with an answer to another search.')
  }
  const limit = Math.min(page?.limit ?? before?.limit ?? usualResults, mostResults)
  if (before !== undefined && limit !== before.limit) {
    throw new CardeaError('invalid_request', 'page.limit must stay what it was.')
  }
  return {
    limit,
    cursor: before?.cursor,
    next: (cursor) => Buffer.from(JSON.stringify([asked, limit, cursor])).toString('base64url'),
  }
}

interface Place {
  /** A digest of the search that it belongs to. */
  readonly asked: string
  readonly limit: number
  readonly cursor: string
}

function decode(token: string): Place {
  let values: unknown
  try {
    values = JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    throw strange()
  }
  if (!Array.isArray(values) || values.length !== 3) throw strange()
  const [asked, limit, cursor]: unknown[] = values
  if (typeof asked !== 'string' || typeof cursor !== 'string' || !Number.isSafeInteger(limit)) throw strange()
  // A safe integer, as was just looked at.
  return { asked, limit: limit as number, cursor }
}

/** The same text for the same value, in whatever order its members come. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`
}
