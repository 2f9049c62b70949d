import type {
  AuthOptions,
  Awaitable,
  HandlerRequest,
  Loading,
  OperationOf,
  PermissionOptions,
  ResourceOf,
  ResourceOptions,
  RowOf,
  WithoutLoader,
} from '@cardea/http'
import type { FieldOf, KnownName, NoRows, ObjectOf } from 'cardea'
import type { NextRequest } from 'next/server.js'
import type { Asked, FindAuth, GetAuth, GetResource, LoadedRequest } from './request-auth.js'

/** What Next hands to a handler beside the request: the parameters of a route. */
export interface RouteContext {
  readonly params: Promise<Record<string, string>>
}

/** A handler of a route or of `proxy.ts`, as an app writes it. */
export type AnyHandler<R extends NextRequest, Context> = (request: R, context: Context) => Awaitable<Response>

/** What is exported as `GET`, `POST` and so on. */
export type RouteHandler<Context> = (request: NextRequest, context: Context) => Promise<Response>

/** Stands in front of a handler: `export const GET = guard((request) => …)`. */
export type Guard = <Context>(handle: AnyHandler<NextRequest, Context>) => RouteHandler<Context>

/** A guard that loads an object for the handler behind it. */
export type LoadingGuard<Row extends object | undefined, Loader> = <Context extends Loader>(
  handle: AnyHandler<LoadedRequest<Row>, Context>,
) => RouteHandler<Context>

/** The methods of a route that is Cardea's. Each does the same, by the request's own method. */
export type Mount = Readonly<
  Record<
    'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
    (request: HandlerRequest, context?: unknown) => Promise<Response>
  >
>

/** Cardea in a Next app. */
export interface CardeaNext<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  /** Serves Cardea's routes: `export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = mount` in `[...path]/route.ts`. */
  readonly mount: Mount
  /** Lets in whoever is signed in. */
  readonly requireAuth: <Context = RouteContext, Named extends string = never>(
    options?: AuthOptions<Asked<Context>, KnownName<Known, Named>>,
  ) => Guard
  /** Lets in whoever holds the permission: for everything, or for the object that `resource` loads. */
  readonly requirePermission: RequirePermission<Permission, Rows, Known>
  /** Lets everybody in, and finds out who it is. A bearer token that is no longer good is refused all the same. */
  readonly optionalAuth: <Context = RouteContext, Named extends string = never>(
    options?: AuthOptions<Asked<Context>, KnownName<Known, Named>>,
  ) => Guard
  /**
   * Lets in whoever may do to the resource what the method does: GET and HEAD read, POST creates, PUT and PATCH update,
   * DELETE deletes. Any other method is refused.
   */
  readonly guardResource: GuardResource<Permission, Rows, Known>
  /**
   * `getAuth(request)` in a handler: who a guard has let in. `await getAuth()` in server components and actions: who has sent the
   * request that is rendered, found out once for all of them.
   *
   * @throws CardeaError `unauthenticated` for nobody; without a request also what `requireAuth` refuses with.
   */
  readonly getAuth: GetAuth<Permission, Rows, Known>
  /** The same, undefined for nobody. */
  readonly findAuth: FindAuth<Permission, Rows, Known>
  /**
   * What the guard in front of the handler has loaded, by the type that its loader gives. Undefined where no guard has loaded
   * anything; of several objects, the last.
   */
  readonly getResource: GetResource
  /** Answers what a handler without a guard throws as behind one: `export const GET = withErrors((request) => …)`. */
  readonly withErrors: Guard
  /** Answers paths that nobody serves, in a route of `[...path]`. */
  readonly notFound: (request: NextRequest) => Response
}

/** Makes a guard that asks for a permission. Of overloads that do not fit, compilers tell of the last: the one with a loader. */
export interface RequirePermission<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  <Q extends Permission, Context = RouteContext, Named extends string = never>(
    permission: Q,
    options?: PermissionOptions<Asked<Context>, FieldOf<Rows, Q>, KnownName<Known, Named>> & WithoutLoader,
  ): Guard
  <Q extends Permission, Row extends ObjectOf<Rows, Q>, Context = RouteContext, Named extends string = never>(
    permission: Q,
    options: PermissionOptions<Asked<Context>, FieldOf<Rows, Q>, KnownName<Known, Named>> &
      Loading<Asked<Context>, Row>,
  ): LoadingGuard<Row, Context>
}

/** Makes a guard that goes by what the method does to a resource. */
export interface GuardResource<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  <Resource extends ResourceOf<Permission>, Context = RouteContext, Named extends string = never>(
    resource: Resource,
    options?: ResourceOptions<Asked<Context>, OperationOf<Permission, Resource>, KnownName<Known, Named>> &
      WithoutLoader,
  ): Guard
  /** Nothing is loaded for what creates, so that `getResource` may give undefined. */
  <
    Resource extends ResourceOf<Permission>,
    Row extends RowOf<Rows, Resource>,
    Context = RouteContext,
    Named extends string = never,
  >(
    resource: Resource,
    options: ResourceOptions<Asked<Context>, OperationOf<Permission, Resource>, KnownName<Known, Named>> &
      Loading<Asked<Context>, Row>,
  ): LoadingGuard<Row | undefined, Context>
}
