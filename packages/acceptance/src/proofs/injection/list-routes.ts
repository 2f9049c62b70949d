import { type RouteContract, type RouteName, routeAnswerFields, routeContracts } from '@cardea/http/contract'

/** A route that answers a list, or reads one thing, of what parameters say. */
export interface ReadRoute {
  readonly name: string
  /** With a place for an id where it has one: `{id}`. */
  readonly path: string
  readonly parameters: readonly string[]
  /** Names that clients know of what is listed: those that may be sorted and filtered by are among them. */
  readonly fields: readonly string[]
}

/** The collection that routes for one are asked for. */
export const collection = 'customers'

const mounts: Readonly<Record<RouteContract['mount'], string>> = {
  auth: '/api/v1/auth',
  api: '/api/v1',
  root: '',
  site: '',
}

/** What a provider answers, or a browser: these are proved where such flows are. */
const isOfProviders = ({ path }: RouteContract): boolean => path.includes('/oauth/login') || path.includes('/callback')

/** Every route that reads by what a request says: in parameters, or in its path. */
export const readRoutes: readonly ReadRoute[] = Object.entries<RouteContract>(routeContracts)
  .filter(([, contract]) => contract.method === 'GET' && !isOfProviders(contract))
  .filter(([, { query, path }]) => query.length > 0 || path.includes('{'))
  .map(([name, { mount, path, query }]) => ({
    name: `GET ${path}`,
    path: `${mounts[mount]}${path}`,
    parameters: query,
    // The keys of the contracts are the names.
    fields: routeAnswerFields[name as RouteName],
  }))

/** Whether it answers more than one. */
export const isList = ({ parameters }: ReadRoute): boolean => parameters.includes('cursor')
