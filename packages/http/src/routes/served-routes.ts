import { mounted } from '../authzen/mounted.js'
import type { Runtime } from '../handler/runtime.js'
import type { Route } from './route.js'
import { routeTable } from './table.js'

const { signingKeys, openapi, apiReference, apiSummary, health, readiness } = routeTable

/** What an instance serves, by its options: where they leave something out, its path is the app's own. */
export function servedRoutes({ config, options }: Pick<Runtime, 'config' | 'options'>): readonly Route[] {
  const left = new Set<Route>([
    ...(config.accessTokenAlgorithm === 'HS256' ? [signingKeys] : []),
    ...(options.apiReference === 'off' ? [openapi, apiReference, apiSummary] : []),
    ...(options.health === 'off' ? [health, readiness] : []),
  ])
  const authzen = mounted(options.authzen)?.routes ?? []
  return [...Object.values(routeTable).filter((route) => !left.has(route)), ...authzen]
}
