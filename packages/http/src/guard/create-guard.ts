import { CardeaError } from '@cardea/core'
import type { AnyCollection, Cardea, Subject } from 'cardea'
import { readBearer } from '../credentials/bearer.js'
import type { RequestHead } from '../credentials/headers.js'
import { isUnsafeMethod, passesCsrf } from '../csrf/csrf.js'
import { createRuntime } from '../handler/runtime.js'
import type { HttpOptions } from '../options/options.js'
import { csrfError } from '../problem/errors.js'
import { type Accepted, authenticate, authenticationError, type RequestAuthentication } from './authenticate.js'
import type { Authenticated } from './authenticated.js'

/** Which principals a guard lets in. */
export interface GuardOptions {
  /** Names of auth collections. Only their cookies and tokens are looked at. Default `['users']`. */
  readonly collections?: readonly string[]
}

/** Guards for routes of the app's own. Each costs one statement in strict mode while nothing has changed. */
export interface Guard<Permission extends string> {
  /**
   * Finds out who sent a request, if anybody did.
   *
   * @returns Undefined for a request without a credential, and for one whose cookie is no longer good.
   * @throws CardeaError `token_invalid`, `token_expired`, `session_revoked` for a bearer token that is no longer good,
   * `csrf_rejected`, `unavailable`.
   */
  optional(request: RequestHead, options?: GuardOptions): Promise<Authenticated<Permission> | undefined>

  /**
   * Goes on only for somebody who is signed in.
   *
   * @throws CardeaError `unauthenticated`, `token_invalid`, `token_expired`, `session_revoked`, `csrf_rejected`,
   * `unavailable`.
   */
  require(request: RequestHead, options?: GuardOptions): Promise<Authenticated<Permission>>

  /**
   * Goes on only for somebody who holds a permission.
   *
   * @throws CardeaError as `require`, and `forbidden`; `undeclared_permission` for one that does not exist.
   */
  requirePermission(
    request: RequestHead,
    permission: Permission,
    options?: GuardOptions,
  ): Promise<Authenticated<Permission>>

  /**
   * Goes on only for somebody who may do to a resource what the method does: GET and HEAD read, POST creates, PUT and
   * PATCH update, DELETE deletes. Other methods, and operations that the catalogue does not have, are refused.
   *
   * @throws CardeaError as `require`, and `forbidden`.
   */
  requireResource(request: RequestHead, resource: string, options?: GuardOptions): Promise<Authenticated<Permission>>
}

const usersOnly: Accepted = { collections: ['users'] }

const operations = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'update'],
  ['DELETE', 'delete'],
])

/**
 * Builds the guards of an instance, for adapters and for apps without one.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function createGuard<Users extends AnyCollection, Others extends AnyCollection, Permission extends string>(
  auth: Cardea<Users, Others, Permission>,
  options: HttpOptions = {},
): Guard<Permission> {
  const { cookies, allowedOrigins, ensureReady } = createRuntime(auth, options, 'createGuard')

  const find = async (request: RequestHead, accepted: Accepted): Promise<RequestAuthentication> => {
    const starting = ensureReady()
    if (starting !== undefined) await starting
    const { headers } = request
    if (
      isUnsafeMethod(request.method) &&
      // A page cannot set this header on a request across sites without being asked for (a preflight) first.
      readBearer(headers.get('authorization')) === undefined &&
      cookies.presentIn(headers.get('cookie')) &&
      !passesCsrf(headers, allowedOrigins, { cookie: true })
    ) {
      throw csrfError()
    }
    return await authenticate(auth.sessions, cookies, headers, accepted)
  }

  const require = async (request: RequestHead, guard?: GuardOptions): Promise<Authenticated<Permission>> => {
    const found = await find(request, acceptedBy(guard))
    if (!found.authenticated) throw authenticationError(found.code)
    const { authentication } = found
    return { authentication, subject: await auth.permissions.subject(authentication) }
  }

  return {
    require,
    async optional(request, guard) {
      const found = await find(request, acceptedBy(guard))
      if (!found.authenticated) {
        if (found.bearer) throw authenticationError(found.code)
        return undefined
      }
      const { authentication } = found
      return { authentication, subject: await auth.permissions.subject(authentication) }
    },
    async requirePermission(request, permission, guard) {
      const caller = await require(request, guard)
      caller.subject.authorize(permission)
      return caller
    },
    async requireResource(request, resource, guard) {
      const caller = await require(request, guard)
      const operation = operations.get(request.method)
      if (operation === undefined || !canUnchecked(caller.subject, `${resource}:${operation}`)) {
        throw new CardeaError('forbidden', `This needs a permission over ${resource}.`)
      }
      return caller
    },
  }
}

function acceptedBy(guard: GuardOptions | undefined): Accepted {
  // Handed on as it is, so that a guard that is used for every request makes no object.
  return hasCollections(guard) ? guard : usersOnly
}

const hasCollections = (guard: GuardOptions | undefined): guard is Accepted => guard?.collections !== undefined

const canUnchecked = (subject: Subject<string>, permission: string): boolean => subject.canUnchecked(permission)
