import { parseOptions } from '@cardea/core/options'
import { authzenRoutes } from './authzen-routes.js'
import type { AuthzenRoutes } from './mounted.js'
import type { AuthzenMount, AuthzenOptions } from './options.js'
import { authzenSchema } from './schema.js'
import { shownRequestId } from './shown-request-id.js'

/**
 * Has a handler answer questions by the OpenID AuthZEN Authorization API 1.0, at `/access/v1/…` of the site:
 * `createHandler(auth, { authzen: authzen({ resources }) })`, and adapters the same.
 *
 * @throws CardeaError `configuration_invalid` for options that are not right.
 * @see https://openid.net/specs/authorization-api-1_0.html
 */
export function authzen(options: AuthzenOptions = {}): AuthzenMount {
  const checked = parseOptions(authzenSchema, options, 'authzen')
  return Object.freeze<AuthzenRoutes>({ kind: 'authzen', routes: authzenRoutes(checked), shownRequestId })
}
