import type { RequestInfo } from 'cardea'
import { type Answer, bodyAnswer, emptyAnswer, problemAnswer, redirectAnswer } from '../answers/answer.js'
import { readJsonBody } from '../body/read-body.js'
import { isOpen } from '../contract/route.js'
import { countCaller } from '../limits/count-caller.js'
import type { Counted } from '../limits/rate-limits.js'
import { rateLimitHeaders } from '../limits/refusal.js'
import { methodError, notFoundError } from '../problem/errors.js'
import { isUnserved } from '../problem/problem.js'
import type { Found, Router } from '../router/create-router.js'
import { parseQuery } from '../router/query.js'
import { loadLater } from '../routes/load-later.js'
import type { Route } from '../routes/route.js'
import { refuseForgery, requireAccess } from './checks.js'
import type { HandlerContext } from './context.js'
import type { Cors } from './cors.js'
import type { HandlerRequest } from './handler-request.js'
import { nobody } from './refusals.js'
import type { Runtime } from './runtime.js'

/** The largest body in bytes, unless the options say otherwise. */
const defaultMaxBodyBytes = 65_536

/** Answers a request; whatever goes wrong is thrown. */
export type Service = (request: HandlerRequest, context: HandlerContext, requestId: string) => Promise<Answer>

/**
 * Puts the checks that the route table asks for in front of every route, in this order: path, method, origin, rate
 * limit, readiness, collection, credential, permission, body, fields. Nothing is read or looked up before the cheaper
 * check has passed.
 */
export function createService(runtime: Runtime, router: Router<Route>, cors: Cors): Service {
  const { auth, config, findAddress, limits, options } = runtime
  const maxBytes = options.maxBodyBytes ?? defaultMaxBodyBytes

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
    const clientAddress = findAddress(context.ip, headers)
    const info: RequestInfo = { ip: clientAddress, userAgent: headers.get('user-agent'), requestId }
    refuseForgery(runtime, contract, method, headers, info)
    const name = limits?.nameOf(contract)
    let counted: Counted | undefined
    try {
      counted = name === undefined ? undefined : await limits?.take(name, clientAddress)
      const answer = await answerRoute(request, context, { route, place, parameters, query, info, requestId })
      if (counted === undefined) return answer
      if (answer.status === 503) await limits?.giveBack(counted)
      return { ...answer, headers: [...answer.headers, ...counted.headers] }
    } catch (error) {
      if (counted !== undefined && isUnserved(error)) await limits?.giveBack(counted)
      if (rateLimitHeaders(error).length > 0) {
        auth.report({ type: 'request.limited', ...nobody(runtime), limit: name ?? 'api-key' }, info)
      }
      throw error
    }
  }

  async function answerRoute(request: HandlerRequest, context: HandlerContext, matched: Matched): Promise<Answer> {
    const { headers, method } = request
    const { route, place, parameters, query, info, requestId } = matched
    const clientAddress = info.ip ?? null
    const { contract } = route
    // The routes at the root say how the instance is, so they work before it is well.
    if (contract.mount !== 'root') await runtime.ensureReady()
    const collection = place.collection ?? parameters['name'] ?? ''
    // Where nobody is asked who they are, nothing else tells whether another node has changed the collection.
    const known = isOpen(contract) ? undefined : auth.collection(collection)
    const found = known ?? (await auth.findCollection(collection))
    if (found === undefined) throw notFoundError()

    const caller = route.admits?.(headers)
      ? undefined
      : await countCaller(runtime, clientAddress, () => requireAccess(runtime, contract, collection, headers, info))
    // Looking at the credential has told; a token that is trusted without a look has not.
    const find = caller?.versions === undefined ? auth.findCollection : auth.collection
    const principals = caller === undefined ? found : await find(collection)
    if (principals === undefined) throw notFoundError()
    if (contract.hashes === true) runtime.hashes?.take(clientAddress)
    const body =
      method === 'GET' || method === 'HEAD'
        ? undefined
        : contract.foreignForm === true
          ? await (await loadLater()).readFormBody(request, { maxBytes, parsed: context.parsedBody })
          : await readJsonBody(request, { maxBytes, parsed: context.parsedBody })
    const exchange = { runtime, principals, collection, headers, clientAddress, parameters, query, body, caller }
    const answer = await auth.inRequest({ ...info, by: caller }, async () => (await route.load()).respond(exchange))
    if (answer.problem !== undefined) {
      return problemAnswer(answer.problem, { requestId, method, logger: config.logger }, answer.headers)
    }
    const { headers: own = [], stream } = answer
    if (stream !== undefined) return { status: contract.status, headers: own, stream }
    if (contract.status === 204) return emptyAnswer(own)
    if (answer.status === 304) return emptyAnswer(own, 304)
    if (contract.status === 302 || contract.status === 303) return redirectAnswer(contract.status, answer.headers)
    return bodyAnswer(answer.status ?? contract.status, answer, contract)
  }
}

/** What a request is for, and who sent it. */
interface Matched extends Found<Route> {
  readonly route: Route
  readonly query: ReadonlyMap<string, string>
  readonly info: RequestInfo
  readonly requestId: string
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
