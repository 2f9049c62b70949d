import type { AnyCollection, AuthCollectionName, Cardea, KnownName } from 'cardea'
import type { RequestHead } from '../credentials/headers.js'
import { createRuntime } from '../handler/runtime.js'
import type { HttpOptions } from '../options/options.js'
import type { Authenticated } from './authenticated.js'
import { refuseUnknown } from './check-guard-options.js'
import { createEntrance } from './enter.js'
import type { RequestGuardOptions } from './guard-options.js'
import { methodOperations } from './method-operations.js'
import { requireOperation } from './require-operation.js'

/**
 * Guards for routes of the app's own that are asked request by request: for apps without an adapter. Each costs one statement in
 * strict mode while nothing has changed.
 */
export interface Guard<Permission extends string, Known extends string = 'users'> {
  /**
   * Finds out who sent a request, if anybody did: with a session, or with an API key.
   *
   * @returns Undefined for a request without a credential, and for one whose cookie is no longer good.
   * @throws CardeaError `token_invalid`, `token_expired`, `session_revoked` for a bearer token that is no longer good,
   * `csrf_rejected`, `unavailable`; `rate_limited` for API keys of a network that has shown too many wrong ones.
   */
  optional<Named extends string = never>(
    request: RequestHead,
    options?: RequestGuardOptions<KnownName<Known, Named>>,
  ): Promise<Authenticated<Permission> | undefined>

  /**
   * Goes on only for somebody who is signed in.
   *
   * @throws CardeaError `unauthenticated`, `token_invalid`, `token_expired`, `session_revoked`, `csrf_rejected`,
   * `unavailable`, `rate_limited`; `forbidden` for an API key where `credentials` is `session`.
   */
  require<Named extends string = never>(
    request: RequestHead,
    options?: RequestGuardOptions<KnownName<Known, Named>>,
  ): Promise<Authenticated<Permission>>

  /**
   * Goes on only for somebody who holds a permission for everything. For one object, `require` and then `authorize` ask.
   *
   * @throws CardeaError as `require`, and `forbidden`; `undeclared_permission` for one that does not exist.
   */
  requirePermission<Named extends string = never>(
    request: RequestHead,
    permission: Permission,
    options?: RequestGuardOptions<KnownName<Known, Named>>,
  ): Promise<Authenticated<Permission>>

  /**
   * Goes on only for somebody who may do to a resource what the method does: GET and HEAD read, POST creates, PUT and
   * PATCH update, DELETE deletes. Other methods, and operations that the catalogue does not have, are refused.
   *
   * @throws CardeaError as `require`, and `forbidden`.
   */
  requireResource<Named extends string = never>(
    request: RequestHead,
    resource: string,
    options?: RequestGuardOptions<KnownName<Known, Named>>,
  ): Promise<Authenticated<Permission>>
}

const usualOperations = methodOperations(undefined)

/**
 * Builds the guards of an instance, for apps without an adapter.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function createGuard<Users extends AnyCollection, Others extends AnyCollection, Permission extends string>(
  auth: Cardea<Users, Others, Permission>,
  options: HttpOptions = {},
): Guard<Permission, AuthCollectionName<Others>> {
  const entrance = createEntrance<Permission>(createRuntime(auth, options, 'createGuard'))
  // What is misspelt would let in whom it is to keep out.
  const enter: typeof entrance.enter = async (request, guard = {}) => {
    refuseUnknown('guard', guard)
    return await entrance.enter(request, guard)
  }
  return {
    require: enter,
    optional: async (request, guard = {}) => {
      refuseUnknown('guard', guard)
      return await entrance.enterOptionally(request, guard)
    },
    async requirePermission(request, permission, guard) {
      const caller = await enter(request, guard)
      caller.authorize(permission)
      return caller
    },
    async requireResource(request, resource, guard) {
      const caller = await enter(request, guard)
      requireOperation(caller, resource, usualOperations.get(request.method))
      return caller
    },
  }
}
