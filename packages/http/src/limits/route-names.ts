import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'

/** How a rule names a route: `POST /auth/login` for that of every collection. */
export const nameOfRoute = ({ method, mount, path }: Pick<RouteContract, 'method' | 'mount' | 'path'>): string =>
  `${method} ${mount === 'auth' ? '/auth' : ''}${path}`

/** All of them. */
export const routeNames = (): readonly string[] => Object.values(routeContracts).map(nameOfRoute)
