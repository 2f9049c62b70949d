import { CardeaError } from '@cardea/core'

/**
 * Reads a query strictly: every name once, every escape valid.
 *
 * @param search With its question mark, or empty.
 * @throws CardeaError `invalid_request`.
 */
export function parseQuery(search: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  if (search.length < 2) return query
  for (const pair of search.slice(1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    if (query.has(name)) {
      throw new CardeaError('invalid_request', 'The query names a parameter twice.', {
        issues: [{ path: name, code: 'duplicate', message: 'must be given once' }],
      })
    }
    query.set(name, equals === -1 ? '' : decode(pair.slice(equals + 1)))
  }
  return query
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new CardeaError('invalid_request', 'The query holds an escape that is not valid UTF-8.')
  }
}
