import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Admitted, Authenticated } from '@cardea/http'
import { CardeaError, type NoRows } from 'cardea'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** Who sent a request, and what it may do. */
export type RequestAuth<Permission extends string = string, Rows = NoRows> = Authenticated<Permission, Rows>

/** What loaders find in the path of a request, unless they say more of it: `(request: Request<{ id: string }>) => …`. */
export type PathValues = Record<string, string>

/** Names the type of what a guard has loaded; nothing of this name is ever set. */
declare const loaded: unique symbol

/** What handlers may leave for each other, as Express has it. */
type AnyLocals = Response['locals']

/** The locals of handlers behind a guard that loads an object: so `getResource` knows its type. */
export type LoadedLocals<Row extends object | undefined> = AnyLocals & { readonly [loaded]: Row }

/** What the guards in front of a handler have loaded, by the locals of its request; unknown without one. */
export type LoadedBy<Locals> = Locals extends { readonly [loaded]: infer Row } ? Row : unknown

/**
 * A guard in front of a handler. What the route says of its parameters, body and query stays: this says nothing of them.
 */
export type Guard = (request: IncomingMessage, response: ServerResponse, next: NextFunction) => void

/** As Express has it where nothing more is said. */
type AnyBody = Request['body']

/** A guard that loads an object for the handlers behind it, by what the path holds. */
export type LoadingGuard<Row extends object | undefined, Values = PathValues> = RequestHandler<
  Values,
  AnyBody,
  AnyBody,
  Request['query'],
  LoadedLocals<Row>
>

/** Gives what the guard in front of a handler has loaded. */
export type GetResource = <Values, Answer, Body, Query, Locals extends AnyLocals>(
  request: Request<Values, Answer, Body, Query, Locals>,
) => LoadedBy<Locals>

/** Keeps with a request who sent it. One of each instance's own: two instances in one app do not see each other's. */
export interface RequestAuths<Permission extends string, Rows> {
  /** @param found Undefined for nobody, whom a guard has let in. */
  readonly remember: (request: IncomingMessage, found: Admitted | undefined) => void
  readonly find: (request: IncomingMessage) => RequestAuth<Permission, Rows> | undefined
  readonly get: (request: IncomingMessage) => RequestAuth<Permission, Rows>
  readonly resource: GetResource
}

/** @param unguarded The error where no guard has looked at a request. */
export function createRequestAuths<Permission extends string, Rows>(
  unguarded: () => CardeaError,
): RequestAuths<Permission, Rows> {
  const key = Symbol('cardea')
  const resourceKey = Symbol('cardea.resource')
  // A property of the request, as Express has it; a WeakMap of short-lived keys costs every guarded request more. Nothing else can hold
  // these keys, and `remember` alone writes them.
  type Kept = IncomingMessage & { [key]?: Admitted | null; [resourceKey]?: object }
  // Permissions and rows are for the compiler: what the guards of the instance have found has its types.
  const find = (request: Kept) => (request[key] ?? undefined) as RequestAuth<Permission, Rows> | undefined
  return {
    remember(request: Kept, admitted) {
      // A guard that has found nobody leaves whom another has found.
      if (admitted === undefined) request[key] ??= null
      else request[key] = admitted
      // A guard that loads nothing leaves what another has loaded.
      if (admitted?.resource !== undefined) request[resourceKey] = admitted.resource
    },
    find,
    get(request: Kept) {
      const auth = find(request)
      if (auth !== undefined) return auth
      throw request[key] === null ? new CardeaError('unauthenticated', 'Sign in first.') : unguarded()
    },
    // What was kept is what the guard in front has loaded, which the locals tell of.
    resource: ((request: Kept) => request[resourceKey]) as GetResource,
  }
}
