import { CardeaError } from '@cardea/core'
import type { Authentication, AuthenticationFailure, AuthenticationResult } from 'cardea'
import { readBearer } from '../credentials/bearer.js'
import { readCookie, type SessionCookies } from '../credentials/cookies.js'
import type { ReadHeaders } from '../credentials/headers.js'
import type { Instance } from './instance.js'

/** Whose principals are accepted; made once, since it is handed on with every request. */
export interface Accepted {
  readonly collections: readonly string[]
}

/** Who sent a request, and by what it was told. */
export type RequestAuthentication =
  | { readonly authenticated: true; readonly authentication: Authentication }
  | {
      readonly authenticated: false
      readonly code: AuthenticationFailure
      /** Whether a bearer token was refused; else there was a cookie that is no longer good, or nothing. */
      readonly bearer: boolean
    }

const nobody: RequestAuthentication = { authenticated: false, code: 'unauthenticated', bearer: false }
const malformed: RequestAuthentication = { authenticated: false, code: 'token_invalid', bearer: true }

/**
 * Finds out who sent a request. A bearer token alone counts when there is one; else the session cookies of the accepted
 * collections, in their order. One statement in strict mode; more only when a stale cookie comes first.
 */
export async function authenticate(
  sessions: Instance['sessions'],
  cookies: SessionCookies,
  headers: ReadHeaders,
  accepted: Accepted,
): Promise<RequestAuthentication> {
  const accessToken = readBearer(headers.get('authorization'))
  if (accessToken === null) return malformed
  if (accessToken !== undefined) return failedBy(await sessions.verify({ accessToken }, accepted), true)
  const header = headers.get('cookie')
  if (header === null) return nobody
  let result = nobody
  for (const collection of accepted.collections) {
    const cookieToken = readCookie(header, cookies.nameOf(collection))
    if (cookieToken === undefined) continue
    result = failedBy(await sessions.verify({ cookieToken }, accepted), false)
    if (result.authenticated) return result
  }
  return result
}

function failedBy(result: AuthenticationResult, bearer: boolean): RequestAuthentication {
  return result.authenticated ? result : { authenticated: false, code: result.code, bearer }
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
