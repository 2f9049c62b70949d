import type { SessionView } from './session-view.js'

/** A session and what was handed out for it. Secrets appear here once; only hashes, or nothing, are kept. */
export interface IssuedSession {
  readonly session: SessionView
  /** A JWT for `Authorization: Bearer`, where tokens were asked for. */
  readonly accessToken?: string
  /** For the refresh route alone: in the body, or in the cookie that only this route gets. */
  readonly refreshToken?: string
  /** Life of an access token in seconds, and its end in milliseconds since 1970. */
  readonly expiresInSeconds: number
  readonly expiresAt: number
  /** How long a cookie lives, in seconds: for its Max-Age. Null for one that ends with the browser. */
  readonly cookieMaxAgeSeconds: number | null
}

export const secondsUntil = (now: number, instant: number): number => Math.max(0, Math.floor((instant - now) / 1_000))
