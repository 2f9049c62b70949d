import {
  type Authenticated,
  createErrorResponder,
  createGuard,
  createHandler,
  type GuardOptions,
  type HttpOptions,
  type RequestHead,
} from '@cardea/http'
import { type AnyCollection, type Cardea, CardeaError, isCardeaError } from 'cardea'
import type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from 'hono'
import { createRequestAuths, type RequestAuth } from './request-auth.js'

/** Options of the adapter: those of the routes, and how to find the client. */
export interface HonoOptions extends HttpOptions {
  /**
   * The address of the socket, on platforms other than Node. Default: what `@hono/node-server` knows, else nothing.
   */
  readonly clientAddress?: (context: Context) => string | null | undefined
}

/** Cardea in a Hono app. */
export interface CardeaHono<Permission extends string> {
  /** Serves Cardea's routes and leaves all other paths to the app: `app.use(mount)`. */
  readonly mount: MiddlewareHandler
  /** Lets in whoever is signed in. */
  readonly requireAuth: (options?: GuardOptions) => MiddlewareHandler
  /** Lets in whoever holds the permission. */
  readonly requirePermission: (permission: Permission, options?: GuardOptions) => MiddlewareHandler
  /** Lets everybody in, and finds out who it is. A bearer token that is no longer good is refused all the same. */
  readonly optionalAuth: (options?: GuardOptions) => MiddlewareHandler
  /**
   * Lets in whoever may do to the resource what the method does: GET and HEAD read, POST creates, PUT and PATCH update,
   * DELETE deletes. Any other method is refused.
   */
  readonly guardResource: (resource: ResourceOf<Permission>, options?: GuardOptions) => MiddlewareHandler
  /** Who a guard has let in. @throws CardeaError `unauthenticated` when none has. */
  readonly getAuth: (context: Context) => RequestAuth<Permission>
  /** The same after `optionalAuth`: undefined for nobody. */
  readonly findAuth: (context: Context) => RequestAuth<Permission> | undefined
  /** Answers CardeaErrors that the app's own code throws, and everything else as a 500: `app.onError(onError)`. */
  readonly onError: ErrorHandler
  /** Answers paths that nobody serves: `app.notFound(notFound)`. */
  readonly notFound: NotFoundHandler
  /**
   * Answers requests that never get to the app, as their target or `Host` cannot be read: for the `errorHandler` of
   * `getRequestListener` of `@hono/node-server`, whose own answer is an empty 400.
   */
  readonly unreadable: (error: unknown) => Response
}

/** The resources of a catalogue: what stands before the colon. */
export type ResourceOf<Permission extends string> = Permission extends `${infer Resource}:${string}` ? Resource : string

/**
 * Binds an instance to Hono.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function cardeaHono<Users extends AnyCollection, Others extends AnyCollection, Permission extends string>(
  auth: Cardea<Users, Others, Permission>,
  options: HonoOptions = {},
): CardeaHono<Permission> {
  const { clientAddress = socketAddress, ...httpOptions } = options
  const handler = createHandler(auth, httpOptions)
  const guard = createGuard(auth, httpOptions)
  const errors = createErrorResponder(auth)
  const auths = createRequestAuths<Permission>()

  const guarded =
    (check: (request: RequestHead) => Promise<Authenticated<Permission> | undefined>): MiddlewareHandler =>
    async (context, next) => {
      let found: Authenticated<Permission> | undefined
      try {
        const { headers, method } = context.req.raw
        found = await check({ headers, method, ip: clientAddress(context) ?? null })
      } catch (error) {
        // Answered here, so that a guard says the right thing also in an app without an error handler of its own.
        if (!isCardeaError(error)) throw error
        return errors.problem(error, context.req.raw)
      }
      if (found !== undefined) auths.remember(context, found)
      await next()
      return undefined
    }

  return {
    mount: async (context, next) => {
      if (handler.matches(context.req.path)) {
        return await handler(await unread(context), { ip: clientAddress(context) ?? null })
      }
      await next()
      return undefined
    },
    requireAuth: (guardOptions) => guarded((request) => guard.require(request, guardOptions)),
    requirePermission: (permission, guardOptions) =>
      guarded((request) => guard.requirePermission(request, permission, guardOptions)),
    optionalAuth: (guardOptions) => guarded((request) => guard.optional(request, guardOptions)),
    guardResource: (resource, guardOptions) =>
      guarded((request) => guard.requireResource(request, resource, guardOptions)),
    getAuth: auths.get,
    findAuth: auths.find,
    onError: (error, context) => {
      // Hono's own HTTPException brings its answer along.
      if ('getResponse' in error) return error.getResponse()
      return errors.problem(error, context.req.raw)
    },
    notFound: (context) => errors.notFound(context.req.raw),
    unreadable: (error) => {
      const isRequestError = error instanceof Error && error.name === 'RequestError'
      const told = isRequestError
        ? new CardeaError('invalid_request', 'The target or the host of the request cannot be read.', { cause: error })
        : error
      return errors.problem(told, { method: 'GET', headers: new Headers() })
    },
  }
}

/** The request with its body, also when a middleware before has read it through Hono, which keeps what it read. */
async function unread({ req }: Context): Promise<Request> {
  if (!req.raw.bodyUsed) return req.raw
  return new Request(req.url, { method: req.method, headers: req.raw.headers, body: await req.text() })
}

/** What `@hono/node-server` hands over as the environment of a request. */
interface NodeEnvironment {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
}

function socketAddress(context: Context): string | undefined {
  // The environment is whatever the platform passes; each step is looked at before the next.
  const environment = context.env as NodeEnvironment | undefined
  return environment?.incoming?.socket?.remoteAddress
}
