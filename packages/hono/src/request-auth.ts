import type { Admitted, Authenticated } from '@cardea/http'
import { CardeaError, type NoRows } from 'cardea'
import type { Context, Env } from 'hono'

/** Who sent a request, and what it may do. */
export type RequestAuth<Permission extends string = string, Rows = NoRows> = Authenticated<Permission, Rows>

/** Names the type of what a guard has loaded; no variable of this name is ever set. */
declare const loaded: unique symbol

/** The environment of handlers behind a guard that loads an object: so `getResource` knows its type. */
export interface LoadedEnv<Row extends object | undefined> {
  readonly Variables: { readonly [loaded]: Row }
}

/** What the guards in front of a handler have loaded, by the environment of its context; unknown without one. */
export type LoadedBy<E extends Env> = E['Variables'] extends { readonly [loaded]: infer Row } ? Row : unknown

/** Keeps with a request who sent it. Keys of each instance's own: two instances in one app do not see each other's. */
export interface RequestAuths<Permission extends string, Rows> {
  /** @param found Undefined for nobody, whom a guard has let in. */
  readonly remember: (context: Context, found: Admitted | undefined) => void
  readonly find: (context: Context) => RequestAuth<Permission, Rows> | undefined
  readonly get: (context: Context) => RequestAuth<Permission, Rows>
  readonly resource: <E extends Env>(context: Context<E>) => LoadedBy<E>
}

/** @param unguarded The error where no guard has looked at a request. */
export function createRequestAuths<Permission extends string, Rows>(
  unguarded: () => CardeaError,
): RequestAuths<Permission, Rows> {
  const key = Symbol('cardea')
  const resourceKey = Symbol('cardea.resource')
  // Nothing else can hold this key, and `remember` alone writes it.
  const kept = (context: Context) => context.get(key) as RequestAuth<Permission, Rows> | null | undefined
  const find = (context: Context) => kept(context) ?? undefined
  return {
    remember(context, found) {
      // A guard that has found nobody leaves whom another has found.
      context.set(key, found ?? kept(context) ?? null)
      // A guard that loads nothing leaves what another has loaded.
      if (found?.resource !== undefined) context.set(resourceKey, found.resource)
    },
    find,
    get(context) {
      const auth = find(context)
      if (auth !== undefined) return auth
      throw kept(context) === null ? new CardeaError('unauthenticated', 'Sign in first.') : unguarded()
    },
    resource<E extends Env>(context: Context<E>) {
      const resource: unknown = (context as Context).get(resourceKey)
      // What was set is what the guard in front has loaded, which the environment tells of.
      return resource as LoadedBy<E>
    },
  }
}
