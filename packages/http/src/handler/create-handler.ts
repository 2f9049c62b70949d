import type { AnyCollection, Cardea } from 'cardea'
import { type Answer, problemAnswer, toResponse } from '../answers/answer.js'
import { mounted } from '../authzen/mounted.js'
import type { RouteContract } from '../contract/route.js'
import type { HttpOptions } from '../options/options.js'
import { createRouter, type Router } from '../router/create-router.js'
import type { Route } from '../routes/route.js'
import { servedRoutes } from '../routes/served-routes.js'
import type { HandlerContext } from './context.js'
import { createCors } from './cors.js'
import type { HandlerRequest } from './handler-request.js'
import { createRuntime, type Runtime } from './runtime.js'
import { createService } from './serve.js'

/** Those of `users`, where a route is for any collection: each brings its own. */
const permissionsOf = ({ access, widenedBy }: RouteContract): readonly string[] => [
  ...(typeof access === 'object' ? [access.permission.replace('{collection}', 'users')] : []),
  ...(widenedBy === undefined ? [] : [widenedBy]),
]

/** Serves Cardea's routes. */
export interface CardeaHandler {
  (request: HandlerRequest, context?: HandlerContext): Promise<Response>
  /** Whether a path is one of Cardea's, so that an adapter can leave the rest to the app. */
  matches(pathname: string): boolean
}

/**
 * Builds the handler of an instance. It answers every request, unknown paths with a problem, and never throws.
 *
 * @param name What the developer has called, which opens messages about options: adapters give their own.
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function createHandler<Users extends AnyCollection, Others extends AnyCollection, Permission extends string>(
  auth: Cardea<Users, Others, Permission>,
  options: HttpOptions = {},
  name = 'createHandler',
): CardeaHandler {
  const made = createRuntime(auth, options, name)
  const routes = servedRoutes(made)
  const runtime: Runtime = { ...made, served: routes }
  const { config, identify } = runtime
  if (runtime.options.rateLimits === 'off' && config.environment === 'production') {
    config.logger.warn('Rate limits are off: something in front must slow down guessing.')
  }
  const authzen = mounted(runtime.options.authzen)
  for (const { contract } of routes)
    auth.permissions.needs(permissionsOf(contract), `${contract.method} ${contract.path}`)
  const router: Router<Route> = createRouter(routes, config.basePath)
  const cors = createCors(runtime.options.cors?.origins)
  const serve = createService(runtime, router, cors)

  const handler = async (request: HandlerRequest, context: HandlerContext = {}): Promise<Response> => {
    const { headers, method } = request
    const requestId = identify(headers)
    let answer: Answer
    try {
      answer = await serve(request, context, requestId)
    } catch (error) {
      answer = problemAnswer(error, { requestId, method, logger: config.logger })
    }
    const shownId = authzen?.shownRequestId(request, requestId) ?? requestId
    return toResponse(answer, { requestId: shownId, method, extraHeaders: cors.headers(headers) })
  }
  return Object.assign(handler, {
    matches: (pathname: string): boolean => router.find(pathname) !== undefined,
  })
}
