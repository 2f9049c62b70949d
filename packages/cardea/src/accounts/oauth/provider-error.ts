import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { OAuthFailure } from '@cardea/identity/oauth'
import type { Services } from '../../services/services.js'

/** Reports why a provider did not tell who somebody is. The client learns whether to try again, and no more. */
export function providerError(
  services: Services,
  collection: AuthCollection,
  provider: string,
  { reason, detail }: Pick<OAuthFailure, 'detail'> & { readonly reason: OAuthFailure['reason'] | 'declined' },
): CardeaError {
  services.emit({
    type: 'sign_in.failed',
    at: services.clock(),
    collection: collection.name,
    principalId: null,
    reason: `oauth ${provider}: ${reason}`,
  })
  if (reason !== 'declined') {
    services.config.logger.warn('A provider did not tell who signs in.', { provider, reason, detail })
  }
  return reason === 'provider_unavailable'
    ? new CardeaError('unavailable', 'The provider does not answer.', { retryAfterSeconds: 5 })
    : new CardeaError('oauth_failed', 'The provider did not confirm who signs in.')
}
