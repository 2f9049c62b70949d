import { isDecodable, isTorn, unreadable } from '../dialect/url.js'

/** What a URL of MySQL begins with. */
const scheme = /^(mysql|mariadb):\/\//

/**
 * Why a URL cannot be used, or undefined. `mysql2` reads it at the first use only, and leaves out what follows a bare #. No
 * reason shows anything of the URL: it holds a password.
 */
export function refuseMysqlUrl(url: string): string | undefined {
  // What follows a # may be the rest of a password, and the whole may still look like a URL.
  if (scheme.test(url) && url.includes('#')) return unreadable
  if (!scheme.test(url) || !URL.canParse(url)) {
    return 'must be a URL that begins with mysql://, a pool of mysql2 or a Kysely instance'
  }
  const parsed = new URL(url)
  const { username, password, pathname } = parsed
  if (isTorn(parsed) || ![username, password, pathname].every(isDecodable)) return unreadable
  return pathname.length > 1 ? undefined : 'must name a database after the host'
}
