import { CardeaError } from '@cardea/core'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import type { SessionsApi, Verify } from './cardea.js'
import { keepUp } from './keep-up.js'
import type { AuthenticationResult } from './sign-in.js'

const builtInOnly: readonly string[] = [usersName]

/** Verification of whatever comes with a request. A bearer token that begins as keys do is nothing but a key. */
export function bindVerify(services: Services, sessions: SessionsApi): Verify {
  return (credential, options) => {
    if (!isNamed(credential)) return Promise.reject(unnamed())
    if ('cookieToken' in credential) return sessions.verify(credential, options)
    const { bearerToken, ip } = credential
    return services.apiKeys.recognises(bearerToken)
      ? verifyKey(services, bearerToken, options?.collections ?? builtInOnly, ip)
      : sessions.verify({ accessToken: bearerToken }, options)
  }
}

/** JavaScript hands in the token itself, which would get into the message of a TypeError, and from there into logs. */
const isNamed = (credential: unknown): boolean =>
  typeof credential === 'object' && credential !== null && ('cookieToken' in credential || 'bearerToken' in credential)

const unnamed = () => new CardeaError('configuration_invalid', 'verify: takes { bearerToken } or { cookieToken }')

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
