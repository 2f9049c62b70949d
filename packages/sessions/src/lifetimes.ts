import { CardeaError } from '@cardea/core'

/** How long sessions and tokens live, in seconds. All limits hold at once; the earliest wins. */
export interface SessionLifetimes {
  /** Life of an access token; it never outlives its session. Default 86,400 (24 hours). */
  readonly accessSeconds: number
  /** Life of the cookie token, begun anew by a refresh that comes with it. Default 86,400 (24 hours). */
  readonly cookieSeconds: number
  /** Life of the cookie token where the user asked to be remembered. Default 2,592,000 (30 days). */
  readonly rememberSeconds: number
  /** A session that is neither used nor refreshed for this long ends. Default 604,800 (7 days). */
  readonly idleSeconds: number
  /** A session ends after this long, however much it is used. Default 2,592,000 (30 days). */
  readonly absoluteSeconds: number
  /** How long the refresh token before the current one still gives the current one: for lost replies and parallel tabs. Default 10. */
  readonly refreshGraceSeconds: number
}

export const defaultLifetimes: SessionLifetimes = Object.freeze({
  accessSeconds: 86_400,
  cookieSeconds: 86_400,
  rememberSeconds: 2_592_000,
  idleSeconds: 604_800,
  absoluteSeconds: 2_592_000,
  refreshGraceSeconds: 10,
})

/** A hundred years: beyond it a limit is a mistake, and instants stay safe integers. */
const maximumSeconds = 3_153_600_000

/** @throws CardeaError `configuration_invalid` for anything that is not a whole number of seconds in range. */
export function resolveLifetimes(lifetimes: Partial<SessionLifetimes> = {}): SessionLifetimes {
  const resolve = (name: keyof SessionLifetimes, smallest: number): number => {
    const seconds = lifetimes[name] ?? defaultLifetimes[name]
    if (Number.isSafeInteger(seconds) && seconds >= smallest && seconds <= maximumSeconds) return seconds
    throw new CardeaError(
      'configuration_invalid',
      `createSessions: lifetimes.${name} must be a whole number from ${smallest} to ${maximumSeconds}`,
    )
  }
  return Object.freeze({
    accessSeconds: resolve('accessSeconds', 1),
    cookieSeconds: resolve('cookieSeconds', 1),
    rememberSeconds: resolve('rememberSeconds', 1),
    idleSeconds: resolve('idleSeconds', 1),
    absoluteSeconds: resolve('absoluteSeconds', 1),
    refreshGraceSeconds: resolve('refreshGraceSeconds', 0),
  })
}

/**
 * Whether an instant is still to come. False for everything that is not a plain instant, so that a broken expiry, or a
 * broken clock, means expired.
 */
export const isAhead = (now: number, instant: number): boolean => Number.isSafeInteger(instant) && now < instant
