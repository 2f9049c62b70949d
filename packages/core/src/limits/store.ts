import type { RateLimitDecision, RateLimitRule } from './gcra.js'

/** What a request counts for. */
export interface RateLimitBucket {
  /** The class of what is limited, `|`, and whom it is counted for; at most 100 characters. */
  readonly key: string
  readonly rule: RateLimitRule
}

/**
 * Where the state of rate limits is kept. All that one call does is atomic for each bucket: of n requests at once, at most
 * `burst` pass.
 */
export interface RateLimitStore {
  /**
   * Counts a request in all of its buckets, or, where one of them is full, in none.
   *
   * @param now The current instant in milliseconds; a store with a clock of its own uses that.
   * @returns A decision for each bucket, in their order. The request passes when all allow it.
   * @throws CardeaError `unavailable` when nothing can be said; the request is refused then.
   */
  take(
    buckets: readonly RateLimitBucket[],
    now: number,
  ): readonly RateLimitDecision[] | Promise<readonly RateLimitDecision[]>

  /** Gives back what a request was counted for that could not be served, for no fault of whoever made it. */
  giveBack(buckets: readonly RateLimitBucket[], now: number): void | Promise<void>

  /** Whether it counts as it was set up to. `degraded`: more strictly, by itself alone. Default: always `ok`. */
  status?(): 'ok' | 'degraded'
}
