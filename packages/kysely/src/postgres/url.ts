import { isDecodable, isTorn, unreadable } from '../dialect/url.js'

/** What a URL of PostgreSQL begins with. */
const scheme = /^postgres(ql)?:\/\//

/**
 * Why a URL cannot be used, or undefined. Takes what `pg` takes, which reads it at the first use only and then speaks of
 * no option. No reason shows anything of the URL: it holds a password.
 */
export function refusePostgresUrl(url: string): string | undefined {
  if (!scheme.test(url)) return 'must be a URL that begins with postgres://, a pool of pg or a Kysely instance'
  // For a socket, `pg` takes a user without a host.
  const readable = url.replace('@/', '@localhost/')
  if (!URL.canParse(readable)) return unreadable
  const parsed = new URL(readable)
  const { username, password, pathname, hash } = parsed
  // A user name or password with a bare #: what stands before it would be taken for the host.
  if (hash !== '' || isTorn(parsed)) return unreadable
  // With a % that stands for itself somewhere, `pg` takes all of them so.
  const isEncoded = !/ |%(?![0-9a-f]{2})/i.test(url)
  return isEncoded && ![username, password, pathname].every(isDecodable) ? unreadable : undefined
}
