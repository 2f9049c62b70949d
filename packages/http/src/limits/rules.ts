import type { RateLimitRule, RateLimitStore } from '@cardea/core/limits'
import type { LimitClass } from '../contract/route.js'

const perMinute = (limit: number): RateLimitRule => ({ limit, periodSeconds: 60, burst: limit })

/**
 * The limits of each class of routes, for one network. A class has one bucket, however the routes in it are spelled and
 * whatever collection they are for.
 */
export const rateLimitRules: Readonly<Record<LimitClass, RateLimitRule>> = {
  'sign-in': perMinute(10),
  password: perMinute(10),
  'second-factor': perMinute(10),
  register: { limit: 30, periodSeconds: 3_600, burst: 30 },
  mail: perMinute(10),
  oauth: perMinute(30),
  account: perMinute(30),
  refresh: perMinute(300),
  // Programs ask from one address for all that they serve.
  decision: perMinute(6_000),
  health: perMinute(600),
  default: perMinute(600),
}

/** API keys that are none, from one network. */
export const wrongKeyRule: RateLimitRule = perMinute(30)

/** Passwords that one process hashes for everybody together, for each thread that hashes. */
export const hashesPerSecondAndThread = 20

/** Names under which rules can be set, beside those of routes. */
export const ruleNames: readonly string[] = [...Object.keys(rateLimitRules), 'api-key', 'hash']

/** Whom an added rule is for. */
export type Audience = 'anonymous' | 'authenticated' | 'admin'

/** A limit of the app's own. */
export interface RateLimit {
  /** How many in one period, on average. From 1. */
  readonly limit: number
  /** 1 to 86,400. */
  readonly periodSeconds: number
  /** How many at once after a pause. Default: as many as in one period. */
  readonly burst?: number
}

/** How the limits of the routes differ from those that are on by default. */
export interface RateLimitOptions {
  /** By how much all of the usual limits are more generous, 0.1 to 1,000,000. Rules set here stay as they are. */
  readonly multiplier?: number
  /**
   * Where requests are counted. `memory` (default): exact for one process. `database`: that of the instance, exact for all
   * nodes together. Or a store such as that of `@cardea/redis`.
   */
  readonly store?: 'memory' | 'database' | RateLimitStore
  /**
   * Other limits for a class (`sign-in`, `register`, …; `api-key` for wrong API keys, `hash` for passwords of everybody
   * together) or for one route, which then leaves its class: `POST /auth/login` is the login of every collection. Several
   * limits of one name all hold.
   */
  readonly rules?: Readonly<Record<string, RateLimit | readonly RateLimit[]>>
  /**
   * Limits by who asks, over all routes together and on top of those of the routes: so they never make one laxer. Somebody
   * is counted by the account once it has been recognised, everybody else by the network: on public routes that is everybody,
   * whatever token is sent along. `admin`: whoever has a role without limits; default: as `authenticated`.
   */
  readonly audiences?: { readonly [A in Audience]?: RateLimit | readonly RateLimit[] }
}

/** With a burst, and as a list. */
export function rulesOf(limits: RateLimit | readonly RateLimit[]): readonly RateLimitRule[] {
  const list = 'limit' in limits ? [limits] : limits
  return list.map(({ limit, periodSeconds, burst = limit }) => ({ limit, periodSeconds, burst }))
}

/** A usual rule, made more generous. */
export const times = (rule: RateLimitRule, factor: number): RateLimitRule => ({
  ...rule,
  limit: rule.limit * factor,
  burst: Math.max(1, rule.burst * factor),
})
