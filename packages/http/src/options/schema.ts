import type { RateLimitStore } from '@cardea/core/limits'
import * as z from 'zod/mini'
import type { HttpOptions } from './options.js'

const origin = z.string().check(
  z.refine(isOrigin, {
    message: 'must be an origin such as https://app.example, without a path',
  }),
)

/** The options, checked strictly. */
export const httpOptionsSchema: z.ZodMiniType<HttpOptions> = z.strictObject({
  allowedOrigins: z.exactOptional(z.readonly(z.array(origin))),
  cors: z.exactOptional(z.strictObject({ origins: z.readonly(z.array(origin)) })),
  trustProxy: z.exactOptional(z.union([z.int().check(z.minimum(0), z.maximum(32)), z.readonly(z.array(z.string()))])),
  rateLimits: z.exactOptional(
    z.union([
      z.enum(['on', 'off']),
      z.strictObject({ multiplier: z.number().check(z.minimum(0.1), z.maximum(1_000_000)) }),
    ]),
  ),
  rateLimitStore: z.exactOptional(
    z.custom<RateLimitStore>(
      (value) => typeof value === 'object' && value !== null && 'take' in value && typeof value.take === 'function',
      { message: 'must have the methods take and giveBack' },
    ),
  ),
  maxBodyBytes: z.exactOptional(z.int().check(z.minimum(1_024), z.maximum(16_777_216))),
})

/** Schemes that browsers do not know, as native shells have (`capacitor://localhost`), have no origin in a URL parser. */
const nativeOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?::\d{1,5})?$/

/** Whether a text is what a browser would send as `Origin`. */
function isOrigin(value: string): boolean {
  const parsed = URL.parse(value)
  if (parsed === null) return false
  return parsed.origin === 'null' ? nativeOrigin.test(value) : parsed.origin === value
}
