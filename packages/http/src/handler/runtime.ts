import { CardeaError } from '@cardea/core'
import { parseOptions } from '@cardea/core/options'
import type { ResolvedConfig } from 'cardea'
import { createClientAddress, type FindClientAddress } from '../client/client-address.js'
import { createSessionCookies, createSideCookie, type SideCookie, ticketPurpose } from '../credentials/cookies.js'
import { createRefreshCookies, type RefreshCookies } from '../credentials/refresh-cookies.js'
import { type AllowedOrigins, originOf } from '../csrf/csrf.js'
import type { Gate } from '../guard/authenticate.js'
import type { Instance } from '../guard/instance.js'
import { sayHint } from '../hints/say-hint.js'
import type { HashBudget } from '../limits/hash-budget.js'
import { limitsOf } from '../limits/limits-of.js'
import type { RateLimits } from '../limits/rate-limits.js'
import type { HttpOptions } from '../options/options.js'
import { httpOptionsSchema } from '../options/schema.js'
import type { DescribableRoute } from '../routes/describable-route.js'
import { createReadiness } from './readiness.js'
import { createRequestIds, type IdentifyRequest } from './request-id.js'

/** As long as browsers keep a cookie: 400 days (RFC 6265bis §5.5). */
const deviceCookieSeconds = 400 * 86_400

/** As long as a ticket is good that waits for a second factor. */
const ticketCookieSeconds = 600

/** What the handler and the guards of an instance have in common. */
export interface Runtime extends Gate {
  readonly auth: Instance
  readonly config: ResolvedConfig
  readonly options: HttpOptions
  /** Undefined unless refresh tokens go into cookies. */
  readonly refreshCookies: RefreshCookies | undefined
  /** By which a browser is known again; it signs nobody in. */
  readonly deviceCookies: SideCookie
  /** In which the ticket of a sign-in waits for its second factor, as after a round trip to a provider. */
  readonly ticketCookies: SideCookie
  readonly allowedOrigins: AllowedOrigins
  readonly identify: IdentifyRequest
  readonly findAddress: FindClientAddress
  /** Undefined where limits are off. */
  readonly limits: RateLimits | undefined
  readonly hashes: HashBudget | undefined
  /** What the handler serves, for those who describe it; nothing where only guards are. */
  readonly served: readonly DescribableRoute[]
  /** Undefined once the instance is ready, so that nothing need be awaited. */
  readonly ensureReady: () => Promise<void> | undefined
}

/** JavaScript hands in what is not one, such as the promise of it, or nothing. */
function requireInstance(auth: unknown, name: string): void {
  if (typeof auth === 'object' && auth !== null && 'config' in auth && 'verify' in auth) return
  throw new CardeaError('configuration_invalid', `${name}: takes the instance that createCardea has made`)
}

/** @throws CardeaError `configuration_invalid` for options that are not right. */
export function createRuntime(auth: Instance, options: HttpOptions, name: string): Runtime {
  const checked = parseOptions(httpOptionsSchema, options, name)
  requireInstance(auth, name)
  const { config } = auth
  const own = originOf(config.baseUrl)
  const { limits, hashes, wrongKeys } = limitsOf(auth, checked, name)
  return {
    auth,
    config,
    options: checked,
    cookies: createSessionCookies(config),
    refreshCookies: config.delivery === 'cookie' ? createRefreshCookies(config) : undefined,
    deviceCookies: createSideCookie(config, 'device', deviceCookieSeconds, { crossSite: true }),
    ticketCookies: createSideCookie(config, ticketPurpose, ticketCookieSeconds, { crossSite: true }),
    allowedOrigins: new Set([
      ...(own === '' ? [] : [own]),
      ...(checked.allowedOrigins ?? []),
      ...(checked.cors?.origins ?? []),
    ]),
    identify: createRequestIds(config.clock),
    findAddress: createClientAddress(checked.trustProxy, () => sayHint(auth, 'proxy')),
    limits,
    hashes,
    wrongKeys,
    served: [],
    ensureReady: createReadiness(() => auth.ready()),
  }
}
