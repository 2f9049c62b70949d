import { RecentMap } from '@cardea/core'
import type { RateLimitBucket, RateLimitDecision, RateLimitStore } from '@cardea/core/limits'

/** For how long a full bucket is believed to be full without a look, in milliseconds; another node may have given back. */
const longestMemory = 1_000
const mostKeys = 10_000

interface Refusal {
  readonly until: number
  readonly decisions: readonly RateLimitDecision[]
}

/**
 * Lets the requests of one network wait for one another, and remembers for a moment that a bucket is full: of a flood, the
 * database sees what passes and one question a second.
 *
 * Whoever waits behind a question that fails, fails with it: while a database does not answer, waits do not add up.
 */
export function inTurn(store: RateLimitStore): RateLimitStore {
  const turns = new Map<string, Promise<unknown>>()
  const refusals = new RecentMap<string, Refusal>(mostKeys)

  const attempt = async (buckets: readonly RateLimitBucket[], now: number): Promise<readonly RateLimitDecision[]> => {
    const name = nameOf(buckets)
    const known = refusals.get(name)
    if (known !== undefined && now < known.until && known.until - now <= longestMemory) return known.decisions
    const decisions = await store.take(buckets, now)
    const wait = Math.max(...decisions.filter(({ allowed }) => !allowed).map((each) => each.retryAfterMilliseconds), 0)
    if (wait > 0) refusals.set(name, { until: now + Math.min(wait, longestMemory), decisions })
    return decisions
  }

  return {
    take: async (buckets, now) => {
      const first = buckets[0]?.key ?? ''
      const before = turns.get(first)
      const turn = before === undefined ? attempt(buckets, now) : before.then(() => attempt(buckets, now))
      turns.set(first, turn)
      try {
        return await turn
      } finally {
        if (turns.get(first) === turn) turns.delete(first)
      }
    },
    giveBack: async (buckets, now) => {
      refusals.delete(nameOf(buckets))
      await store.giveBack(buckets, now)
    },
  }
}

/** Of one network and class there are several sets of buckets where rules were added. */
const nameOf = (buckets: readonly RateLimitBucket[]): string => buckets.map(({ key }) => key).join(' ')
