import type { HeaderList } from '../answers/answer.js'
import type { ReadHeaders } from '../credentials/headers.js'

/** How long a browser may remember a preflight, in seconds. */
const preflightAge = 600

/** The CORS headers of an instance; none at all without origins. */
export interface Cors {
  /** For any answer. */
  headers(request: ReadHeaders): HeaderList
  /** For the answer to `OPTIONS`, on top. */
  preflight(request: ReadHeaders, methods: readonly string[]): HeaderList
}

/**
 * Lets pages of listed origins, and no others, call and read with credentials. The origin that is sent back is always
 * one of the list.
 */
export function createCors(origins: readonly string[] | undefined): Cors {
  if (origins === undefined) return { headers: () => [], preflight: () => [] }
  const listed = new Set(origins)
  const isListed = (request: ReadHeaders): string | undefined => {
    const origin = request.get('origin')
    return origin !== null && listed.has(origin) ? origin : undefined
  }
  return {
    headers(request) {
      const origin = isListed(request)
      if (origin === undefined) return [['Vary', 'Origin']]
      return [
        ['Vary', 'Origin'],
        ['Access-Control-Allow-Origin', origin],
        ['Access-Control-Allow-Credentials', 'true'],
        ['Access-Control-Expose-Headers', 'ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'],
      ]
    },
    preflight(request, methods) {
      if (isListed(request) === undefined || request.get('access-control-request-method') === null) return []
      return [
        ['Access-Control-Allow-Methods', methods.join(', ')],
        ['Access-Control-Allow-Headers', 'Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id'],
        ['Access-Control-Max-Age', String(preflightAge)],
      ]
    },
  }
}
