import { CardeaError } from '@cardea/core'

/** Gives further claims of an access token. */
export type ExtraClaims = (about: {
  readonly principalId: string
  readonly collection: string
  readonly sessionId: string
}) => Promise<Readonly<Record<string, unknown>> | undefined>

/** What an access token says itself, and what RFC 7519 §4.1, RFC 8693 §4 and RFC 9068 §2.2 give a meaning. */
const taken: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'sid',
  'col',
  'amr',
  'aal',
  'acr',
  'auth_time',
  'act',
  'may_act',
  'cnf',
  'scope',
  'client_id',
  'roles',
  'groups',
  'entitlements',
])

/** A token goes with every request, in a header. */
const longest = 4_096

/**
 * Asks for further claims, and checks that they are plain and none of the token's own.
 *
 * @throws CardeaError `internal_error` for claims that cannot be had; whatever the source throws.
 */
export async function extraClaimsOf(
  source: ExtraClaims | undefined,
  { principalId, collection, sessionId }: Parameters<ExtraClaims>[0],
): Promise<Readonly<Record<string, unknown>>> {
  const claims = await source?.({ principalId, collection, sessionId })
  if (claims === undefined) return {}
  const written = JSON.stringify(claims)
  if (Buffer.byteLength(written) > longest) throw unusable(`more than ${longest} bytes`)
  // What was checked is what is signed, whatever the object does when it is read again.
  const plain: unknown = JSON.parse(written)
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw unusable('not an object')
  const refused = Object.keys(plain).find((name) => taken.has(name))
  if (refused !== undefined) throw unusable(`${refused} is a claim of its own`)
  return plain as Record<string, unknown>
}

const unusable = (why: string): CardeaError =>
  new CardeaError('internal_error', `The further claims of an access token cannot be used: ${why}.`)
