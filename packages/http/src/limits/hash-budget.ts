import { availableParallelism } from 'node:os'
import { CardeaError } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import { type RateLimitRule, stepGcra } from '@cardea/core/limits'
import { hashesPerSecondAndThread, times } from './rules.js'

/** How many passwords one process may hash for everybody together. */
export interface HashBudget {
  /** @throws CardeaError `unavailable`: whoever asks has done nothing wrong, and another node may have room. */
  take(): void
}

/** With the usual parameters a core hashes about 40 passwords a second: half of that, and two seconds' worth at once. */
function usualRule(): RateLimitRule {
  const limit = hashesPerSecondAndThread * availableParallelism()
  return { limit, periodSeconds: 1, burst: limit * 2 }
}

/**
 * Keeps a flood from many networks from owning the processor, which limits for each network cannot. It counts in this
 * process, as its processor is what is saved.
 *
 * @param own The app's rules, in place of the usual one.
 */
export function createHashBudget(
  clock: Clock,
  multiplier: number,
  own: readonly RateLimitRule[] | undefined,
): HashBudget {
  const rules = own ?? [times(usualRule(), multiplier)]
  let arrivals: readonly (number | undefined)[] = rules.map(() => undefined)
  return {
    take() {
      const now = clock()
      const steps = rules.map((rule, index) => stepGcra(arrivals[index], rule, now))
      const full = steps.find(({ decision }) => !decision.allowed)
      if (full !== undefined) {
        throw new CardeaError('unavailable', 'Too many passwords are being checked.', {
          retryAfterSeconds: Math.max(1, Math.ceil(full.decision.retryAfterMilliseconds / 1_000)),
        })
      }
      arrivals = steps.map(({ arrival }) => arrival)
    },
  }
}
