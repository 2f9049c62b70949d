import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { findIdentifiedPrincipal, lockPrincipal } from '@cardea/identity'
import { findIdentityTokens, listIdentities, removeIdentity } from '@cardea/identity/later'
import type { OAuthTokens } from '@cardea/identity/oauth'
import type { StorageOperations } from '@cardea/storage'
import type { OAuthConnectionView } from '../../api/oauth.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertFresh } from '../fresh.js'
import { lookUpSession } from '../look-up-session.js'
import { unsealTokens } from './sealed-tokens.js'

/** The accounts at providers that sign a principal in. */
export async function listConnections(
  services: Services,
  collection: AuthCollection,
  principalId: string,
): Promise<readonly OAuthConnectionView[]> {
  const labels = new Map(services.oauth.providersOf(collection).map(({ name, label }) => [name, label]))
  const links = await listIdentities(services.storage, principalId)
  return links.map(({ id, provider, email, createdAt, updatedAt }) => ({
    id,
    provider,
    label: labels.get(provider) ?? provider,
    email,
    createdAt,
    updatedAt,
  }))
}

/** The provider's tokens, to call its interfaces with. */
export async function findTokens(
  services: Services,
  principalId: string,
  id: string,
): Promise<OAuthTokens | undefined> {
  const sealed = await findIdentityTokens(services.storage, principalId, id)
  if (sealed === undefined) return undefined
  const tokens = unsealTokens(services, id, sealed)
  if (tokens === undefined)
    throw new CardeaError('unavailable', 'The key that the tokens were sealed with is not there.')
  return tokens
}

/** Takes an account at a provider from its owner, unless nothing else would sign the owner in. */
export async function disconnect(
  services: Services,
  collection: AuthCollection,
  caller: SessionAuthentication,
  id: string,
): Promise<void> {
  const authentication = await lookUpSession(services, caller)
  assertFresh(services, collection, authentication)
  const { principalId } = authentication
  await services.storage.transaction((transaction) => unlink(services, transaction, { collection, principalId }, id))
  services.emit({ type: 'identity.unlinked', at: services.clock(), collection: collection.name, principalId })
}

/**
 * Takes an account at a provider from a principal, whoever asks.
 *
 * @throws CardeaError `not_found`; `conflict` where nothing else would sign its owner in.
 */
export async function unlink(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId }: { readonly collection: AuthCollection; readonly principalId: string },
  id: string,
): Promise<void> {
  // Two at the same time would each take the other for the way that is left.
  await lockPrincipal(transaction, principalId)
  const links = await listIdentities(transaction, principalId)
  if (!links.some((link) => link.id === id)) throw new CardeaError('not_found', 'There is no such connection.')
  const others = links.filter((link) => link.id !== id).map(({ provider }) => provider)
  if (!(await hasOtherWay(services, transaction, { collection, principalId, others }))) {
    throw new CardeaError(
      'conflict',
      'This is the only way to sign in. Set a password first, or link another provider.',
    )
  }
  await removeIdentity(transaction, principalId, id)
}

async function hasOtherWay(
  services: Services,
  transaction: StorageOperations,
  account: { readonly collection: AuthCollection; readonly principalId: string; readonly others: readonly string[] },
): Promise<boolean> {
  const { collection, principalId, others } = account
  const settings = services.settings(collection)
  // A provider that is no longer configured signs nobody in.
  const offered = settings.oauth.enabled ? services.oauth.providersOf(collection) : []
  if (offered.some(({ name }) => others.includes(name))) return true
  if (settings.otp.enabled && services.mail.enabled) return true
  if (!settings.password.enabled) return false
  return (await findIdentifiedPrincipal(transaction, principalId))?.credential !== undefined
}
