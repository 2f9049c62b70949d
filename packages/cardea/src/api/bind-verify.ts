import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import type { SessionsApi, Verify } from './cardea.js'
import { keepUp } from './keep-up.js'
import type { AuthenticationResult } from './sign-in.js'

const builtInOnly: readonly string[] = [usersName]

/** Verification of whatever comes with a request. A bearer token that begins as keys do is nothing but a key. */
export function bindVerify(services: Services, sessions: SessionsApi): Verify {
  return (credential, options) => {
    if ('cookieToken' in credential) return sessions.verify(credential, options)
    const { bearerToken, ip } = credential
    return services.apiKeys.recognises(bearerToken)
      ? verifyKey(services, bearerToken, options?.collections ?? builtInOnly, ip)
      : sessions.verify({ accessToken: bearerToken }, options)
  }
}

async function verifyKey(
  services: Services,
  key: string,
  collections: readonly string[],
  ip: string | null | undefined,
): Promise<AuthenticationResult> {
  const result = await services.apiKeys.verify(key, collections, ip)
  if (!result.valid) return { authenticated: false, code: result.code }
  const { principal, apiKey, versions } = result
  const behind = keepUp(services, versions)
  if (behind !== undefined) await behind
  return {
    authenticated: true,
    authentication: {
      principalId: principal.id,
      collection: principal.collection,
      session: undefined,
      apiKey,
      credential: 'api_key',
      versions,
    },
  }
}
