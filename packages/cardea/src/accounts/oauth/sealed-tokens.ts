import { seal, unseal } from '@cardea/core/crypto'
import type { OAuthTokens } from '@cardea/identity/oauth'
import type { Services } from '../../services/services.js'

type Sealing = Pick<Services, 'keyring' | 'random'>

/** Encrypts a provider's tokens for the link that they are kept with. They open nowhere else. */
export const sealTokens = ({ keyring, random }: Sealing, linkId: string, tokens: OAuthTokens): string =>
  seal({ keyring, purpose: 'provider-token-encryption', owner: linkId }, random, JSON.stringify(tokens))

/** @returns Undefined when the key is no longer there. */
export function unsealTokens(
  { keyring }: Pick<Sealing, 'keyring'>,
  linkId: string,
  sealed: string,
): OAuthTokens | undefined {
  const text = unseal({ keyring, purpose: 'provider-token-encryption', owner: linkId }, sealed)
  // Only `sealTokens` can have made it.
  return text === undefined ? undefined : (JSON.parse(text) as OAuthTokens)
}
