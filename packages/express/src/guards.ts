import type { IncomingMessage, ServerResponse } from 'node:http'
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
import type { NextFunction, Request } from 'express'
import type { GetResource, Guard, LoadingGuard, PathValues, RequestAuth } from './request-auth.js'

/** Cardea in an Express app. */
export interface CardeaExpress<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  /** Serves Cardea's routes and leaves all other paths to the app: `app.use(mount)`. */
  readonly mount: Guard
  /** Lets in whoever is signed in. */
  readonly requireAuth: <Values = PathValues, Named extends string = never>(
    options?: AuthOptions<Request<Values>, KnownName<Known, Named>>,
  ) => Guard
  /** Lets in whoever holds the permission: for everything, or for the object that `resource` loads. */
  readonly requirePermission: RequirePermission<Permission, Rows, Known>
  /** Lets everybody in, and finds out who it is. A bearer token that is no longer good is refused all the same. */
  readonly optionalAuth: <Values = PathValues, Named extends string = never>(
    options?: AuthOptions<Request<Values>, KnownName<Known, Named>>,
  ) => Guard
  /**
   * Lets in whoever may do to the resource what the method does: GET and HEAD read, POST creates, PUT and PATCH update,
   * DELETE deletes. Any other method is refused.
   */
  readonly guardResource: GuardResource<Permission, Rows, Known>
  /** Who a guard has let in. @throws CardeaError `unauthenticated` when none has. */
  readonly getAuth: (request: IncomingMessage) => RequestAuth<Permission, Rows>
  /** The same after `optionalAuth`: undefined for nobody. */
  readonly findAuth: (request: IncomingMessage) => RequestAuth<Permission, Rows> | undefined
  /**
   * What the guard in front of the handler has loaded, by the type that its loader gives. Undefined where no guard has loaded
   * anything; of several objects, the last.
   */
  readonly getResource: GetResource
  /**
   * Answers CardeaErrors, requests that Express and its parsers cannot read, and everything else as a 500; errors that bring a status
   * of their own go on to Express: `app.use(onError)`, after everything else.
   */
  readonly onError: (error: unknown, request: IncomingMessage, response: ServerResponse, next: NextFunction) => void
  /** Answers paths that nobody serves: `app.use(notFound)`, after all routes. */
  readonly notFound: Guard
}

/** Makes a guard that asks for a permission. Of overloads that do not fit, compilers tell of the last: the one with a loader. */
export interface RequirePermission<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  <Q extends Permission, Values = PathValues, Named extends string = never>(
    permission: Q,
    options?: PermissionOptions<Request<Values>, FieldOf<Rows, Q>, KnownName<Known, Named>> & WithoutLoader,
  ): Guard
  <Q extends Permission, Row extends ObjectOf<Rows, Q>, Values = PathValues, Named extends string = never>(
    permission: Q,
    options: PermissionOptions<Request<Values>, FieldOf<Rows, Q>, KnownName<Known, Named>> &
      Loading<Request<Values>, Row>,
  ): LoadingGuard<Row, Values>
}

/** Makes a guard that goes by what the method does to a resource. */
export interface GuardResource<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  <Resource extends ResourceOf<Permission>, Values = PathValues, Named extends string = never>(
    resource: Resource,
    options?: ResourceOptions<Request<Values>, OperationOf<Permission, Resource>, KnownName<Known, Named>> &
      WithoutLoader,
  ): Guard
  /** Nothing is loaded for what creates, so that `getResource` may give undefined. */
  <
    Resource extends ResourceOf<Permission>,
    Row extends RowOf<Rows, Resource>,
    Values = PathValues,
    Named extends string = never,
  >(
    resource: Resource,
    options: ResourceOptions<Request<Values>, OperationOf<Permission, Resource>, KnownName<Known, Named>> &
      Loading<Request<Values>, Row>,
  ): LoadingGuard<Row | undefined, Values>
}
