import { CardeaError } from '@cardea/core'

/**
 * Reads a JSON column. A driver of the app may have parsed it already.
 *
 * @throws CardeaError `internal_error` for text that is no JSON; the parser's own message would quote it.
 */
export function decodeJson(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  try {
    return JSON.parse(raw)
  } catch {
    throw new CardeaError('internal_error', 'storage: a JSON column holds text that is no JSON')
  }
}
