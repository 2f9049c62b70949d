import type { ResolvedConfig } from '../../options/resolve.js'
import { usersName } from '../../options/users-name.js'

/**
 * Where a provider sends the browser back to: an address of its own for each provider and collection, so that no
 * provider's answer is taken for another's (RFC 9700 §4.4.2.2). From the base URL alone; to be registered at the provider.
 */
export function redirectUriOf(
  { baseUrl, basePath }: Pick<ResolvedConfig, 'baseUrl' | 'basePath'>,
  collection: string,
  provider: string,
): string {
  const place = collection === usersName ? '/auth' : `/collections/${collection}/auth`
  return `${baseUrl}${basePath}${place}/oauth/callback/${provider}`
}
