import { CardeaClientError } from '../errors/client-error.js'
import type { Platform, TokenStorage } from '../platform.js'
import { stored } from '../session/stored.js'

/** How a sign-in through a provider begins. */
export interface OAuthBeginning {
  /** May be left out where there is only one. */
  readonly provider?: string | undefined
  /** Where the browser comes back to: a path of the site, or one of the addresses that the server allows. */
  readonly redirect_to?: string | undefined
  /** `link`: connect an account to the user who is signed in. `reauth`: prove once more who that is. Cookie mode only. */
  readonly intent?: 'link' | 'reauth' | undefined
  readonly remember_me?: boolean | undefined
}

/** Longer than the 43 characters that RFC 7636 §4.1 wants at least: 32 random bytes in base64url. */
const verifierBytes = 32

/** A secret, and what is shown of it first. @see RFC 7636 §4 */
export async function createPkce({ crypto }: Platform): Promise<{ verifier: string; challenge: string }> {
  if (crypto?.subtle === undefined) {
    throw new CardeaClientError(
      'unexpected_answer',
      'PKCE needs `crypto.subtle`: a secure context, or a polyfill as `platform.crypto`.',
    )
  }
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(verifierBytes)))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return { verifier, challenge: base64url(new Uint8Array(digest)) }
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Takes what is kept under a name out of a storage. */
export async function takeItem(storage: TokenStorage, key: string): Promise<string | null> {
  return await stored(async () => {
    const kept = await storage.getItem(key)
    await storage.removeItem(key)
    return kept
  })
}
