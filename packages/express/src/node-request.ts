import type { IncomingMessage } from 'node:http'
import type { HandlerRequest, ReadHeaders } from '@cardea/http'

/** Headers that Node keeps the first of, when a request has several. Who has sent two means to be read in two ways. */
const keptOnce = new Set(['authorization', 'content-type', 'referer'])

/** The headers of a request of Node as guards read them, one by one. What comes twice is joined, so that it is no credential. */
export function headersOf({ headers, rawHeaders }: IncomingMessage): ReadHeaders {
  return {
    get(name) {
      const kept = headers[name]
      if (kept === undefined) return null
      if (typeof kept !== 'string') return kept.join(', ')
      const all = keptOnce.has(name)
        ? rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === name && index % 2 === 1)
        : []
      return all.length > 1 ? all.join(', ') : kept
    },
  }
}

/**
 * The path and the query that a request is for, as they were sent; undefined where there is no path, as in `OPTIONS *`. Dots and
 * escapes stay: Express does not resolve them either, so that nothing gets past what an app has put in front of a path.
 *
 * @param target In origin-form, or in absolute-form, whose host says nothing (RFC 9112 §3.2).
 */
export function splitTarget(target: string): { readonly path: string; readonly query: string } | undefined {
  const local = target.startsWith('/') ? target : /^https?:\/\/[^/?#]*(\/.*)$/is.exec(target)?.[1]
  if (local === undefined) return undefined
  const end = local.indexOf('?')
  return end < 0 ? { path: local, query: '' } : { path: local.slice(0, end), query: local.slice(end) }
}

/** A request as the handler reads it, and its body where a middleware has made an object of it. */
export interface ReadableRequest {
  readonly request: HandlerRequest
  readonly parsedBody: unknown
}

/** @param url Absolute. */
export function readable(incoming: IncomingMessage & { readonly body?: unknown }, url: string): ReadableRequest {
  const { method = 'GET', body: parsed } = incoming
  const of = (body: HandlerRequest['body'], bodyUsed: boolean, parsedBody?: unknown): ReadableRequest => ({
    request: { method, url, headers: headersOf(incoming), body, bodyUsed },
    parsedBody,
  })
  // A parser that leaves a request alone may set its body all the same, to an empty object.
  if (!incoming.readableDidRead) return of(partsOf(incoming.iterator({ destroyOnReturn: false })), false)
  if (typeof parsed === 'string') return of(partsOf([Buffer.from(parsed)].values()), false)
  if (parsed instanceof Uint8Array) return of(partsOf([parsed].values()), false)
  return of(null, parsed === undefined, parsed)
}

/** A body, read when it is asked for. What is left of it stays where it is: the next request may come after it. */
function partsOf(parts: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): HandlerRequest['body'] {
  return { getReader: () => ({ read: async () => await parts.next(), cancel: async () => await parts.return?.() }) }
}
