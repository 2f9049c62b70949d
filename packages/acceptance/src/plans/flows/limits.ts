import type { RateLimitBucket } from '@cardea/core/limits'
import type { Flow } from '../flow.js'
import type { World } from '../world.js'

let networks = 0

/** Two at once, and the next in half an hour. */
const newBucket = (limit = 2): RateLimitBucket => {
  networks += 1
  return { key: `sign-in|network ${networks}`, rule: { limit, periodSeconds: 3_600, burst: limit } }
}

const take = async (world: World, buckets: readonly RateLimitBucket[], allowed: boolean): Promise<void> => {
  const decisions = await world.auth.rateLimitStore.take(buckets, world.time.now)
  if (decisions.every((each) => each.allowed) !== allowed) throw new Error('it is the other way round')
}

const counting = (name: string, before: number, allowed = true): Flow => ({
  name,
  prepare: async (world) => {
    const bucket = newBucket()
    for (let index = 0; index < before; index += 1) await take(world, [bucket], true)
    return () => take(world, [bucket], allowed)
  },
})

/** What it takes to count requests in the database. */
export const limitFlows: readonly Flow[] = [
  counting('count the first request of a network', 0),
  counting('count another request of a network', 1),
  counting('refuse a request over the limit', 2, false),
  {
    name: 'refuse the next one, too',
    prepare: async (world) => {
      const bucket = newBucket(1)
      await take(world, [bucket], true)
      await take(world, [bucket], false)
      return () => take(world, [bucket], false)
    },
  },
  {
    name: 'count a request of a network with a site',
    prepare: async (world) => {
      const buckets = [newBucket(), newBucket()]
      await take(world, buckets, true)
      return () => take(world, buckets, true)
    },
  },
  {
    name: 'give a request back',
    prepare: async (world) => {
      const bucket = newBucket()
      await take(world, [bucket], true)
      return async () => await world.auth.rateLimitStore.giveBack([bucket], world.time.now)
    },
  },
]
