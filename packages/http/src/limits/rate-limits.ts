import { CardeaError, isCardeaError } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { RateLimitBucket, RateLimitDecision, RateLimitRule, RateLimitStore } from '@cardea/core/limits'
import { addressPrefix, sitePrefix } from '@cardea/core/network'
import type { HeaderList } from '../answers/answer.js'
import type { LimitClass } from '../contract/route.js'

/**
 * The limits of each class of routes, for one network. A class has one bucket, however the routes in it are spelled and
 * whatever collection they are for.
 */
export const rateLimitRules: Readonly<Record<LimitClass, RateLimitRule>> = {
  'sign-in': { limit: 10, periodSeconds: 60, burst: 10 },
  password: { limit: 10, periodSeconds: 60, burst: 10 },
  'second-factor': { limit: 10, periodSeconds: 60, burst: 10 },
  register: { limit: 30, periodSeconds: 3_600, burst: 30 },
  mail: { limit: 10, periodSeconds: 60, burst: 10 },
  oauth: { limit: 30, periodSeconds: 60, burst: 30 },
  account: { limit: 30, periodSeconds: 60, burst: 30 },
  refresh: { limit: 300, periodSeconds: 60, burst: 300 },
  health: { limit: 600, periodSeconds: 60, burst: 600 },
  default: { limit: 600, periodSeconds: 60, burst: 600 },
}

/** A request over the limit: the error, and the headers that go with it. */
export interface RateLimitRefusal {
  readonly error: CardeaError
  readonly headers: HeaderList
}

/** Counts requests by class and network; undefined where limits are off. */
export type RateLimits = (limit: LimitClass, address: string | null) => Promise<RateLimitRefusal | undefined>

export function createRateLimits(options: {
  readonly store: RateLimitStore
  readonly clock: Clock
  /** 1 for the rules as they stand. */
  readonly multiplier: number
}): RateLimits {
  const rules = new Map(
    Object.entries(rateLimitRules).map(([name, rule]) => [
      name,
      { ...rule, limit: rule.limit * options.multiplier, burst: rule.burst * options.multiplier },
    ]),
  )
  return async (limit, address) => {
    const rule = rules.get(limit) ?? rateLimitRules[limit]
    const buckets = bucketsOf(limit, rule, address)
    const decisions = await take(options.store, buckets, options.clock())
    const refused = decisions.findIndex((decision) => !decision.allowed)
    const [bucket, decision] = [buckets[refused], decisions[refused]]
    return bucket === undefined || decision === undefined ? undefined : refuse(limit, bucket.rule, decision)
  }
}

/** How many clients of one site count as usual. */
const clientsPerSite = 10

/**
 * What a request counts for. A client that is refused takes nothing from its neighbours; clients whose address nobody knows
 * share a bucket rather than go without one.
 */
function bucketsOf(limit: LimitClass, rule: RateLimitRule, address: string | null): readonly RateLimitBucket[] {
  if (address === null) return [{ key: `${limit}|unknown`, rule }]
  const client = { key: `${limit}|${addressPrefix(address)}`, rule }
  const site = sitePrefix(address)
  if (site === undefined) return [client]
  const shared = { ...rule, limit: rule.limit * clientsPerSite, burst: rule.burst * clientsPerSite }
  return [client, { key: `${limit}|${site}`, rule: shared }]
}

/** A store that cannot be asked must neither let everybody in nor look like a defect. */
async function take(
  store: RateLimitStore,
  buckets: readonly RateLimitBucket[],
  now: number,
): Promise<readonly RateLimitDecision[]> {
  try {
    return await store.take(buckets, now)
  } catch (cause) {
    if (isCardeaError(cause)) throw cause
    throw new CardeaError('unavailable', 'Requests cannot be counted at the moment.', { retryAfterSeconds: 1, cause })
  }
}

function refuse(limit: LimitClass, rule: RateLimitRule, decision: RateLimitDecision): RateLimitRefusal {
  const seconds = Math.max(1, Math.ceil(decision.retryAfterMilliseconds / 1_000))
  return {
    error: new CardeaError('rate_limited', 'Too many requests from this network.', { retryAfterSeconds: seconds }),
    // draft-ietf-httpapi-ratelimit-headers: q is the quota, w its window in seconds, r what is left, t when it resets.
    headers: [
      ['RateLimit-Policy', `"${limit}";q=${Math.floor(rule.limit)};w=${rule.periodSeconds}`],
      ['RateLimit', `"${limit}";r=${decision.remaining};t=${seconds}`],
    ],
  }
}
