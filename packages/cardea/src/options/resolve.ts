import type { AnyCollection } from '@cardea/collections'
import { type Clock, systemClock } from '@cardea/core/crypto'
import { parseOptions } from '@cardea/core/options'
import { assertCookies } from './cookie-options.js'
import { consoleLogger, type Logger, safeLogger } from './logger.js'
import type { CardeaOptions } from './options.js'
import { optionsSchema } from './schema.js'

/** Options after defaults, as adapters need them. */
export interface ResolvedConfig {
  readonly environment: 'production' | 'development' | 'test'
  /** An origin without a trailing slash. */
  readonly baseUrl: string
  /** What users call the app. */
  readonly appName: string
  /** Begins with a slash and does not end with one. */
  readonly basePath: string
  /** Whether the base URL is https. */
  readonly secure: boolean
  readonly cookieName: string
  readonly cookieSameSite: 'lax' | 'strict' | 'none'
  /** Whether cookies are Secure, with a prefix of their name that says so. */
  readonly cookieSecure: boolean
  /** Whose hosts all get the session cookie; undefined for the host of the base URL alone. */
  readonly cookieDomain: string | undefined
  readonly delivery: 'both' | 'cookie' | 'token'
  /** What signs access tokens: with a key pair, its public half is published. */
  readonly accessTokenAlgorithm: 'HS256' | 'EdDSA' | 'ES256'
  readonly logger: Logger
  readonly clock: Clock
  /** Hands work that outlives the response to the platform; never throws. */
  readonly background: (work: Promise<unknown>) => void
}

/** The base URL where none is set, outside production. */
const developmentBaseUrl = 'http://localhost:3000'

/**
 * Checks the shape of the options and fills in what adapters need to know.
 *
 * @throws CardeaError `configuration_invalid`, which names each wrong path and never a value.
 */
export function resolveConfig(
  options: CardeaOptions<readonly AnyCollection[], string>,
  background: (work: Promise<unknown>) => void,
): ResolvedConfig {
  parseOptions(optionsSchema, options, 'createCardea')
  const baseUrl = new URL(options.baseUrl ?? developmentBaseUrl).origin
  const secure = baseUrl.startsWith('https:')
  const config: ResolvedConfig = Object.freeze({
    environment: options.environment ?? (process.env['NODE_ENV'] === 'production' ? 'production' : 'development'),
    baseUrl,
    appName: options.appName ?? new URL(baseUrl).hostname,
    basePath: options.basePath ?? '/api/v1',
    secure,
    cookieName: options.sessions?.cookieName ?? 'session',
    cookieSameSite: options.sessions?.cookieSameSite ?? 'lax',
    cookieSecure: options.sessions?.cookieSecure ?? secure,
    cookieDomain: options.sessions?.cookieDomain,
    delivery: options.sessions?.delivery ?? 'both',
    accessTokenAlgorithm: options.sessions?.accessTokens?.algorithm ?? 'HS256',
    logger: safeLogger(options.logger ?? consoleLogger),
    clock: options.clock ?? systemClock,
    background,
  })
  // Without a base URL, as in a build step, this waits for `ready()`.
  if (options.baseUrl !== undefined) assertCookies(config)
  return config
}
