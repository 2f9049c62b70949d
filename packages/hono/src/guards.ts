import type {
  AuthOptions,
  Loading,
  OperationOf,
  PermissionOptions,
  ResourceOf,
  ResourceOptions,
  RowOf,
  WithoutLoader,
} from '@cardea/http'
import type { FieldOf, KnownName, NoRows, ObjectOf } from 'cardea'
import type { Context, Env, ErrorHandler, MiddlewareHandler, NotFoundHandler } from 'hono'
import type { LoadedBy, LoadedEnv, RequestAuth } from './request-auth.js'

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
