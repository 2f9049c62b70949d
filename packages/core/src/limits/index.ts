export { giveBackGcra, type RateLimitDecision, type RateLimitRule, stepGcra } from './gcra.js'
export { createMemoryRateLimitStore } from './memory-store.js'
export type { RateLimitBucket, RateLimitStore } from './store.js'
