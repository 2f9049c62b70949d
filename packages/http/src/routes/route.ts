import { CardeaError, type ErrorIssue } from '@cardea/core'
import { validate } from '@cardea/core/options'
import type { AnyAuthCollectionApi, Authentication, SessionAuthentication } from 'cardea'
import * as z from 'zod/mini'
import type { AnswerStream, HeaderList } from '../answers/answer.js'
import type { RouteContract } from '../contract/route.js'
import type { ReadHeaders } from '../credentials/headers.js'
import { sessionNeededError } from '../guard/authenticate.js'
import type { Runtime } from '../handler/runtime.js'

/** A request that has passed every check of the route table but that of its fields. */
export interface Exchange {
  readonly runtime: Runtime
  /** The collection that the route is for. */
  readonly principals: AnyAuthCollectionApi
  readonly collection: string
  readonly headers: ReadHeaders
  readonly clientAddress: string | null
  readonly parameters: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  readonly body: Readonly<Record<string, unknown>> | undefined
  /** Who asks; undefined on public routes. */
  readonly caller: Authentication | undefined
}

/** What a handler answers; the status is the contract's. */
export interface RouteAnswer {
  /** One of the contract's other statuses. */
  readonly status?: number
  /** Absent where the contract has 204. */
  readonly body?: unknown
  /** The body as it is sent, in place of `body`. */
  readonly text?: string
  /** What a page may load besides nothing at all, as sources of a Content-Security-Policy: `; style-src 'sha256-…'`. */
  readonly contentPolicy?: string
  readonly headers?: HeaderList
  /** What is sent as it is read, in place of a body. */
  readonly stream?: AnswerStream
  /** An error that is answered with these headers, in place of a body. */
  readonly problem?: CardeaError
}

/** A route of the table. */
export interface Route {
  readonly contract: RouteContract
  /** Lets in whom the route knows by itself, without asking who it is. */
  admits?(headers: ReadHeaders): boolean
  /** Loads what is behind the contract. */
  load(): Promise<LoadedRoute>
}

/** What is behind a contract. */
export interface LoadedRoute {
  readonly contract: RouteContract
  /** The schemas, for those who describe the route. */
  readonly schemas: { readonly body: z.ZodMiniType; readonly query: z.ZodMiniType }
  /** Checks the fields and does the work. */
  respond(exchange: Exchange): Promise<RouteAnswer>
}

/** What is behind the contract of a route. */
interface Implementation<Body, Query> {
  /** Absent for a route without a body. */
  readonly body?: z.ZodMiniType<Body>
  /** Absent for a route without a query. */
  readonly query?: z.ZodMiniType<Query>
  handle(exchange: Exchange, input: { readonly body: Body; readonly query: Query }): Promise<RouteAnswer>
}

const nothing = z.strictObject({})

/** Binds a contract to what it does. Fields that the schemas do not name are refused before anything happens. */
export function defineRoute<Body = Record<string, never>, Query = Record<string, never>>(
  contract: RouteContract,
  implementation: Implementation<Body, Query>,
): LoadedRoute {
  // Without a schema of its own the type parameter is the empty record, which is what `nothing` gives.
  const body = implementation.body ?? (nothing as unknown as z.ZodMiniType<Body>)
  const query = implementation.query ?? (nothing as unknown as z.ZodMiniType<Query>)
  return {
    contract,
    schemas: { body, query },
    respond: async (exchange) =>
      await implementation.handle(exchange, {
        query: checked(query, Object.fromEntries(exchange.query), 'query'),
        body: checked(body, exchange.body ?? {}, 'body'),
      }),
  }
}

/** A route whose implementation is there already. */
export function atOnce(route: LoadedRoute): Route {
  return { contract: route.contract, load: () => Promise.resolve(route) }
}

/** Who asks. Fails closed, should a route that needs somebody ever be reached without. */
export function callerOf(exchange: Exchange): Authentication {
  if (exchange.caller === undefined) throw new CardeaError('unauthenticated', 'Sign in first.')
  return exchange.caller
}

/** Who asks, with a session. Fails closed, should an API key ever reach a route that takes none. */
export function sessionCallerOf(exchange: Exchange): SessionAuthentication {
  const caller = callerOf(exchange)
  if (caller.session === undefined) throw sessionNeededError()
  return caller
}

/** Who asks, on a route that answers everybody. */
export function optionalSessionOf({ caller }: Exchange): SessionAuthentication | undefined {
  return caller?.session === undefined ? undefined : caller
}

/** The error for input whose fields are wrong: `unknown_field` when that is all. */
export function inputError(issues: readonly ErrorIssue[], part: 'body' | 'query'): CardeaError {
  return issues.every((issue) => issue.code === 'unknown_field')
    ? new CardeaError('unknown_field', `The ${part} has a field that is not known.`, { issues })
    : new CardeaError('invalid_request', `The ${part} is not valid.`, { issues })
}

function checked<Value>(schema: z.ZodMiniType<Value>, value: unknown, part: 'body' | 'query'): Value {
  const result = validate(schema, value)
  if (!result.valid) throw inputError(result.issues, part)
  return result.value
}
