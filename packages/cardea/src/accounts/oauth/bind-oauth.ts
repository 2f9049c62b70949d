import type { AuthCollection } from '@cardea/collections'
import { lazy } from '@cardea/core'
import type { OAuthApi } from '../../api/oauth.js'
import type { Services } from '../../services/services.js'

const load = lazy(() => import('./operations.js'))

/** The operations on accounts at providers, of one auth collection. */
export function bindOAuth(services: Services, collection: AuthCollection): OAuthApi<Readonly<Record<string, unknown>>> {
  return Object.freeze<OAuthApi<Readonly<Record<string, unknown>>>>({
    providers: () => {
      if (!services.settings(collection).oauth.enabled) return []
      return services.oauth
        .providersOf(collection)
        .map(({ name, label, kind, responseMode }) => ({ name, label, kind, responseMode }))
    },
    begin: async (beginning, authentication) =>
      await (await load()).beginOAuth(services, collection, beginning, authentication),
    callback: async (callback, context = {}) =>
      await (await load()).finishOAuth(services, collection, callback, context),
    exchange: async (code, codeVerifier, context = {}) =>
      await (await load()).exchangeCode(services, collection, { code, codeVerifier }, context),
    connections: async (principalId) => await (await load()).listConnections(services, collection, principalId),
    disconnect: async (authentication, id) => await (await load()).disconnect(services, collection, authentication, id),
  })
}
