import {
  type Admit,
  type Admitted,
  type AuthOptions,
  createErrorResponder,
  createGuards,
  createHandler,
  type Guards,
  type HandlerRequest,
  type HttpOptions,
  type PermissionOptions,
  type ReadHeaders,
  type RequestGuardOptions,
  type RequestHead,
  type ResourceOptions,
} from '@cardea/http'
import { type AnyCollection, type AuthCollectionName, type Cardea, CardeaError, type NoRows } from 'cardea'
import type { NextRequest } from 'next/server.js'
import { createCurrentAuths } from './current-auth.js'
import type { AnyHandler, CardeaNext, Guard, GuardResource, RequirePermission } from './guards.js'
import { createRequestAuths, type FindAuth, type GetAuth } from './request-auth.js'

/** Options of the adapter: those of the routes, and what Next does not tell. */
export interface NextOptions extends HttpOptions {
  /**
   * The address of the socket, by the headers of a request. Next shows it to no route, and its `x-forwarded-for` may be the client's
   * own: only a header that the app's server sets on every request will do. Default: unknown. Behind proxies that are counted
   * (`trustProxy: 1`) it is not needed.
   */
  readonly clientAddress?: (headers: ReadHeaders) => string | null | undefined
  /** What guards do with who may not: `answer` with a problem (default), or `throw` the CardeaError, which `onError` then answers. */
  readonly refusals?: 'answer' | 'throw'
  /**
   * Answers what loaders and guarded handlers throw. What it throws itself is Next's: `onError: (error) => { throw error }` leaves all
   * to `instrumentation.ts`. Default: CardeaErrors as problems, and everything else as a 500 that says nothing.
   */
  readonly onError?: (error: unknown, request: NextRequest) => Response | Promise<Response>
  /**
   * The `basePath` of `next.config.ts`, where there is one. Next takes it off the paths that routes see, and the one of `createCardea`
   * begins with it: `/shop` here and there, `/shop/api/v1` for `createCardea`.
   */
  readonly nextBasePath?: string
}

/** Redirects, and what else Next is told by throwing it, by its `digest`: none of it is a failure. */
const isOfNext = (error: unknown): boolean =>
  error instanceof Error &&
  'digest' in error &&
  /^(NEXT_|DYNAMIC_SERVER_USAGE|HANGING_PROMISE_REJECTION|BAILOUT_TO_CLIENT_SIDE_RENDERING)/.test(String(error.digest))

/** The context of a route is an object, whatever is in it, and which collections there are is for the compiler alone. */
const ofAny = (options: unknown) => options as AuthOptions<object> | undefined

/**
 * Binds an instance to Next.js, 16 or later, App Router.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function cardeaNext<
  Users extends AnyCollection,
  Others extends AnyCollection,
  Permission extends string,
  Role extends string,
  Rows,
>(
  auth: Cardea<Users, Others, Permission, Role, Rows>,
  options: NextOptions = {},
): CardeaNext<Permission, Rows, AuthCollectionName<Others>> {
  type Known = AuthCollectionName<Others>
  const { clientAddress = () => null, refusals = 'answer', onError, nextBasePath = '', ...others } = options
  if (refusals !== 'answer' && refusals !== 'throw') {
    throw new CardeaError('configuration_invalid', "cardeaNext: refusals is 'answer' or 'throw'")
  }
  // Who finds addresses by itself knows of proxies, and has asked for nobody's to be believed.
  const httpOptions: HttpOptions = options.clientAddress === undefined ? others : { trustProxy: 0, ...others }
  const handler = createHandler(auth, httpOptions, 'cardeaNext')
  // Permissions and rows are for the compiler: what is returned has their types.
  const guards = createGuards(auth, httpOptions, 'cardeaNext') as unknown as Guards<string, NoRows, string>
  // What is not needed at start, a route may need that Next loads with its first request.
  auth.permissions.needs('later', 'cardeaNext')
  const errors = createErrorResponder(auth)
  const auths = createRequestAuths<Permission, Rows>(() => errors.unguarded())

  const addressOf = (headers: ReadHeaders): string | null => clientAddress(headers) ?? null
  const headOf = ({ headers, method }: RequestHead): RequestHead => ({ headers, method, ip: addressOf(headers) })
  const current = createCurrentAuths<Permission, Rows>(guards, headOf)

  const answer = async (error: unknown, request: NextRequest): Promise<Response> => {
    if (isOfNext(error)) throw error
    return onError === undefined ? errors.problem(error, request) : await onError(error, request)
  }
  const withErrors =
    <R extends NextRequest, Context>(handle: AnyHandler<R, Context>) =>
    async (request: R, context: Context): Promise<Response> => {
      try {
        return await handle(request, context)
      } catch (error) {
        return await answer(error, request)
      }
    }
  const guarded = (admit: Admit<object, Admitted | undefined>): Guard => {
    return (handle) =>
      withErrors(async (request: NextRequest, context) => {
        const head = headOf(request)
        try {
          const found = await admit(head, { ...context, request })
          auths.remember(request, found)
        } catch (error) {
          const refusal = refusals === 'answer' ? errors.refusal(error, head) : undefined
          if (refusal === undefined) throw error
          return refusal
        }
        return await handle(request, context)
      })
  }
  const serve = async ({ body, bodyUsed, headers, method, url }: HandlerRequest): Promise<Response> => {
    const { origin, pathname, search } = new URL(url)
    const whole = `${origin}${nextBasePath}${pathname}${search}`
    return await handler({ body, bodyUsed, headers, method, url: whole }, { ip: addressOf(headers) })
  }

  return {
    mount: { GET: serve, HEAD: serve, POST: serve, PUT: serve, PATCH: serve, DELETE: serve, OPTIONS: serve },
    requireAuth: (guardOptions) => guarded(guards.requireAuth(ofAny(guardOptions))),
    requirePermission: ((permission: string, guardOptions?: PermissionOptions<object>) =>
      guarded(guards.requirePermission(permission, guardOptions))) as unknown as RequirePermission<
      Permission,
      Rows,
      Known
    >,
    optionalAuth: (guardOptions) => guarded(guards.optionalAuth(ofAny(guardOptions))),
    guardResource: ((resource: string, guardOptions?: ResourceOptions<object, string>) =>
      guarded(guards.guardResource(resource, guardOptions))) as unknown as GuardResource<Permission, Rows, Known>,
    getAuth: ((from?: Request | RequestGuardOptions) =>
      from instanceof Request ? auths.get(from) : current.get(from)) as GetAuth<Permission, Rows, Known>,
    findAuth: ((from?: Request | RequestGuardOptions) =>
      from instanceof Request ? auths.find(from) : current.find(from)) as FindAuth<Permission, Rows, Known>,
    getResource: auths.resource,
    withErrors,
    notFound: (request) => errors.notFound(request),
  }
}
