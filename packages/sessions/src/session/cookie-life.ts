import type { RowOf, sessions } from '@cardea/storage'
import type { SessionLifetimes } from '../lifetimes.js'
import { secondsUntil } from './issued.js'

type CookieColumns = Pick<RowOf<typeof sessions>, 'cookie_seconds' | 'cookie_expires_at' | 'absolute_expires_at'>

/** What a session keeps of how long its cookie was asked to live. */
export function cookieSecondsOf(
  { rememberSeconds }: Pick<SessionLifetimes, 'rememberSeconds'>,
  rememberMe: boolean | undefined,
): number | null {
  if (rememberMe === undefined) return null
  return rememberMe ? rememberSeconds : 0
}

/** Until when a cookie counts that is sent now. One that ends with the browser counts no longer than the usual one. */
export function cookieEnd(
  { cookieSeconds }: Pick<SessionLifetimes, 'cookieSeconds'>,
  row: Omit<CookieColumns, 'cookie_expires_at'>,
  now: number,
): number {
  const kept = row.cookie_seconds ?? 0
  return Math.min(now + (kept > 0 ? kept : cookieSeconds) * 1_000, row.absolute_expires_at)
}

/** The Max-Age of a session's cookie, in seconds; null for one that ends with the browser. */
export const cookieMaxAge = (row: CookieColumns, now: number): number | null =>
  row.cookie_seconds === 0 ? null : secondsUntil(now, row.cookie_expires_at)
