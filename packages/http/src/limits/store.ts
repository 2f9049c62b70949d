import { RecentMap } from '@cardea/core'
import { type RateLimitDecision, type RateLimitRule, stepGcra } from './gcra.js'

/** Where the state of rate limits is kept. One call counts one request, atomically: of n at once, at most `burst` pass. */
export interface RateLimitStore {
  /**
   * Counts a request.
   *
   * @param key Names the bucket: the class of the routes, `|`, and the network; at most 100 characters.
   * @param now The current instant in milliseconds; a store with a clock of its own may use that.
   * @throws CardeaError `unavailable` when nothing can be said; the request is refused then.
   */
  consume(key: string, rule: RateLimitRule, now: number): RateLimitDecision | Promise<RateLimitDecision>
}

/** The most keys of one class of routes that a process remembers; the least recently used go first. */
const mostKeys = 100_000

/**
 * Keeps rate limits in the memory of the process: exact for one process, n times as generous for n of them. Each class of
 * routes has keys of its own, so that a flood of cheap requests cannot push out who is limited on an expensive one.
 */
export function createMemoryRateLimitStore(options: { readonly maxKeys?: number } = {}): RateLimitStore {
  const classes = new Map<string, RecentMap<string, number>>()
  const arrivalsOf = (key: string): RecentMap<string, number> => {
    const name = key.slice(0, Math.max(0, key.indexOf('|')))
    let arrivals = classes.get(name)
    if (arrivals === undefined) {
      arrivals = new RecentMap<string, number>(options.maxKeys ?? mostKeys)
      classes.set(name, arrivals)
    }
    return arrivals
  }
  return {
    consume(key, rule, now) {
      const arrivals = arrivalsOf(key)
      const step = stepGcra(arrivals.get(key), rule, now)
      if (step.decision.allowed) arrivals.set(key, step.arrival)
      return step.decision
    },
  }
}
