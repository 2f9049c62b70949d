/** Which limit a route counts against; see the rules in `rateLimitRules`. */
export type LimitClass =
  | 'sign-in'
  | 'password'
  | 'second-factor'
  | 'register'
  | 'mail'
  | 'oauth'
  | 'account'
  | 'refresh'
  | 'decision'
  | 'health'
  | 'default'

/**
 * Where a route hangs. `auth`: below `/auth` for `users` and below `/collections/{name}/auth` for every auth collection.
 * `api`: below the base path. `root`: at the root of the site and below the base path, also while the instance is not well. `site`: at
 * the root of the site alone, where a specification wants it.
 */
export type Mount = 'auth' | 'api' | 'root' | 'site'

/**
 * Who may call a route. A permission is one of the catalogue, such as `users:read`; `{collection}` in it stands for the collection
 * that the route is asked for. `optional` is for everybody, and takes
 * notice of who asks where that is somebody with a session.
 */
export type Access = 'public' | 'optional' | 'authenticated' | { readonly permission: string }

/** Fields of a body. */
export interface BodyContract {
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** What else may stand in it: the collection's own fields, or one of its identifiers. */
  readonly open?: 'fields' | 'identifier'
}

/** What a client has to know of a route, as plain data. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly mount: Mount
  /** Below the mount; parameters in braces. A last segment that is a parameter may also come as `?q=`. */
  readonly path: string
  readonly access: Access
  /** Whether it only answers a question, whatever its method is, so that somebody who acts as another may ask. */
  readonly reads?: true
  /** A permission with which the route reaches beyond the caller's own things. */
  readonly widenedBy?: string
  /**
   * Which credentials it takes: `session` (default), or `any`, which is API keys as well. An API key on a route for sessions
   * is answered with 403: what a session alone may do, such as to change how one signs in, no key may.
   */
  readonly credentials?: 'session' | 'any'
  /** Whose principals it takes: those of the collection it is mounted for (`users` below `api`), or of any. */
  readonly principals: 'own' | 'any'
  /** Null for a route that is never limited. */
  readonly limit: LimitClass | null
  /** Whether it hashes or checks a password, which counts against what one process does for everybody together. */
  readonly hashes?: true
  readonly query: readonly string[]
  /** Whether other parameters may come besides, as a provider adds some of its own. */
  readonly openQuery?: true
  /** Null for a route that takes no body. */
  readonly body: BodyContract | null
  /** Whether the body is what a page of another site posts as a form. The route reads no cookie, so nobody can be made to. */
  readonly foreignForm?: true
  /** False for a GET whose answer means something even without a body. */
  readonly head?: false
  /** The status of success; with 302 and 303 the answer is where to go. */
  readonly status: 200 | 201 | 202 | 204 | 302 | 303
  /** What else success can be answered with. */
  readonly otherStatuses?: readonly number[]
  readonly answersList?: boolean
  /** The media type of the answer; `application/json` unless it says otherwise. */
  readonly answerType?: 'application/jwk-set+json' | 'text/html; charset=utf-8' | 'text/plain; charset=utf-8'
  /** How long anybody may keep the answer, in seconds: it is the same for all. Absent for what nobody may keep. */
  readonly cacheSeconds?: number
  /** Codes of errors that are particular to the route; those of {@link commonErrors} come on top. */
  readonly errors: readonly string[]
}

/** Whether a route answers those whom nobody knows. */
export const isOpen = ({ access }: Pick<RouteContract, 'access'>): boolean =>
  access === 'public' || access === 'optional'

/** Codes that any route of this kind can answer with. */
export function commonErrors(route: RouteContract): readonly string[] {
  return [
    'not_found',
    'method_not_allowed',
    'unavailable',
    'internal_error',
    ...(route.limit === null ? [] : ['rate_limited']),
    ...(route.method === 'GET' || route.foreignForm === true ? [] : ['csrf_rejected']),
    ...(isOpen(route) ? [] : ['unauthenticated', 'token_invalid', 'token_expired', 'session_revoked']),
    ...(typeof route.access === 'object' || (route.access !== 'public' && route.credentials !== 'any')
      ? ['forbidden']
      : []),
    // Every route refuses what it does not know, and what comes twice.
    'invalid_request',
    ...(route.openQuery === true && route.head === false ? [] : ['unknown_field']),
    ...(route.method === 'GET' ? [] : ['unsupported_media_type', 'payload_too_large']),
  ]
}
