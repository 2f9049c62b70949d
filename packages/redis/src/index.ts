export type {
  IoRedisClient,
  IoRedisPublisher,
  IoRedisSubscriber,
  NodeRedisClient,
  NodeRedisPublisher,
  NodeRedisSubscriber,
  RedisClient,
  RedisPublisher,
} from './clients.js'
export { type RedisHintOptions, type RedisHints, redisHints } from './hints/redis-hints.js'
export { type RedisRateLimitOptions, type RedisRateLimits, redisRateLimits } from './limits/redis-rate-limits.js'
export type { RedisLogger } from './logger.js'
export type { RedisTimers } from './timers.js'
