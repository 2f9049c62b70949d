/** How many requests are let through. */
export interface RateLimitRule {
  /** How many in one period, on average. */
  readonly limit: number
  readonly periodSeconds: number
  /** How many at once after a pause. */
  readonly burst: number
}

/** What a limiter says to one request. */
export interface RateLimitDecision {
  readonly allowed: boolean
  /** How many more would be let through at this instant. */
  readonly remaining: number
  /** Milliseconds until one more is let through; 0 when `remaining` is not 0. */
  readonly retryAfterMilliseconds: number
}

/**
 * The generic cell rate algorithm: the whole state of a key is one instant, the theoretical arrival time, so a step is a
 * compare and a write, and there is no window at whose edge twice the limit passes.
 *
 * @param arrival The stored arrival time in milliseconds; undefined for a key that is new.
 * @param now The current instant in milliseconds.
 * @returns The decision, and the arrival time to store when the request is let through.
 * @see ITU-T I.371
 */
export function stepGcra(
  arrival: number | undefined,
  rule: RateLimitRule,
  now: number,
): { readonly decision: RateLimitDecision; readonly arrival: number } {
  const interval = (rule.periodSeconds * 1_000) / rule.limit
  const tolerance = interval * rule.burst
  // A clock that was set back must not lock a key for longer than a full bucket takes to drain.
  const start = Math.min(Math.max(arrival ?? now, now), now + tolerance)
  const next = start + interval
  // Sums of an interval that is no whole number drift by less than this; it must not cost the last request of a burst.
  const slack = Math.min(interval, 1) / 2
  const wait = next - tolerance - now
  if (wait > slack) {
    return { decision: { allowed: false, remaining: 0, retryAfterMilliseconds: Math.ceil(wait) }, arrival: start }
  }
  const remaining = Math.floor((tolerance - (next - now) + slack) / interval)
  const retryAfterMilliseconds = remaining > 0 ? 0 : Math.max(0, Math.ceil(next + interval - tolerance - now))
  return { decision: { allowed: true, remaining, retryAfterMilliseconds }, arrival: next }
}

/** The arrival time when one request is not to count after all; never before now, so that no more than a burst is saved up. */
export function giveBackGcra(arrival: number, rule: RateLimitRule, now: number): number {
  return Math.max(now, arrival - (rule.periodSeconds * 1_000) / rule.limit)
}
