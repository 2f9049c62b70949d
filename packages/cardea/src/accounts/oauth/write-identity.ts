import type { AuthCollection } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import { addIdentity, updateIdentity } from '@cardea/identity/later'
import type { OAuthProfile, OAuthTokens } from '@cardea/identity/oauth'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../../services/services.js'
import { sealTokens } from './sealed-tokens.js'

/** Who signed in at a provider. */
export interface ProvedIdentity {
  readonly provider: { readonly name: string; readonly label: string }
  readonly profile: OAuthProfile
  readonly tokens: OAuthTokens
}

/** Notes what the provider last said. */
export async function noteIdentity(
  services: Services,
  operations: StorageOperations,
  linkId: string,
  profile: OAuthProfile,
  tokens: OAuthTokens,
): Promise<void> {
  await updateIdentity(operations, linkId, {
    email: normalizeEmail(profile.email) ?? null,
    tokens: sealTokens(services, linkId, tokens),
    now: services.clock(),
  })
}

/** Links an account at a provider to a principal, and tells the owner. The caller holds the principal's lock. */
export async function writeIdentity(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId }: { readonly collection: AuthCollection; readonly principalId: string },
  { provider, profile, tokens }: ProvedIdentity,
): Promise<void> {
  const id = services.createId()
  await addIdentity(transaction, {
    id,
    principalId,
    collection: collection.name,
    provider: provider.name,
    subject: profile.subject,
    email: normalizeEmail(profile.email) ?? null,
    tokens: sealTokens(services, id, tokens),
    now: services.clock(),
  })
}

export function emitLinked(services: Services, collection: AuthCollection, principalId: string): void {
  services.emit({ type: 'identity.linked', at: services.clock(), collection: collection.name, principalId })
}
