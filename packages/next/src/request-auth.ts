import type { Admitted, Authenticated, RequestGuardOptions } from '@cardea/http'
import { CardeaError, type KnownName, type NoRows } from 'cardea'
import type { NextRequest } from 'next/server.js'

/** Who sent a request, and what it may do. */
export type RequestAuth<Permission extends string = string, Rows = NoRows> = Authenticated<Permission, Rows>

/** What loaders and finders of tenants get: the request, and beside it what Next hands to the route, above all `params`. */
export type Asked<Context> = Context & { readonly request: NextRequest }

/** Who sent a request, or undefined for nobody. */
export interface FindAuth<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  (request: Request): RequestAuth<Permission, Rows> | undefined
  <Named extends string = never>(
    options?: RequestGuardOptions<KnownName<Known, Named>>,
  ): Promise<RequestAuth<Permission, Rows> | undefined>
}

/** Who sent a request. */
export interface GetAuth<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  (request: Request): RequestAuth<Permission, Rows>
  <Named extends string = never>(
    options?: RequestGuardOptions<KnownName<Known, Named>>,
  ): Promise<RequestAuth<Permission, Rows>>
}

/** Names the type of what a guard has loaded; nothing of this name is ever set. */
declare const loaded: unique symbol

/** The request behind a guard that loads an object: so `getResource` knows its type. */
export type LoadedRequest<Row extends object | undefined> = NextRequest & { readonly [loaded]: Row }

/** Gives what the guard in front of a handler has loaded; unknown without one. */
export interface GetResource {
  <Row extends object | undefined>(request: LoadedRequest<Row>): Row
  (request: NextRequest): unknown
}

/** Keeps with a request who sent it. One of each instance's own: two instances in one app do not see each other's. */
export interface RequestAuths<Permission extends string, Rows> {
  /** @param found Undefined for nobody, whom a guard has let in. */
  readonly remember: (request: Request, found: Admitted | undefined) => void
  readonly find: (request: Request) => RequestAuth<Permission, Rows> | undefined
  readonly get: (request: Request) => RequestAuth<Permission, Rows>
  readonly resource: GetResource
}

/** @param unguarded The error where no guard has looked at a request. */
export function createRequestAuths<Permission extends string, Rows>(
  unguarded: () => CardeaError,
): RequestAuths<Permission, Rows> {
  const auths = new WeakMap<Request, Admitted | undefined>()
  const resources = new WeakMap<Request, object>()
  // Permissions and rows are for the compiler: what the guards of the instance have found has its types.
  const find = (request: Request) => auths.get(request) as RequestAuth<Permission, Rows> | undefined
  return {
    remember(request, admitted) {
      // A guard that has found nobody leaves whom another has found.
      auths.set(request, admitted ?? auths.get(request))
      // A guard that loads nothing leaves what another has loaded.
      if (admitted?.resource !== undefined) resources.set(request, admitted.resource)
    },
    find,
    get(request) {
      const auth = find(request)
      if (auth !== undefined) return auth
      throw auths.has(request) ? nobody() : unguarded()
    },
    // What was kept is what the guard in front has loaded, which the type of the request tells of.
    resource: (request: Request): never => resources.get(request) as never,
  }
}

export const nobody = (): CardeaError => new CardeaError('unauthenticated', 'Sign in first.')
