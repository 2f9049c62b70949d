import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { OAuthConnection, OAuthProvider } from '@cardea/identity/oauth'
import type { OAuthOptions } from '../../options/oauth-options.js'
import { platformFetch } from '../../services/platform-fetch.js'
import { createRedirects, type Redirects } from './redirects.js'

/** The providers of an instance. */
export interface OAuthService {
  readonly redirects: Redirects
  /** Those that a collection has, in the order of the options. */
  providersOf(collection: AuthCollection): readonly OAuthProvider[]
  /** A provider of a collection, with what is remembered of it. @throws CardeaError `not_found`. */
  connect(
    collection: AuthCollection,
    name: string,
  ): { readonly provider: OAuthProvider; readonly connection: OAuthConnection }
}

/** Nothing is loaded and nobody is asked before the first sign-in. */
export function createOAuthService(
  options: OAuthOptions | undefined,
  { baseUrl, clock }: { readonly baseUrl: string; readonly clock: Clock },
): OAuthService {
  const { providers = [], redirects, collections = {}, fetch = platformFetch, deadline } = options ?? {}
  // By the provider itself: several may have one name, each for a collection.
  const connections = new Map<OAuthProvider, OAuthConnection>()
  const providersOf = ({ name }: AuthCollection): readonly OAuthProvider[] => {
    if (!Object.hasOwn(collections, name)) return providers
    return (collections[name] ?? []).flatMap((own) =>
      typeof own === 'string' ? providers.filter((provider) => provider.name === own) : own,
    )
  }
  return {
    redirects: createRedirects(baseUrl, redirects),
    providersOf,
    connect(collection, name) {
      const provider = providersOf(collection).find((one) => one.name === name)
      if (provider === undefined) throw new CardeaError('not_found', 'There is no such provider.')
      const connection =
        connections.get(provider) ?? provider.connect({ clock, fetch, ...(deadline === undefined ? {} : { deadline }) })
      connections.set(provider, connection)
      return { provider, connection }
    },
  }
}
