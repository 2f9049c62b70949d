import type { RateLimitStore } from '@cardea/core/limits'
import * as z from 'zod/mini'
import type { RateLimit, RateLimitOptions } from './rules.js'

const isStore = (value: unknown): value is RateLimitStore =>
  typeof value === 'object' &&
  value !== null &&
  'take' in value &&
  typeof value.take === 'function' &&
  'giveBack' in value &&
  typeof value.giveBack === 'function'

export const rateLimitStore = z.custom<RateLimitStore>(isStore, { message: 'must have the methods take and giveBack' })

const storeChoice = z.custom<NonNullable<RateLimitOptions['store']>>(
  (value) => value === 'memory' || value === 'database' || isStore(value),
  { message: 'must be memory, database, or a store with the methods take and giveBack' },
)

const mostRequests = 1_000_000_000
const rateLimit = z.strictObject({
  limit: z.int().check(z.minimum(1), z.maximum(mostRequests)),
  periodSeconds: z.int().check(z.minimum(1), z.maximum(86_400)),
  burst: z.exactOptional(z.int().check(z.minimum(1), z.maximum(mostRequests))),
})

/** One, or several that all hold. */
const limits = z.pipe(
  z.transform((value: unknown): unknown => (Array.isArray(value) ? value : [value])),
  z.array(rateLimit).check(z.minLength(1), z.maxLength(5)),
)
// What comes out is a list, which the options may hold as well.
const oneOrMore = limits as unknown as z.ZodMiniType<RateLimit | readonly RateLimit[]>

/** The option `rateLimits`, where it is an object. */
export const rateLimitOptionsSchema: z.ZodMiniType<RateLimitOptions> = z.strictObject({
  multiplier: z.exactOptional(z.number().check(z.minimum(0.1), z.maximum(1_000_000))),
  store: z.exactOptional(storeChoice),
  rules: z.exactOptional(z.record(z.string(), oneOrMore)),
  audiences: z.exactOptional(
    z.strictObject({
      anonymous: z.exactOptional(oneOrMore),
      authenticated: z.exactOptional(oneOrMore),
      admin: z.exactOptional(oneOrMore),
    }),
  ),
})
