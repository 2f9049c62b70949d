import type { ResolvedConfig } from 'cardea'
import { authPath } from '../router/auth-path.js'
import { type CookieConfig, readCookie, refreshCookieBase, sameSiteOf, writeCookie } from './cookies.js'

/** The cookies in which refresh tokens wait, one for each collection, where no token is in a body. */
export interface RefreshCookies {
  /** The token that a `Cookie` header brings; undefined when there is not exactly one that can be one. */
  read(header: string | null, collection: string): string | undefined
  /** The `Set-Cookie` value that hands a token to the browser. */
  issue(collection: string, token: string, maxAgeSeconds: number | null): string
  /** The `Set-Cookie` value that makes the browser forget it. */
  clear(collection: string): string
}

/** A browser sends them to the refresh route of their collection and nowhere else, not even to its other routes. */
export function createRefreshCookies(config: CookieConfig & Pick<ResolvedConfig, 'basePath'>): RefreshCookies {
  const base = refreshCookieBase(config)
  const nameOf = (collection: string): string => (collection === 'users' ? base : `${base}_${collection}`)
  const write = (collection: string, token: string, maxAgeSeconds: number | null): string =>
    writeCookie(nameOf(collection), token, maxAgeSeconds, {
      path: `${authPath(config, collection)}/refresh`,
      sameSite: sameSiteOf(config),
      secure: config.cookieSecure,
    })
  return {
    read: (header, collection) => readCookie(header, nameOf(collection)),
    issue: write,
    clear: (collection) => write(collection, '', 0),
  }
}
