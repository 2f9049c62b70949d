import * as z from 'zod/mini'
import { isMount } from '../authzen/is-mount.js'
import type { AuthzenMount } from '../authzen/options.js'
import { rateLimitStore } from '../limits/schema.js'
import type { HttpOptions } from './options.js'

const origin = z.string().check(
  z.refine(isOrigin, {
    message: 'must be an origin such as https://app.example, without a path',
  }),
)

const onOrOff = z.exactOptional(z.enum(['on', 'off']))

/** The options, checked strictly. */
export const httpOptionsSchema: z.ZodMiniType<HttpOptions> = z.strictObject({
  allowedOrigins: z.exactOptional(z.readonly(z.array(origin))),
  cors: z.exactOptional(z.strictObject({ origins: z.readonly(z.array(origin)) })),
  trustProxy: z.exactOptional(
    z.union(
      [z.int().check(z.minimum(0), z.maximum(32)), z.readonly(z.array(z.string()))],
      'must be the number of proxies or a list of addresses',
    ),
  ),
  // What stands in it is checked where it is used, so that a message says where it is wrong.
  rateLimits: z.exactOptional(
    z.custom<NonNullable<HttpOptions['rateLimits']>>(
      (value) => value === 'on' || value === 'off' || (typeof value === 'object' && value !== null),
      { message: 'must be on, off or an object' },
    ),
  ),
  rateLimitStore: z.exactOptional(rateLimitStore),
  maxBodyBytes: z.exactOptional(z.int().check(z.minimum(1_024), z.maximum(16_777_216))),
  apiReference: onOrOff,
  health: onOrOff,
  authzen: z.exactOptional(z.custom<AuthzenMount>(isMount, { message: 'must be what authzen() gives' })),
})

/** Schemes that browsers do not know, as native shells have (`capacitor://localhost`), have no origin in a URL parser. */
const nativeOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?::\d{1,5})?$/

/** Whether a text is what a browser would send as `Origin`. */
function isOrigin(value: string): boolean {
  const parsed = URL.parse(value)
  if (parsed === null) return false
  return parsed.origin === 'null' ? nativeOrigin.test(value) : parsed.origin === value
}
