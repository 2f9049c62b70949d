/** Longer paths are none of ours. */
const longestPath = 2_048

/** Segments of unreserved characters (RFC 3986 §2.3), none of them empty, and perhaps a slash at the end. */
const canonical = /^(?:\/[A-Za-z0-9\-._~]+)+\/?$/

/**
 * Brings a path into the one form that routes have, without a slash at the end.
 *
 * @returns Undefined for every other way to write a path: empty segments, escapes, parameters after a semicolon. Such a
 * path has no route, so no check can be passed by spelling.
 */
export function canonicalPath(pathname: string): string | undefined {
  if (pathname.length > longestPath || !canonical.test(pathname)) return undefined
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  // A URL parser has resolved dot segments before; a path from elsewhere may still have them.
  return path.split('/').some((segment) => segment === '.' || segment === '..') ? undefined : path
}
