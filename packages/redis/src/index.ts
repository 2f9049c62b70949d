export type { RateLimitStore } from '@cardea/core/limits'
