import type { RateLimitStore } from '@cardea/core/limits'
import type { AuthzenMount } from '../authzen/options.js'
import type { TrustProxy } from '../client/client-address.js'
import type { RateLimitOptions } from '../limits/rules.js'

/** Options of the HTTP handler and of guards. */
export interface HttpOptions {
  /**
   * Origins beside the base URL's from which a browser may send unsafe requests, such as `https://www.example.com`.
   */
  readonly allowedOrigins?: readonly string[]
  /** Front ends on other origins that may call the routes and read the answers. They are allowed origins as well. */
  readonly cors?: { readonly origins: readonly string[] }
  /**
   * Whose `X-Forwarded-For` to believe: how many proxies stand in front, or their addresses and networks. None by
   * default, so that the socket's address counts; 0 says so, and nothing is warned of.
   */
  readonly trustProxy?: TrustProxy
  /**
   * Limits per network: `on` (default), `off`, or how they differ from the usual ones. `createHandler` and `createGuard` take
   * the same.
   */
  readonly rateLimits?: 'on' | 'off' | RateLimitOptions
  /** The same as `rateLimits.store`, beside `rateLimits: 'on'`. */
  readonly rateLimitStore?: RateLimitStore
  /** The largest body in bytes, 1,024 to 16,777,216. Default 65,536. */
  readonly maxBodyBytes?: number
  /**
   * Whether the routes are described at `/openapi.json`, `/docs` and `/llms.txt`, of the site and below the base path: `on`
   * (default), or `off`, which leaves these paths to the app. Guards take no notice of it.
   */
  readonly apiReference?: 'on' | 'off'
  /**
   * Whether `/health` and `/health/ready` are served, of the site and below the base path: `on` (default), or `off`, which leaves
   * these paths to the app. Guards take no notice of it.
   */
  readonly health?: 'on' | 'off'
  /**
   * What `authzen` of `@cardea/http/authzen` gives: serves the OpenID AuthZEN Authorization API 1.0 at `/access/v1/…` of the site,
   * so that other programs can ask what this one decides. Off by default. Guards take no notice of it.
   */
  readonly authzen?: AuthzenMount
}
