import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Admit,
  type Admitted,
  createErrorResponder,
  createGuards,
  createHandler,
  type Guards,
  type HttpOptions,
  type PermissionOptions,
  type RequestHead,
  type ResourceOptions,
} from '@cardea/http'
import { type AnyCollection, type AuthCollectionName, type Cardea, CardeaError, type NoRows } from 'cardea'
import type { NextFunction, Request } from 'express'
import type { CardeaExpress, GuardResource, RequirePermission } from './guards.js'
import { toldOf } from './handed-errors.js'
import { headersOf, readable, splitTarget } from './node-request.js'
import { createRequestAuths, type Guard } from './request-auth.js'
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
  type Known = AuthCollectionName<Others>
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
      guarded(guards.requirePermission(permission, guardOptions))) as RequirePermission<Permission, Rows, Known>,
    optionalAuth: (guardOptions) => guarded(guards.optionalAuth(guardOptions)),
    guardResource: ((resource: string, guardOptions?: ResourceOptions<Request, string>) =>
      guarded(guards.guardResource(resource, guardOptions))) as GuardResource<Permission, Rows, Known>,
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
