import type { IncomingMessage, ServerResponse } from 'node:http'
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
  type RequestHead,
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
import type { NextFunction, Request } from 'express'
import { toldOf } from './handed-errors.js'
import { headersOf, readable, splitTarget } from './node-request.js'
import {
  createRequestAuths,
  type GetResource,
  type Guard,
  type LoadingGuard,
  type PathValues,
  type RequestAuth,
} from './request-auth.js'
import { sendResponse } from './send-response.js'

/** Options of the adapter: those of the routes, and what differs in the app. */
export interface ExpressOptions extends HttpOptions {
  /**
   * The address that a request came from. Default: the socket's, so that `trustProxy` alone decides which proxies are believed,
   * whatever the app's own `trust proxy` says. With `(request) => request.ip` the app's decides.
   */
  readonly clientAddress?: (request: Request) => string | null | undefined
  /**
   * What guards do with who may not: `answer` with a problem (default), or `throw`, which hands the CardeaError to the app's own error
   * handlers.
   */
  readonly refusals?: 'answer' | 'throw'
}

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

/**
 * Binds an instance to Express, 4.21 or 5.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function cardeaExpress<
  Users extends AnyCollection,
  Others extends AnyCollection,
  Permission extends string,
  Role extends string,
  Rows,
>(
  auth: Cardea<Users, Others, Permission, Role, Rows>,
  options: ExpressOptions = {},
): CardeaExpress<Permission, Rows, AuthCollectionName<Others>> {
  const { clientAddress = socketAddress, refusals = 'answer', ...others } = options
  if (refusals !== 'answer' && refusals !== 'throw') {
    throw new CardeaError('configuration_invalid', "cardeaExpress: refusals is 'answer' or 'throw'")
  }
  // Who finds addresses by itself knows of proxies, and has asked for nobody's to be believed.
  const httpOptions: HttpOptions = options.clientAddress === undefined ? others : { trustProxy: 0, ...others }
  const handler = createHandler(auth, httpOptions, 'cardeaExpress')
  // Permissions and rows are for the compiler: what is returned has their types.
  const guards = createGuards(auth, httpOptions, 'cardeaExpress') as unknown as Guards<string, NoRows, string>
  const errors = createErrorResponder(auth)
  const auths = createRequestAuths<Permission, Rows>(() => errors.unguarded())

  const addressOf = (request: IncomingMessage): string | null => clientAddress(request as Request) ?? null
  const headOf = (request: IncomingMessage): RequestHead => ({
    method: request.method ?? 'GET',
    headers: headersOf(request),
    ip: addressOf(request),
  })
  // Express 4 waits for no promise, so none of these is ever rejected: what goes wrong is handed on.
  const answer = async (request: IncomingMessage, response: ServerResponse, next: NextFunction, said: Response) => {
    try {
      await sendResponse(request, response, said)
    } catch (error) {
      next(error)
    }
  }
  const guarded = <Values>(admit: Admit<Request<Values>, Admitted | undefined>): Guard => {
    const letIn = async (request: IncomingMessage, response: ServerResponse, next: NextFunction): Promise<void> => {
      let head: RequestHead | undefined
      try {
        head = headOf(request)
        const found = await admit(head, request as Request<Values>)
        auths.remember(request, found)
      } catch (error) {
        const refusal = refusals === 'throw' || head === undefined ? undefined : errors.refusal(error, head)
        if (refusal === undefined) next(error)
        else await answer(request, response, next, refusal)
        return
      }
      next()
    }
    return (request, response, next) => void letIn(request, response, next)
  }

  return {
    mount: (request?: IncomingMessage, response?: ServerResponse, next?: NextFunction) => {
      if (request === undefined || response === undefined || next === undefined) {
        throw new CardeaError('configuration_invalid', 'mount: is handed over without parentheses: app.use(mount)')
      }
      const target = splitTarget((request as Request).originalUrl)
      if (target === undefined || !handler.matches(target.path)) return next()
      // Of the origin nothing is read.
      const { request: asked, parsedBody } = readable(request, `http://localhost${target.path}${target.query}`)
      const context = { ip: addressOf(request), parsedBody }
      const serve = async () => await answer(request, response, next, await handler(asked, context))
      void serve()
    },
    requireAuth: (guardOptions) => guarded(guards.requireAuth(guardOptions)),
    requirePermission: ((permission: string, guardOptions?: PermissionOptions<Request>) =>
      guarded(guards.requirePermission(permission, guardOptions))) as RequirePermission<
      Permission,
      Rows,
      AuthCollectionName<Others>
    >,
    optionalAuth: (guardOptions) => guarded(guards.optionalAuth(guardOptions)),
    guardResource: ((resource: string, guardOptions?: ResourceOptions<Request, string>) =>
      guarded(guards.guardResource(resource, guardOptions))) as GuardResource<
      Permission,
      Rows,
      AuthCollectionName<Others>
    >,
    getAuth: auths.get,
    findAuth: auths.find,
    getResource: auths.resource,
    onError: (error, request, response, next) => {
      const told = toldOf(error)
      // Once an answer has begun, Express ends the connection.
      if (told === undefined || response.headersSent) return next(error)
      void answer(request, response, next, errors.problem(told.error, headOf(request)))
    },
    notFound: (request, response, next) => {
      void answer(request, response, next, errors.notFound(headOf(request)))
    },
  }
}

const socketAddress = ({ socket }: Request): string | undefined => socket.remoteAddress
