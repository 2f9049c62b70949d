import type { AnyCollection, ResolvedConfig } from 'cardea'
import { authzenRoutes } from '../contract/routes/authzen.js'
import { routeContracts } from '../contract/routes.js'
import type { SessionCookies } from '../credentials/cookies.js'
import type { DescribableRoute } from '../routes/describable-route.js'
import { describeApi, type OpenApiDocument } from './describe-api.js'

/** The version of the interface, as the base path has it. */
const version = '1'

const placeOf = (contract: { readonly method: string; readonly mount: string; readonly path: string }): string =>
  `${contract.method} ${contract.mount} ${contract.path}`

const names = new Map(
  Object.entries({ ...routeContracts, ...authzenRoutes }).map(([name, contract]) => [placeOf(contract), name]),
)

/** Describes what an instance serves, as far as it concerns these collections. */
export async function describeInstance(
  instance: {
    readonly config: ResolvedConfig
    readonly served: readonly DescribableRoute[]
    readonly cookies: Pick<SessionCookies, 'nameOf'>
  },
  collections: readonly AnyCollection[],
): Promise<OpenApiDocument> {
  const { baseUrl, basePath } = instance.config
  const routes = await Promise.all(
    instance.served.map(async (route) => ({
      name: names.get(placeOf(route.contract)) ?? '',
      // The route's own: of AuthZEN, the options say who may ask.
      contract: route.contract,
      schemas: (await route.load()).schemas,
    })),
  )
  return describeApi({ routes, collections, baseUrl, basePath, version, cookieOf: instance.cookies.nameOf })
}
