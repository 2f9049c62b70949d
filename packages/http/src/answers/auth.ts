import type { ResolvedConfig, SessionView } from 'cardea'
import type { SessionCookies } from '../credentials/cookies.js'
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
 * The auth answer, with the cookie where there is one to give. What `delivery` withholds is left out here once more,
 * whatever the services gave.
 */
export function authAnswer(
  issued: Issued,
  target: {
    readonly collection: string
    readonly cookies: SessionCookies
    readonly delivery: ResolvedConfig['delivery']
    readonly cookieToken: string | undefined
  },
): RouteAnswer {
  const { collection, cookies, delivery, cookieToken } = target
  const withTokens = delivery !== 'cookie' && issued.accessToken !== undefined
  const tokens = withTokens
    ? { access_token: issued.accessToken, refresh_token: issued.refreshToken, token_type: 'bearer' }
    : {}
  const withCookie = delivery !== 'token' && cookieToken !== undefined
  return {
    body: {
      ...tokens,
      expires_in: issued.expiresInSeconds,
      expires_at: toIso(issued.expiresAt),
      session_id: issued.session.id,
      user: userAnswer(collection, issued.user),
      ...besideSignIn(collection, issued.user),
    },
    headers: withCookie ? [['Set-Cookie', cookies.issue(collection, cookieToken, issued.cookieMaxAgeSeconds)]] : [],
  }
}
