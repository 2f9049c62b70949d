import type { SessionView } from 'cardea'
import type { Runtime } from '../handler/runtime.js'
import type { RouteAnswer } from '../routes/route.js'
import { toIso } from './instant.js'
import { besideSignIn, userAnswer } from './user.js'

/** What a sign-in and a refresh have in common. */
interface Issued {
  readonly user: object
  readonly session: SessionView
  readonly accessToken?: string
  readonly refreshToken?: string
  readonly expiresInSeconds: number
  readonly expiresAt: number
  readonly cookieMaxAgeSeconds: number | null
}

/**
 * The auth answer, with the cookies where there are any to give. What `delivery` withholds is left out here once more,
 * whatever the services gave.
 */
export function authAnswer(
  issued: Issued,
  target: {
    readonly collection: string
    readonly runtime: Pick<Runtime, 'config' | 'cookies' | 'refreshCookies'>
    readonly cookieToken: string | undefined
  },
): RouteAnswer {
  const { collection, runtime, cookieToken } = target
  const { config, cookies, refreshCookies } = runtime
  const withTokens = config.delivery !== 'cookie' && issued.accessToken !== undefined
  const tokens = withTokens
    ? { access_token: issued.accessToken, refresh_token: issued.refreshToken, token_type: 'bearer' }
    : {}
  const set: [string, string][] = []
  if (config.delivery !== 'token' && cookieToken !== undefined) {
    set.push(['Set-Cookie', cookies.issue(collection, cookieToken, issued.cookieMaxAgeSeconds)])
  }
  if (refreshCookies !== undefined && issued.refreshToken !== undefined) {
    // As long as the token is good: until the session's own end, or without use before that. One that ends with the browser is not
    // to come back by its refresh token.
    const seconds = issued.cookieMaxAgeSeconds === null ? null : (issued.session.expiresAt - config.clock()) / 1_000
    set.push(['Set-Cookie', refreshCookies.issue(collection, issued.refreshToken, seconds)])
  }
  return {
    body: {
      ...tokens,
      expires_in: issued.expiresInSeconds,
      expires_at: toIso(issued.expiresAt),
      session_id: issued.session.id,
      user: userAnswer(collection, issued.user),
      ...besideSignIn(collection, issued.user),
    },
    headers: set,
  }
}
