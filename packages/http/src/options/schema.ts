import * as z from 'zod'
import type { RateLimitStore } from '../limits/store.js'
import type { HttpOptions } from './options.js'

const origin = z.string().refine(isOrigin, {
  message: 'must be an origin such as https://app.example, without a path',
})

/** The options, checked strictly. */
export const httpOptionsSchema: z.ZodType<HttpOptions> = z.strictObject({
  allowedOrigins: z.array(origin).readonly().exactOptional(),
  cors: z.strictObject({ origins: z.array(origin).readonly() }).exactOptional(),
  trustProxy: z.union([z.int().min(0).max(32), z.array(z.string()).readonly()]).exactOptional(),
  rateLimits: z
    .union([z.enum(['on', 'off']), z.strictObject({ multiplier: z.number().min(0.1).max(1_000_000) })])
    .exactOptional(),
  rateLimitStore: z
    .custom<RateLimitStore>(
      (value) =>
        typeof value === 'object' && value !== null && 'consume' in value && typeof value.consume === 'function',
      { message: 'must have a method consume' },
    )
    .exactOptional(),
  maxBodyBytes: z.int().min(1_024).max(16_777_216).exactOptional(),
})

/** Schemes that browsers do not know, as native shells have (`capacitor://localhost`), have no origin in a URL parser. */
const nativeOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?::\d{1,5})?$/

/** Whether a text is what a browser would send as `Origin`. */
function isOrigin(value: string): boolean {
  const parsed = URL.parse(value)
  if (parsed === null) return false
  return parsed.origin === 'null' ? nativeOrigin.test(value) : parsed.origin === value
}
