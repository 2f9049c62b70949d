/** Where the browser may be sent. */
export interface Redirects {
  /**
   * The target that a request names, or the base URL when it names none.
   *
   * @returns Undefined for one that is not allowed. It is to be sent on as it is here, never as it came.
   */
  find(target: string | undefined): string | undefined
}

/** What the SDK itself adds to a target; one that a request brings along must not be taken for ours. */
const ownParameters = ['code', 'error', 'error_description', 'state', 'iss']

/**
 * Allows targets by exact origin and path.
 *
 * A target is read as browsers read it, and sent on as it was read: whatever a browser makes of backslashes, tabs, dots and
 * user names has been made of it before it is compared.
 *
 * @see RFC 9700 §4.11
 */
export function createRedirects(baseUrl: string, allowed: readonly string[] = []): Redirects {
  const places = new Set([placeOf(new URL('/', baseUrl))])
  for (const text of allowed) places.add(placeOf(new URL(text, baseUrl)))
  return {
    find(target) {
      const url = URL.parse(target ?? '/', baseUrl)
      if (url === null || url.username !== '' || url.password !== '' || !places.has(placeOf(url))) return undefined
      url.hash = ''
      for (const name of ownParameters) url.searchParams.delete(name)
      return url.href
    },
  }
}

/** What is wrong with an allowed target; undefined when nothing is. */
export function redirectProblem(text: string, baseUrl: string): string | undefined {
  const url = URL.parse(text, baseUrl)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'must be a path or an address of http(s)'
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return 'must hold no user name, query or fragment'
  }
  // `//host` is an address, though it looks like a path.
  return text.startsWith('/') && url.origin !== new URL(baseUrl).origin ? 'must name its scheme' : undefined
}

/** Adds a parameter to a target that was found. */
export function withParameter(target: string, name: 'code' | 'error' | 'enrollment_required', value: string): string {
  const url = new URL(target)
  url.searchParams.set(name, value)
  return url.href
}

const placeOf = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`
