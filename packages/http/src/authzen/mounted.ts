import type { Route } from '../routes/route.js'
import type { AuthzenMount } from './options.js'

/** What a mount is to the handler that it is given to. */
export interface AuthzenRoutes extends AuthzenMount {
  readonly routes: readonly Route[]
  /** The id that the answer to a request bears. */
  shownRequestId(request: Request, requestId: string): string
}

/** Whether something is what `authzen` of `@cardea/http/authzen` has given. */
export const isMounted = (value: unknown): value is AuthzenRoutes =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'authzen' && 'routes' in value
