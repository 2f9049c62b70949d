import { CardeaError } from '@cardea/core'
import type { Authentication, AuthenticationFailure, AuthenticationResult, Subject } from 'cardea'
import { readBearer } from '../credentials/bearer.js'
import type { ReadHeaders, RequestHead } from '../credentials/headers.js'
import { isUnsafeMethod, passesCsrf } from '../csrf/csrf.js'
import type { Runtime } from '../handler/runtime.js'
import { sayHint } from '../hints/say-hint.js'
import { csrfError } from '../problem/errors.js'
import { Admission } from './admission.js'
import { type Accepted, authenticate, authenticationError, sessionNeededError } from './authenticate.js'
import type { GuardOptions, RequestGuardOptions } from './guard-options.js'

const usersOnly: Accepted = { collections: ['users'] }

/** What all guards of an instance begin with. */
export interface Entrance<Permission extends string> {
  /** Who sent a request. @throws CardeaError for nobody. */
  readonly enter: (request: RequestHead, guard: RequestGuardOptions | undefined) => Promise<Admission<Permission>>
  /** Who sent a request, if anybody did. @throws CardeaError for a bearer token that is no good. */
  readonly enterOptionally: (
    request: RequestHead,
    guard: RequestGuardOptions | undefined,
  ) => Promise<Admission<Permission> | undefined>
}

export function createEntrance<Permission extends string>(runtime: Runtime): Entrance<Permission> {
  const { auth, config, cookies, allowedOrigins, ensureReady, findAddress } = runtime

  const refuseForgery = ({ headers, method }: RequestHead): void => {
    if (
      isUnsafeMethod(method) &&
      // A page cannot set this header on a request across sites without being asked for (a preflight) first.
      !bringsBearer(headers) &&
      cookies.presentIn(headers.get('cookie')) &&
      !passesCsrf(headers, allowedOrigins, { cookie: true })
    ) {
      sayHint(auth, 'origin')
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

  /** A credential of another collection is not told from a forged one, but to developers, in the log. It takes another look-up. */
  const refusal = (
    code: AuthenticationFailure,
    { headers }: RequestHead,
    guard: GuardOptions | undefined,
  ): CardeaError => {
    if (config.environment === 'development') {
      config.background(
        import('../hints/hints.js').then((later) =>
          later.tellOtherCollection(runtime, headers, acceptedBy(guard), authenticate),
        ),
      )
    }
    return authenticationError(code)
  }

  const subjectOf = (
    authentication: Authentication,
    guard: RequestGuardOptions | undefined,
  ): Promise<Subject<Permission>> => {
    requireCredential(authentication, guard)
    const tenant = guard?.tenant
    return auth.permissions.subject(authentication, hasTenant(tenant) ? { tenant } : undefined)
  }

  // Both wait for as little as they can: every guarded request goes this way.
  return {
    async enter(request, guard) {
      const found = await identify(request, guard)
      if (!found.authenticated) throw refusal(found.code, request, guard)
      const { authentication } = found
      const subject = await subjectOf(authentication, guard)
      return new Admission(runtime, request, { authentication, subject, resource: undefined })
    },
    async enterOptionally(request, guard) {
      const found = await identify(request, guard)
      if (!found.authenticated) {
        if (bringsBearer(request.headers)) throw refusal(found.code, request, guard)
        return undefined
      }
      const { authentication } = found
      const subject = await subjectOf(authentication, guard)
      return new Admission(runtime, request, { authentication, subject, resource: undefined })
    },
  }
}

/** @throws CardeaError `invalid_request` for an empty name: of a path that was cut short, and it must not come to mean no tenant. */
function hasTenant(tenant: string | null | undefined): tenant is string {
  if (tenant === '') throw new CardeaError('invalid_request', 'The tenant that this is about has no name.')
  return tenant !== undefined && tenant !== null
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
