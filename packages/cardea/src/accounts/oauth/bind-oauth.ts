import type { AuthCollection } from '@cardea/collections'
import type { OAuthApi } from '../../api/oauth.js'
import type { Services } from '../../services/services.js'
import { beginOAuth } from './begin.js'
import { finishOAuth } from './callback.js'
import { disconnect, findTokens, listConnections } from './connections.js'
import { exchangeCode } from './exchange.js'

/** The operations on accounts at providers, of one auth collection. */
export function bindOAuth(services: Services, collection: AuthCollection): OAuthApi<Readonly<Record<string, unknown>>> {
  return Object.freeze<OAuthApi<Readonly<Record<string, unknown>>>>({
    providers: () => {
      if (!services.settings(collection).oauth.enabled) return []
      return services.oauth
        .providersOf(collection)
        .map(({ name, label, kind, responseMode }) => ({ name, label, kind, responseMode }))
    },
    begin: (beginning, authentication) => beginOAuth(services, collection, beginning, authentication),
    callback: (callback, context = {}) => finishOAuth(services, collection, callback, context),
    exchange: (code, codeVerifier, context = {}) => exchangeCode(services, collection, { code, codeVerifier }, context),
    connections: (principalId) => listConnections(services, collection, principalId),
    tokens: (principalId, id) => findTokens(services, principalId, id),
    disconnect: (authentication, id) => disconnect(services, collection, authentication, id),
  })
}
