import { CardeaError } from '@cardea/core'
import type { AnyCollection, Authentication, AuthenticationResult, Cardea, Subject } from 'cardea'
import { readBearer } from '../credentials/bearer.js'
import type { ReadHeaders, RequestHead } from '../credentials/headers.js'
import { isUnsafeMethod, passesCsrf } from '../csrf/csrf.js'
import { createRuntime } from '../handler/runtime.js'
import type { HttpOptions } from '../options/options.js'
import { csrfError } from '../problem/errors.js'
import { type Accepted, authenticate, authenticationError, sessionNeededError } from './authenticate.js'
import type { Authenticated } from './authenticated.js'

/** Which principals a guard lets in. */
export interface GuardOptions {
  /** Names of auth collections. Only their cookies and tokens are looked at. Default `['users']`. */
  readonly collections?: readonly string[]
  /**
   * `session` refuses API keys, with `forbidden`: for what only the person itself is to do. Default `any`: a key may do what
   * its owner's permissions and its own scopes allow.
   */
  readonly credentials?: 'session' | 'any'
}

/** Guards for routes of the app's own. Each costs one statement in strict mode while nothing has changed. */
export interface Guard<Permission extends string> {
  /**
   * Finds out who sent a request, if anybody did: with a session, or with an API key.
   *
   * @returns Undefined for a request without a credential, and for one whose cookie is no longer good.
   * @throws CardeaError `token_invalid`, `token_expired`, `session_revoked` for a bearer token that is no longer good,
   * `csrf_rejected`, `unavailable`; `rate_limited` for API keys of a network that has shown too many wrong ones.
   */
  optional(request: RequestHead, options?: GuardOptions): Promise<Authenticated<Permission> | undefined>

  /**
   * Goes on only for somebody who is signed in.
   *
   * @throws CardeaError `unauthenticated`, `token_invalid`, `token_expired`, `session_revoked`, `csrf_rejected`,
   * `unavailable`, `rate_limited`; `forbidden` for an API key where `credentials` is `session`.
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
  const runtime = createRuntime(auth, options, 'createGuard')
  const { cookies, allowedOrigins, ensureReady, findAddress } = runtime

  const refuseForgery = ({ headers, method }: RequestHead): void => {
    if (
      isUnsafeMethod(method) &&
      // A page cannot set this header on a request across sites without being asked for (a preflight) first.
      !bringsBearer(headers) &&
      cookies.presentIn(headers.get('cookie')) &&
      !passesCsrf(headers, allowedOrigins, { cookie: true })
    ) {
      throw csrfError()
    }
  }

  const identify = (request: RequestHead, guard: GuardOptions | undefined): Promise<AuthenticationResult> => {
    const starting = ensureReady()
    if (starting !== undefined) return starting.then(() => identify(request, guard))
    refuseForgery(request)
    const { headers, ip } = request
    return authenticate(runtime, headers, acceptedBy(guard), () => findAddress(ip, headers))
  }

  const enter = async (
    request: RequestHead,
    guard: GuardOptions | undefined,
    permission?: Permission,
  ): Promise<Authenticated<Permission>> => {
    const found = await identify(request, guard)
    if (!found.authenticated) throw authenticationError(found.code)
    const { authentication } = found
    requireCredential(authentication, guard)
    const subject = await auth.permissions.subject(authentication)
    if (permission !== undefined) subject.authorize(permission)
    return { authentication, subject }
  }

  return {
    require: (request, guard) => enter(request, guard),
    requirePermission: (request, permission, guard) => enter(request, guard, permission),
    async optional(request, guard) {
      const found = await identify(request, guard)
      if (!found.authenticated) {
        if (bringsBearer(request.headers)) throw authenticationError(found.code)
        return undefined
      }
      const { authentication } = found
      requireCredential(authentication, guard)
      return { authentication, subject: await auth.permissions.subject(authentication) }
    },
    async requireResource(request, resource, guard) {
      const caller = await enter(request, guard)
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

function requireCredential({ apiKey }: Authentication, guard: GuardOptions | undefined): void {
  if (apiKey !== undefined && guard?.credentials === 'session') throw sessionNeededError()
}

/** Whether there is a bearer token, good or not. */
const bringsBearer = (headers: ReadHeaders): boolean => readBearer(headers.get('authorization')) !== undefined

const hasCollections = (guard: GuardOptions | undefined): guard is Accepted => guard?.collections !== undefined

const canUnchecked = (subject: Subject<string>, permission: string): boolean => subject.canUnchecked(permission)
