import {
  type Admit,
  type Admitted,
  createErrorResponder,
  createGuards,
  createHandler,
  type Guards,
  type HttpOptions,
  type PermissionOptions,
  type ResourceOptions,
} from '@cardea/http'
import { type AnyCollection, type AuthCollectionName, type Cardea, CardeaError, type NoRows } from 'cardea'
import type { Context, MiddlewareHandler } from 'hono'
import type { CardeaHono } from './guards.js'
import { createRequestAuths } from './request-auth.js'

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
