import { lazy } from '@cardea/core'
import type { RateLimitStore } from '@cardea/core/limits'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'

/** Counts in the database of an instance; loads with the first request that it counts. */
export function databaseRateLimits(services: Services): RateLimitStore {
  const load = lazy(async () => (await loadOperations()).createDatabaseRateLimits(services))
  return {
    take: async (buckets, now) => await (await load()).take(buckets, now),
    giveBack: async (buckets, now) => await (await load()).giveBack(buckets, now),
  }
}
