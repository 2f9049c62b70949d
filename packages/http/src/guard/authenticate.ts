import { CardeaError } from '@cardea/core'
import type { AuthenticationFailure, AuthenticationResult } from 'cardea'
import { readBearer } from '../credentials/bearer.js'
import { readCookie, type SessionCookies } from '../credentials/cookies.js'
import type { ReadHeaders } from '../credentials/headers.js'
import type { WrongKeys } from '../limits/wrong-keys.js'
import type { Instance } from './instance.js'

/** Whose principals are accepted; made once, since it is handed on with every request. */
export interface Accepted {
  readonly collections: readonly string[]
}

const nobody: AuthenticationResult = { authenticated: false, code: 'unauthenticated' }
const malformed: AuthenticationResult = { authenticated: false, code: 'token_invalid' }

/** What credentials are looked at with; a runtime is one. */
export interface Gate {
  readonly auth: Pick<Instance, 'verify'>
  readonly cookies: SessionCookies
  /** Who counts API keys that are none; undefined where limits are off. */
  readonly wrongKeys: WrongKeys | undefined
}

/** Three parts with dots are a token of a session, which is refused by its signature before anything is looked up. */
function isAccessToken(bearerToken: string): boolean {
  const first = bearerToken.indexOf('.')
  const second = first < 0 ? -1 : bearerToken.indexOf('.', first + 1)
  return second >= 0 && !bearerToken.includes('.', second + 1)
}

/**
 * Finds out who sent a request. A bearer token alone counts when there is one; else the session cookies of the accepted
 * collections, in their order. One statement in strict mode; more only when a stale cookie comes first.
 *
 * @param findIp Where the request came from; asked for API keys alone, since it takes its time.
 */
export function authenticate(
  { auth, cookies, wrongKeys }: Gate,
  headers: ReadHeaders,
  accepted: Accepted,
  findIp: () => string | null,
): Promise<AuthenticationResult> {
  const bearerToken = readBearer(headers.get('authorization'))
  // Handed on as it is: every request waits for this, and each function that only waits would make it later.
  if (bearerToken !== undefined) {
    if (bearerToken === null) return Promise.resolve(malformed)
    if (isAccessToken(bearerToken)) return auth.verify({ bearerToken }, accepted)
    const ip = findIp()
    if (wrongKeys === undefined) return auth.verify({ bearerToken, ip }, accepted)
    return wrongKeys.verify(ip, bearerToken, () => auth.verify({ bearerToken, ip }, accepted))
  }
  const header = headers.get('cookie')
  return header === null ? Promise.resolve(nobody) : authenticateByCookie(auth, cookies, header, accepted)
}

async function authenticateByCookie(
  auth: Pick<Instance, 'verify'>,
  cookies: SessionCookies,
  header: string,
  accepted: Accepted,
): Promise<AuthenticationResult> {
  let result = nobody
  for (const collection of accepted.collections) {
    const cookieToken = readCookie(header, cookies.nameOf(collection))
    if (cookieToken === undefined) continue
    result = await auth.verify({ cookieToken }, accepted)
    if (result.authenticated) return result
  }
  return result
}

const messages: Readonly<Record<AuthenticationFailure, string>> = {
  unauthenticated: 'Sign in first.',
  token_invalid: 'The token is not valid.',
  token_expired: 'The token has expired.',
  session_revoked: 'The session has ended.',
}

/** The error that says why nobody was recognised. */
export function authenticationError(code: AuthenticationFailure): CardeaError {
  return new CardeaError(code, messages[code])
}

/** The error for an API key where only a session will do: it is a good key, so this is no matter of who it is. */
export const sessionNeededError = (): CardeaError =>
  new CardeaError('forbidden', 'This takes a session: API keys are not accepted here.')
