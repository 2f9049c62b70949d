import { CardeaError } from '@cardea/core'
import type { RateLimitDecision, RateLimitRule } from '@cardea/core/limits'

/** Names and values, as answers have them; answers look here, so this does not look there. */
type LimitHeaders = readonly (readonly [string, string])[]

const headersOf = new WeakMap<object, LimitHeaders>()

/** The error for a request over a limit; whoever answers it adds {@link rateLimitHeaders}. */
export function refusalOf(name: string, rule: RateLimitRule, decision: RateLimitDecision): CardeaError {
  const retryAfterSeconds = Math.max(1, Math.ceil(decision.retryAfterMilliseconds / 1_000))
  const error = new CardeaError('rate_limited', 'Too many requests from this client.', { retryAfterSeconds })
  headersOf.set(error, describe(name, rule, decision))
  return error
}

/** What goes with a refusal beside `Retry-After`. */
export const rateLimitHeaders = (error: unknown): LimitHeaders =>
  (typeof error === 'object' && error !== null ? headersOf.get(error) : undefined) ?? []

/** draft-ietf-httpapi-ratelimit-headers: q is the quota, w its window in seconds, r what is left, t when there is more. */
export function describe(name: string, rule: RateLimitRule, decision: RateLimitDecision): LimitHeaders {
  const seconds = Math.ceil(decision.retryAfterMilliseconds / 1_000)
  const wait = decision.remaining > 0 ? '' : `;t=${Math.max(1, seconds)}`
  return [
    ['RateLimit-Policy', `"${name}";q=${Math.floor(rule.limit)};w=${rule.periodSeconds}`],
    ['RateLimit', `"${name}";r=${decision.remaining}${wait}`],
  ]
}
