import type { AuthCollection } from '@cardea/collections'
import type { OAuthApi } from '../../api/oauth.js'
import { loadOperations } from '../../later/load-operations.js'
import type { Services } from '../../services/services.js'

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
      await (await loadOperations()).beginOAuth(services, collection, beginning, authentication),
    callback: async (callback, context = {}) =>
      await (await loadOperations()).finishOAuth(services, collection, callback, context),
    exchange: async (code, codeVerifier, context = {}) =>
      await (await loadOperations()).exchangeCode(services, collection, { code, codeVerifier }, context),
    connections: async (principalId) =>
      await (await loadOperations()).listConnections(services, collection, principalId),
    tokens: async (principalId, id) => await (await loadOperations()).findTokens(services, principalId, id),
    disconnect: async (authentication, id) =>
      await (await loadOperations()).disconnect(services, collection, authentication, id),
  })
}
