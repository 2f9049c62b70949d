import { CardeaError } from '@cardea/core'
import type { OAuthProvider } from '../provider.js'
import type { ProviderOptions } from '../provider-options.js'
import type { AppleKey } from './apple-secret.js'
import { isTenant } from './entra-issuer.js'
import { createKnownProvider } from './oauth2.js'

/** Options of a provider that always gives a secret. */
export type SecretProviderOptions = ProviderOptions & { readonly clientSecret: string }

/** Google, by its ID token. An account of an address that Google has verified is linked. */
export const google = (options: SecretProviderOptions): OAuthProvider => createKnownProvider('google', options)

/** GitHub, by its interface; the primary address counts, when GitHub has verified it. */
export const github = (options: SecretProviderOptions): OAuthProvider => createKnownProvider('github', options)

export interface EntraOptions extends SecretProviderOptions {
  /**
   * Whose accounts may sign in: the id of a tenant, or `organizations`, `consumers` or `common` (both) for all of them.
   */
  readonly tenant: string
}

/**
 * Microsoft Entra ID, by its ID token. Its addresses are what a tenant's administrator wrote, so they never link accounts.
 */
export function microsoftEntraId({ tenant, ...options }: EntraOptions): OAuthProvider {
  if (typeof tenant !== 'string' || !isTenant(tenant)) {
    throw new CardeaError(
      'configuration_invalid',
      'microsoftEntraId: tenant must be the id of a tenant, common, organizations or consumers',
    )
  }
  return createKnownProvider('microsoft-entra-id', { ...options, at: tenant })
}

export interface AppleOptions extends Omit<ProviderOptions, 'clientSecret'>, AppleKey {}

/** Apple, by its ID token. It answers with a form that the browser posts. */
export function apple({ teamId, keyId, privateKey, ...options }: AppleOptions): OAuthProvider {
  for (const [name, value] of Object.entries({ teamId, keyId, privateKey })) {
    if (typeof value !== 'string' || value === '') {
      throw new CardeaError('configuration_invalid', `apple: ${name} is required`)
    }
  }
  return createKnownProvider('apple', options, { teamId, keyId, privateKey })
}
