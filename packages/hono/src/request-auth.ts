import type { Authenticated } from '@cardea/http'
import { CardeaError } from 'cardea'
import type { Context } from 'hono'

/** Who sent a request, and what it may do. */
export interface RequestAuth<Permission extends string = string> extends Authenticated<Permission> {
  /** The principal's id, which for `users` is the user's. */
  readonly userId: string
  /** Undefined for an API key, of which `authentication.apiKey` tells more. */
  readonly sessionId: string | undefined
  /** Whose principal it is: `users`, or an auth collection of the app. */
  readonly collection: string
}

/** Keeps with a request who sent it. A key of each instance's own: two instances in one app do not see each other's. */
export interface RequestAuths<Permission extends string> {
  readonly remember: (context: Context, found: Authenticated<Permission>) => void
  readonly find: (context: Context) => RequestAuth<Permission> | undefined
  readonly get: (context: Context) => RequestAuth<Permission>
}

export function createRequestAuths<Permission extends string>(): RequestAuths<Permission> {
  const key = Symbol('cardea')
  // Nothing else can hold this key, and `remember` alone writes it.
  const find = (context: Context) => context.get(key) as RequestAuth<Permission> | undefined
  return {
    remember(context, { authentication, subject }) {
      const auth: RequestAuth<Permission> = {
        authentication,
        subject,
        userId: authentication.principalId,
        sessionId: authentication.session?.id,
        collection: authentication.collection,
      }
      context.set(key, auth)
    },
    find,
    get(context) {
      const auth = find(context)
      if (auth === undefined) throw new CardeaError('unauthenticated', 'Sign in first.')
      return auth
    },
  }
}
