import { availableParallelism } from 'node:os'
import { CardeaError, RecentMap } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import { type RateLimitRule, stepGcra } from '@cardea/core/limits'
import { sitePrefix } from '@cardea/core/network'
import { hashesPerSecondAndThread, times } from './rules.js'

/** How many passwords one process may hash for everybody together. */
export interface HashBudget {
  /** @throws CardeaError `unavailable`: whoever asks has done nothing wrong, and another node may have room. */
  take(address: string | null): void
}

/** The most sites of which is remembered what they used. */
const mostSites = 10_000

/** With the usual parameters a core hashes about 40 passwords a second: half of that, and two seconds' worth at once. */
function usualRule(): RateLimitRule {
  const limit = hashesPerSecondAndThread * availableParallelism()
  return { limit, periodSeconds: 1, burst: limit * 2 }
}

/**
 * Keeps a flood from many networks from owning the processor, which limits for each network cannot. It counts in this
 * process, as its processor is what is saved. Of the usual rule no site gets more than half: else the clients of a single one,
 * which cost it nothing, could use all of it up for everybody.
 *
 * @param own The app's rules, in place of the usual one.
 */
export function createHashBudget(
  clock: Clock,
  multiplier: number,
  own: readonly RateLimitRule[] | undefined,
): HashBudget {
  const usual = times(usualRule(), multiplier)
  const rules = own ?? [usual]
  const share = own === undefined ? times(usual, 0.5) : undefined
  const shares = new RecentMap<string, number>(mostSites)
  let arrivals: readonly (number | undefined)[] = rules.map(() => undefined)
  return {
    take(address) {
      const now = clock()
      const steps = rules.map((rule, index) => stepGcra(arrivals[index], rule, now))
      const site = address === null ? undefined : (sitePrefix(address) ?? address)
      const part = share === undefined || site === undefined ? undefined : stepGcra(shares.get(site), share, now)
      const full = [...steps, ...(part === undefined ? [] : [part])].find(({ decision }) => !decision.allowed)
      if (full !== undefined) {
        throw new CardeaError('unavailable', 'Too many passwords are being checked.', {
          retryAfterSeconds: Math.max(1, Math.ceil(full.decision.retryAfterMilliseconds / 1_000)),
        })
      }
      arrivals = steps.map(({ arrival }) => arrival)
      if (part !== undefined && site !== undefined) shares.set(site, part.arrival)
    },
  }
}
