import { CardeaError } from '@cardea/core'
import type { Page } from '../page.js'

/** One more than callers answer with, which tells whether there is more. */
const maximumLimit = 1_001

/** A page in the terms of storage, which orders by id. @throws CardeaError `invalid_request` */
export function pageOf({ limit, after, offset = 0 }: Page): {
  readonly limit: number
  readonly offset: number
  readonly after?: readonly string[]
} {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maximumLimit) {
    throw invalid('limit', `must be a whole number from 1 to ${maximumLimit}`)
  }
  if (!Number.isSafeInteger(offset) || offset < 0) throw invalid('offset', 'must be a whole number from 0 up')
  // No id is that long; a text column takes less than any string.
  if (after !== undefined && (typeof after !== 'string' || Buffer.byteLength(after) > 36)) {
    throw invalid('after', 'must be an id')
  }
  return { limit, offset, ...(after === undefined ? {} : { after: [after] }) }
}

function invalid(path: string, message: string): CardeaError {
  return new CardeaError('invalid_request', `${path} ${message}`, { issues: [{ path, code: 'invalid', message }] })
}
