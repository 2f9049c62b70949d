import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { redisHints, redisRateLimits } from './index.js'

// Clients of both packages are taken as they are.
redisRateLimits(createClient())
redisRateLimits(createClient({ RESP: 3 }))
redisRateLimits(createCluster({ rootNodes: [] }))
redisRateLimits(createClientPool())
redisRateLimits(new Redis())
redisRateLimits(new Cluster([]))
redisHints(createClient())
redisHints(createCluster({ rootNodes: [] }))
redisHints(new Redis())
redisHints(new Cluster([]))

// @ts-expect-error Something else is none.
redisRateLimits(new Map())
// @ts-expect-error A pool has no connection of its own to hear messages on.
redisHints(createClientPool())
