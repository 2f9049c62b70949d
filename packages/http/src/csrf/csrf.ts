import type { ReadHeaders } from '../credentials/headers.js'

/** The origins from which a browser may send unsafe requests, as browsers write them. */
export type AllowedOrigins = ReadonlySet<string>

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export const isUnsafeMethod = (method: string): boolean => !safeMethods.has(method)

/**
 * Whether a request may come from where it comes from.
 *
 * Browsers say so in headers that pages cannot forge. An `Origin`, or without one a `Referer`, must be allowed, whatever
 * else is there: also a page that got to our address by DNS rebinding is `same-origin` to the browser. Without both,
 * `Sec-Fetch-Site` must be `same-origin` or `none`. A request with none of the three is no browser's, and passes unless
 * it brings a cookie.
 *
 * @see OWASP Cross-Site Request Forgery Prevention, "Fetch Metadata"
 */
export function passesCsrf(
  headers: ReadHeaders,
  allowed: AllowedOrigins,
  rules: {
    /** Whether the request brings a session cookie. */
    readonly cookie: boolean
    /** Whether a cookie without any of the headers is let through, as for a logout. */
    readonly bareCookieAllowed?: boolean
  },
): boolean {
  const origin = headers.get('origin')
  if (origin !== null) return allowed.has(origin)
  const referer = headers.get('referer')
  if (referer !== null && !allowed.has(originOf(referer))) return false
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin' || site === 'none' || referer !== null
  return referer !== null || !rules.cookie || rules.bareCookieAllowed === true
}

/** The origin of a URL; an empty text, which no list holds, for anything else. */
export function originOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null || parsed.origin === 'null' ? '' : parsed.origin
}
