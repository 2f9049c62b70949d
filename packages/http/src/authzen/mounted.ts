import type { HandlerRequest } from '../handler/handler-request.js'
import type { Route } from '../routes/route.js'
import { isMount } from './is-mount.js'
import type { AuthzenMount } from './options.js'

/** What a mount is to the handler that it is given to. */
export interface AuthzenRoutes extends AuthzenMount {
  readonly routes: readonly Route[]
  /** The id that the answer to a request bears. */
  readonly shownRequestId: (request: HandlerRequest, requestId: string) => string
}

/** What is to be mounted, if anything. */
export function mounted(value: AuthzenMount | undefined): AuthzenRoutes | undefined {
  // Only `authzen` makes one, and makes it whole.
  return isMount(value) ? (value as AuthzenRoutes) : undefined
}
