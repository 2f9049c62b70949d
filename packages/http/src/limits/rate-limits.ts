import { CardeaError, isCardeaError } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { RateLimitBucket, RateLimitDecision, RateLimitRule, RateLimitStore } from '@cardea/core/limits'
import type { HeaderList } from '../answers/answer.js'
import type { RouteContract } from '../contract/route.js'
import { bucketsOf, forSite, networkBuckets } from './buckets.js'
import { describe, refusalOf } from './refusal.js'
import { nameOfRoute } from './route-names.js'
import { type Audience, type RateLimitOptions, rateLimitRules, rulesOf, times, wrongKeyRule } from './rules.js'

/** A request that was let through. */
export interface Counted {
  readonly buckets: readonly RateLimitBucket[]
  /** What its answer may say of what is left. */
  readonly headers: HeaderList
}

/**
 * Counts requests. Every method that takes throws CardeaError `rate_limited` for a request over a limit, and `unavailable`
 * while the store cannot be asked.
 */
export interface RateLimits {
  /** Under which name a route is counted; undefined for one that never is. */
  nameOf(contract: Pick<RouteContract, 'limit' | 'method' | 'mount' | 'path'>): string | undefined
  /** Counts a request for its network. */
  take(name: string, address: string | null): Promise<Counted>
  /** Whether there are limits by who asks. */
  readonly byAudience: boolean
  /** Whether admins have limits of their own. */
  readonly byAdmin: boolean
  takeAnonymous(address: string | null): Promise<void>
  /** @param principalId Of somebody who was recognised, never what a request says. */
  takeKnown(audience: 'authenticated' | 'admin', principalId: string): Promise<void>
  /** What could not be served for no fault of the client's does not count. Never throws. */
  giveBack(counted: Counted): Promise<void>
}

/** Routes whose answers say nothing of what is left while there is something: it would be noise. */
const quiet: ReadonlySet<string> = new Set(['default', 'health'])

export function createRateLimits(options: {
  readonly store: RateLimitStore
  readonly clock: Clock
  /** 1 for the usual rules as they stand. */
  readonly multiplier: number
  readonly rules?: NonNullable<RateLimitOptions['rules']>
  readonly audiences?: NonNullable<RateLimitOptions['audiences']>
}): RateLimits {
  const { store, clock, multiplier, audiences = {} } = options
  const usual = { ...rateLimitRules, 'api-key': wrongKeyRule }
  const rules = new Map<string, readonly RateLimitRule[]>([
    ...Object.entries(usual).map(([name, rule]): [string, RateLimitRule[]] => [name, [times(rule, multiplier)]]),
    ...Object.entries(options.rules ?? {}).map(([name, own]): [string, readonly RateLimitRule[]] => [
      name,
      rulesOf(own),
    ]),
  ])
  const audienceRules = (audience: Audience): readonly RateLimitRule[] => {
    const own = audiences[audience] ?? (audience === 'admin' ? audiences.authenticated : undefined)
    return own === undefined ? [] : rulesOf(own)
  }

  const take = async (name: string, buckets: readonly RateLimitBucket[]): Promise<Counted> => {
    const decisions = buckets.length === 0 ? [] : await decide(store, buckets, clock())
    const refused = decisions.findIndex((decision) => !decision.allowed)
    const [bucket, decision] = [buckets[Math.max(0, refused)], decisions[Math.max(0, refused)]]
    if (bucket === undefined || decision === undefined) return { buckets, headers: [] }
    if (refused >= 0) throw refusalOf(name, bucket.rule, decision)
    return { buckets, headers: quiet.has(name) ? [] : describe(name, bucket.rule, decision) }
  }

  return {
    nameOf: (contract) => {
      const route = nameOfRoute(contract)
      return rules.has(route) ? route : (contract.limit ?? undefined)
    },
    take: (name, address) => {
      const own = rules.get(name) ?? []
      // Where no address is known at all, one client must not be able to shut out all that come with keys for a few bad ones.
      const shared = name === 'api-key' && address === null
      return take(name, networkBuckets(name, shared ? own.map(forSite) : own, address))
    },
    byAudience: Object.keys(audiences).length > 0,
    byAdmin: audiences.admin !== undefined,
    takeAnonymous: async (address) => {
      await take('anonymous', networkBuckets('anonymous', audienceRules('anonymous'), address))
    },
    takeKnown: async (audience, principalId) => {
      await take(audience, bucketsOf(audience, audienceRules(audience), principalId))
    },
    giveBack: async ({ buckets }) => {
      try {
        await store.giveBack(buckets, clock())
      } catch {
        // What is not given back comes back by itself.
      }
    },
  }
}

/** A store that cannot be asked must neither let everybody in nor look like a defect. */
async function decide(
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
