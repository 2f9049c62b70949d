import { RecentMap } from '../cache/recent-map.js'
import { giveBackGcra, stepGcra } from './gcra.js'
import type { RateLimitStore } from './store.js'

/** The most keys of one class that a process remembers; the least recently used go first. */
const mostKeys = 100_000

/**
 * Keeps rate limits in the memory of the process: exact for one process, n times as generous for n of them. Each class has
 * keys of its own, so that a flood of cheap requests cannot push out who is limited on an expensive one.
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
    take(buckets, now) {
      const steps = buckets.map(({ key, rule }) => {
        const arrivals = arrivalsOf(key)
        return { key, arrivals, ...stepGcra(arrivals.get(key), rule, now) }
      })
      if (steps.every(({ decision }) => decision.allowed)) {
        for (const { key, arrivals, arrival } of steps) arrivals.set(key, arrival)
      }
      return steps.map(({ decision }) => decision)
    },
    giveBack(buckets, now) {
      for (const { key, rule } of buckets) {
        const arrivals = arrivalsOf(key)
        const arrival = arrivals.get(key)
        if (arrival !== undefined) arrivals.set(key, giveBackGcra(arrival, rule, now))
      }
    },
  }
}
