import { createMemoryRateLimitStore } from '@cardea/core/limits'
import type { Authentication, AuthenticationResult } from 'cardea'
import { type Answer, emptyAnswer, jsonAnswer, problemAnswer, redirectAnswer } from '../answers/answer.js'
import { readJsonBody } from '../body/read-body.js'
import { readFormBody } from '../body/read-form.js'
import { createClientAddress } from '../client/client-address.js'
import type { RouteContract } from '../contract/route.js'
import { readBearer } from '../credentials/bearer.js'
import type { ReadHeaders } from '../credentials/headers.js'
import { isUnsafeMethod, passesCsrf } from '../csrf/csrf.js'
import { authenticate, authenticationError, sessionNeededError } from '../guard/authenticate.js'
import { createRateLimits, type RateLimits } from '../limits/rate-limits.js'
import { actingError, csrfError, methodError, notFoundError, permissionError } from '../problem/errors.js'
import type { Found, Router } from '../router/create-router.js'
import { parseQuery } from '../router/query.js'
import type { Route } from '../routes/route.js'
import type { HandlerContext } from './context.js'
import type { Cors } from './cors.js'
import type { Runtime } from './runtime.js'

/** The largest body in bytes, unless the options say otherwise. */
const defaultMaxBodyBytes = 65_536

/** Answers a request; whatever goes wrong is thrown. */
export type Service = (request: Request, context: HandlerContext, requestId: string) => Promise<Answer>

/**
 * Puts the checks that the route table asks for in front of every route, in this order: path, method, origin, rate
 * limit, readiness, collection, credential, permission, body, fields. Nothing is read or looked up before the cheaper
 * check has passed.
 */
export function createService(runtime: Runtime, router: Router<Route>, cors: Cors): Service {
  const { auth, config, options } = runtime
  const maxBytes = options.maxBodyBytes ?? defaultMaxBodyBytes
  const findAddress = createClientAddress(options.trustProxy)
  const limits = rateLimitsOf(runtime)

  return async (request, context, requestId) => {
    const { headers, method } = request
    const url = new URL(request.url)
    const found = router.find(url.pathname)
    if (found === undefined) throw notFoundError()
    const { place, parameters, query } = withItem(found, parseQuery(url.search))
    const methods = allowedMethods(place.routes)
    if (method === 'OPTIONS') return emptyAnswer([['Allow', methods.join(', ')], ...cors.preflight(headers, methods)])
    const route = routeOf(place.routes, method)
    if (route === undefined) {
      const about = { requestId, method, logger: config.logger }
      return problemAnswer(methodError(), about, [['Allow', methods.join(', ')]])
    }
    const { contract } = route
    refuseForgery(runtime, contract, method, headers)

    const clientAddress = findAddress(context.ip, headers)
    const refusal = contract.limit === null ? undefined : await limits?.(contract.limit, clientAddress)
    if (refusal !== undefined) {
      return problemAnswer(refusal.error, { requestId, method, logger: config.logger }, refusal.headers)
    }

    // The routes at the root say how the instance is, so they work before it is well.
    if (contract.mount !== 'root') await runtime.ensureReady()
    const collection = place.collection ?? parameters['name'] ?? ''
    const principals = auth.collection(collection) ?? (await auth.findCollection(collection))
    if (principals === undefined) throw notFoundError()

    const caller = await requireAccess(runtime, contract, collection, headers)
    const body =
      method === 'GET' || method === 'HEAD'
        ? undefined
        : contract.foreignForm === true
          ? await readFormBody(request, { maxBytes, parsed: context.parsedBody })
          : await readJsonBody(request, { maxBytes, parsed: context.parsedBody })
    const exchange = { runtime, principals, collection, headers, clientAddress, parameters, query, body, caller }
    const answer = await (await route.load()).respond(exchange)
    if (contract.status === 204) return emptyAnswer(answer.headers)
    if (contract.status === 302 || contract.status === 303) return redirectAnswer(contract.status, answer.headers)
    return jsonAnswer(answer.status ?? contract.status, answer.body, answer.headers)
  }
}

/** Takes `/things?q=ID` for `/things/ID`. */
function withItem(
  { place, parameters }: Found<Route>,
  query: ReadonlyMap<string, string>,
): Found<Route> & { readonly query: ReadonlyMap<string, string> } {
  const id = query.get('q')
  if (id === undefined || place.item === undefined) {
    // A path that only exists as the parent of its items is nothing by itself.
    if (place.routes.size === 0) throw notFoundError()
    return { place, parameters, query }
  }
  const rest = new Map(query)
  rest.delete('q')
  return { place: place.item.place, parameters: { ...parameters, [place.item.parameter]: id }, query: rest }
}

/** What answers a method. Where asking changes something, a HEAD does not ask. */
function routeOf(routes: ReadonlyMap<string, Route>, method: string): Route | undefined {
  const route = routes.get(method === 'HEAD' ? 'GET' : method)
  return method === 'HEAD' && route?.contract.head === false ? undefined : route
}

function allowedMethods(routes: ReadonlyMap<string, Route>): readonly string[] {
  const methods = [...routes.keys()]
  return [...methods, ...(routeOf(routes, 'HEAD') === undefined ? [] : ['HEAD']), 'OPTIONS']
}

function refuseForgery(runtime: Runtime, contract: RouteContract, method: string, headers: ReadHeaders): void {
  if (!isUnsafeMethod(method) || contract.foreignForm === true) return
  // A page cannot set this header on a request across sites without being asked for (a preflight) first.
  if (readBearer(headers.get('authorization')) !== undefined) return
  const cookie = runtime.cookies.presentIn(headers.get('cookie'))
  // Both seeds log out with nothing but the cookie.
  const bareCookieAllowed = contract.mount === 'auth' && contract.path === '/logout'
  if (!passesCsrf(headers, runtime.allowedOrigins, { cookie, bareCookieAllowed })) throw csrfError()
}

/** Lets through whom the route is for. @returns Who that is; undefined on a public route. */
async function requireAccess(
  runtime: Runtime,
  contract: RouteContract,
  collection: string,
  headers: ReadHeaders,
): Promise<Authentication | undefined> {
  if (contract.access === 'public') return undefined
  const { auth, cookies } = runtime
  const found =
    contract.principals === 'own'
      ? await authenticate(auth, cookies, headers, { collections: [collection] })
      : await authenticateAnybody(runtime, headers)
  if (!found.authenticated && contract.access === 'optional') return undefined
  if (!found.authenticated) throw authenticationError(found.code)
  if (found.authentication.apiKey !== undefined && contract.credentials !== 'any') throw sessionNeededError()
  if (contract.method !== 'GET' && isActing(found.authentication)) throw actingError()
  if (typeof contract.access === 'object') {
    const subject = await auth.permissions.subject(found.authentication)
    if (!subject.canUnchecked(contract.access.permission)) throw permissionError(contract.access.permission)
  }
  return found.authentication
}

/** Whether somebody acts as the principal: that is for the app's routes, and for looking. */
const isActing = ({ session }: Authentication): boolean => session !== undefined && session.actorId !== null

/** Principals of all collections, also of one that another node has defined since this one last looked. */
async function authenticateAnybody({ auth, cookies }: Runtime, headers: ReadHeaders): Promise<AuthenticationResult> {
  const ask = () => authenticate(auth, cookies, headers, { collections: auth.collectionNames() })
  const found = await ask()
  if (found.authenticated || (found.code !== 'token_invalid' && found.code !== 'unauthenticated')) return found
  const isAnonymous =
    readBearer(headers.get('authorization')) === undefined && !cookies.presentIn(headers.get('cookie'))
  return !isAnonymous && (await auth.definitions.refresh()) ? await ask() : found
}

function rateLimitsOf({ config, options }: Runtime): RateLimits | undefined {
  const choice = options.rateLimits ?? 'on'
  if (choice === 'off') return undefined
  return createRateLimits({
    store: options.rateLimitStore ?? createMemoryRateLimitStore(),
    clock: config.clock,
    multiplier: choice === 'on' ? 1 : choice.multiplier,
  })
}
