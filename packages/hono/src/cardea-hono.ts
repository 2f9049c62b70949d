import {
  type Admit,
  type Admitted,
  type AuthCollectionName,
  type AuthOptions,
  createErrorResponder,
  createGuards,
  createHandler,
  type Guards,
  type HttpOptions,
  type Loading,
  type OperationOf,
  type PermissionOptions,
  type ResourceOf,
  type ResourceOptions,
  type RowOf,
  type WithoutLoader,
} from '@cardea/http'
import {
  type AnyCollection,
  type Cardea,
  CardeaError,
  type FieldOf,
  type KnownName,
  type NoRows,
  type ObjectOf,
} from 'cardea'
import type { Context, Env, ErrorHandler, MiddlewareHandler, NotFoundHandler } from 'hono'
import { createRequestAuths, type LoadedBy, type LoadedEnv, type RequestAuth } from './request-auth.js'

/** Options of the adapter: those of the routes, and how to find the client. */
export interface HonoOptions extends HttpOptions {
  /**
   * The address of the socket, on platforms other than Node. Default: what `@hono/node-server` knows, else nothing.
   */
  readonly clientAddress?: (context: Context) => string | null | undefined
  /**
   * What guards do with who may not: `answer` with a problem (default), or `throw` the CardeaError, which the app's own error handler
   * then answers.
   */
  readonly refusals?: 'answer' | 'throw'
}

/** Cardea in a Hono app. */
export interface CardeaHono<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  /** Serves Cardea's routes and leaves all other paths to the app: `app.use(mount)`. */
  readonly mount: MiddlewareHandler
  /** Lets in whoever is signed in. */
  readonly requireAuth: <Named extends string = never>(
    options?: AuthOptions<Context, KnownName<Known, Named>>,
  ) => MiddlewareHandler
  /** Lets in whoever holds the permission: for everything, or for the object that `resource` loads. */
  readonly requirePermission: RequirePermission<Permission, Rows, Known>
  /** Lets everybody in, and finds out who it is. A bearer token that is no longer good is refused all the same. */
  readonly optionalAuth: <Named extends string = never>(
    options?: AuthOptions<Context, KnownName<Known, Named>>,
  ) => MiddlewareHandler
  /**
   * Lets in whoever may do to the resource what the method does: GET and HEAD read, POST creates, PUT and PATCH update,
   * DELETE deletes. Any other method is refused.
   */
  readonly guardResource: GuardResource<Permission, Rows, Known>
  /** Who a guard has let in. @throws CardeaError `unauthenticated` when none has. */
  readonly getAuth: (context: Context) => RequestAuth<Permission, Rows>
  /** The same after `optionalAuth`: undefined for nobody. */
  readonly findAuth: (context: Context) => RequestAuth<Permission, Rows> | undefined
  /**
   * What the guard in front of the handler has loaded, by the type that its loader gives. Undefined where no guard has loaded
   * anything; of several objects, the last.
   */
  readonly getResource: <E extends Env>(context: Context<E>) => LoadedBy<E>
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

/** Makes a guard that asks for a permission. Of overloads that do not fit, compilers tell of the last: the one with a loader. */
export interface RequirePermission<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  <Q extends Permission, Named extends string = never>(
    permission: Q,
    options?: PermissionOptions<Context, FieldOf<Rows, Q>, KnownName<Known, Named>> & WithoutLoader,
  ): MiddlewareHandler
  <Q extends Permission, Row extends ObjectOf<Rows, Q>, Named extends string = never>(
    permission: Q,
    options: PermissionOptions<Context, FieldOf<Rows, Q>, KnownName<Known, Named>> & Loading<Context, Row>,
  ): MiddlewareHandler<LoadedEnv<Row>>
}

/** Makes a guard that goes by what the method does to a resource. */
export interface GuardResource<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  <Resource extends ResourceOf<Permission>, Named extends string = never>(
    resource: Resource,
    options?: ResourceOptions<Context, OperationOf<Permission, Resource>, KnownName<Known, Named>> & WithoutLoader,
  ): MiddlewareHandler
  /** Nothing is loaded for what creates, so that `getResource` may give undefined. */
  <Resource extends ResourceOf<Permission>, Row extends RowOf<Rows, Resource>, Named extends string = never>(
    resource: Resource,
    options: ResourceOptions<Context, OperationOf<Permission, Resource>, KnownName<Known, Named>> &
      Loading<Context, Row>,
  ): MiddlewareHandler<LoadedEnv<Row | undefined>>
}

/**
 * Binds an instance to Hono.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function cardeaHono<
  Users extends AnyCollection,
  Others extends AnyCollection,
  Permission extends string,
  Role extends string,
  Rows,
>(
  auth: Cardea<Users, Others, Permission, Role, Rows>,
  options: HonoOptions = {},
): CardeaHono<Permission, Rows, AuthCollectionName<Others>> {
  const { clientAddress = socketAddress, refusals = 'answer', ...others } = options
  if (refusals !== 'answer' && refusals !== 'throw') {
    throw new CardeaError('configuration_invalid', "cardeaHono: refusals is 'answer' or 'throw'")
  }
  // Who finds addresses by itself knows of proxies, and has asked for nobody's to be believed.
  const httpOptions: HttpOptions = options.clientAddress === undefined ? others : { trustProxy: 0, ...others }
  const handler = createHandler(auth, httpOptions, 'cardeaHono')
  // Permissions and rows are for the compiler: what is returned has their types.
  const guards = createGuards(auth, httpOptions, 'cardeaHono') as unknown as Guards<string, NoRows, string>
  const errors = createErrorResponder(auth)
  const auths = createRequestAuths<Permission, Rows>(() => errors.unguarded())

  const guarded =
    (admit: Admit<Context, Admitted | undefined>): MiddlewareHandler =>
    async (context, next) => {
      let found: Admitted | undefined
      const { headers, method } = context.req.raw
      try {
        found = await admit({ headers, method, ip: clientAddress(context) ?? null }, context)
      } catch (error) {
        // Answered here, so that a guard says the right thing also in an app without an error handler of its own.
        const refusal = refusals === 'answer' ? errors.refusal(error, context.req.raw) : undefined
        if (refusal === undefined) throw error
        return beside(context, refusal)
      }
      auths.remember(context, found)
      await next()
      return undefined
    }

  const serve: MiddlewareHandler = async (context, next) => {
    if (handler.matches(context.req.path)) {
      return beside(context, await handler(await unread(context), { ip: clientAddress(context) ?? null }))
    }
    await next()
    return undefined
  }

  return {
    mount: (...[context, next]: Partial<Parameters<MiddlewareHandler>>) => {
      if (context === undefined || next === undefined) {
        throw new CardeaError('configuration_invalid', 'mount: is handed over without parentheses: app.use(mount)')
      }
      return serve(context, next)
    },
    requireAuth: (guardOptions) => guarded(guards.requireAuth(guardOptions)),
    requirePermission: (permission: string, guardOptions?: PermissionOptions<Context>) =>
      guarded(guards.requirePermission(permission, guardOptions)),
    optionalAuth: (guardOptions) => guarded(guards.optionalAuth(guardOptions)),
    guardResource: (resource: string, guardOptions?: ResourceOptions<Context, string>) =>
      guarded(guards.guardResource(resource, guardOptions)),
    getAuth: auths.get,
    findAuth: auths.find,
    getResource: auths.resource,
    onError: (error, context) => {
      // Hono's own HTTPException brings its answer along.
      if ('getResponse' in error) return error.getResponse()
      return beside(context, errors.problem(error, context.req.raw))
    },
    notFound: (context) => beside(context, errors.notFound(context.req.raw)),
    unreadable: (error) => {
      const isRequestError = error instanceof Error && error.name === 'RequestError'
      const told = isRequestError
        ? new CardeaError('invalid_request', 'The target or the host of the request cannot be read.', { cause: error })
        : error
      return errors.problem(told, { method: 'GET', headers: new Headers() })
    },
  }
}

/** Headers of which both the app and Cardea may have something to say. */
const shared = new Set(['set-cookie', 'vary'])

/**
 * An answer beside what middlewares have set so far. Hono lets that win, so that a cookie of theirs would take the place of all of
 * ours, and what may be cached of theirs would hold for ours.
 */
function beside({ res }: Context, answer: Response): Response {
  for (const [name, value] of answer.headers) {
    if (shared.has(name)) res.headers.append(name, value)
    else res.headers.set(name, value)
  }
  return answer
}

/**
 * The request with its body, also when a middleware before has read it through Hono, which keeps what it read. Of one that was read
 * past Hono nothing is left; whatever needs it says so.
 */
async function unread({ req }: Context): Promise<Request> {
  if (!req.raw.bodyUsed) return req.raw
  const body = await req.text().catch(() => undefined)
  return body === undefined ? req.raw : new Request(req.url, { method: req.method, headers: req.raw.headers, body })
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
