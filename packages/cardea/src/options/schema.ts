import { checkInheritedSettings } from '@cardea/collections'
import * as z from 'zod/mini'
import { eventTypes } from '../api/events.js'
import { hookNames } from '../hooks/hooks.js'
import { mailSchema } from '../mail/schema.js'
import { isCookieDomain } from './cookie-options.js'
import { oauthSchema } from './oauth-schema.js'
import { ownershipSchema } from './ownership-schema.js'

const positiveSeconds = z.int().check(z.positive())
const callback = z.custom<(...input: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')

const storage = z.custom<object>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { findOne?: unknown }).findOne === 'function' &&
    typeof (value as { transaction?: unknown }).transaction === 'function',
  "must be a storage adapter, such as sqlite('./app.db') of @cardea/kysely/sqlite",
)

const logger = z.custom<object>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    (['info', 'warn', 'error'] as const).every(
      (level) => typeof (value as Record<string, unknown>)[level] === 'function',
    ),
  'must have the functions info, warn and error',
)

const hints = z.custom<object>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    (['publish', 'subscribe'] as const).every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
  'must have the functions publish and subscribe, as redisHints(client) has',
)

/** What a function of ours returns, recognised by a list that it holds. */
const madeBy = (maker: string, list: string) =>
  z.custom<object>(
    (value) => typeof value === 'object' && value !== null && Array.isArray((value as Record<string, unknown>)[list]),
    `must come from ${maker}`,
  )

/** Checked where they are defined; no schema crosses packages, so that none is in their types. */
const inheritedSettings = z.unknown().check(({ value, issues }) => {
  for (const { path, code, message } of checkInheritedSettings(value)) {
    issues.push({ code: 'custom', input: value, path: path === '' ? [] : [path], message, params: { code } })
  }
})

/** An origin: scheme, host and port, and nothing after them. */
const origin = z.string().check(
  z.refine((value) => {
    if (!URL.canParse(value)) return false
    const url = new URL(value)
    return (
      (url.protocol === 'http:' || url.protocol === 'https:') && (value === url.origin || value === `${url.origin}/`)
    )
  }, 'must be an origin such as https://app.example, without a path'),
)

/** The options of `migrate`. */
export const migrateSchema = z.strictObject({ dryRun: z.optional(z.boolean()), prune: z.optional(z.boolean()) })

/** Strict: an option that is not known here is refused by name. */
export const optionsSchema = z.strictObject({
  storage,
  // One that is empty is refused where the text about it can load later.
  secret: z.optional(z.union([z.string(), z.array(z.string())])),
  baseUrl: z.optional(origin),
  appName: z.optional(
    z
      .string()
      .check(z.minLength(1), z.maxLength(64), z.regex(/^[^\p{Cc}:]+$/u, 'must hold no colon and no control character')),
  ),
  basePath: z.optional(
    z
      .string()
      .check(
        z.refine(
          (path) => /^(\/[A-Za-z0-9_-]+)+$/.test(path),
          'must begin with a slash, not end with one, and hold only letters, digits, _ and -',
        ),
      ),
  ),
  collections: z.optional(z.array(z.custom<object>((value) => typeof value === 'object' && value !== null))),
  permissions: z.optional(madeBy('definePermissions', 'entries')),
  roles: z.optional(madeBy('defineRoles', 'declarations')),
  defaultRole: z.optional(z.string().check(z.minLength(1))),
  ownership: z.optional(ownershipSchema),
  sessions: z.optional(
    z.strictObject({
      lifetimes: z.optional(
        z.strictObject({
          accessSeconds: z.optional(positiveSeconds),
          cookieSeconds: z.optional(positiveSeconds),
          rememberSeconds: z.optional(positiveSeconds),
          idleSeconds: z.optional(positiveSeconds),
          absoluteSeconds: z.optional(positiveSeconds),
        }),
      ),
      maxPerPrincipal: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
      impersonationSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(3_600))),
      mode: z.optional(z.enum(['strict', 'stateless'])),
      accessTokens: z.optional(
        z.strictObject({
          algorithm: z.optional(z.enum(['HS256', 'EdDSA', 'ES256'])),
          rotateEverySeconds: z.optional(z.int().check(z.minimum(86_400))),
          publishSeconds: z.optional(z.int().check(z.minimum(600), z.maximum(43_200))),
        }),
      ),
      delivery: z.optional(z.enum(['both', 'cookie', 'token'])),
      cookieName: z.optional(
        z
          .string()
          .check(z.refine((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name), 'must be 1 to 64 letters, digits, _ or -')),
      ),
      cookieSameSite: z.optional(z.enum(['lax', 'strict', 'none'])),
      cookieSecure: z.optional(z.boolean()),
      cookieDomain: z.optional(z.string().check(z.refine(isCookieDomain, 'must be a domain such as example.com'))),
    }),
  ),
  auth: z.optional(inheritedSettings),
  hooks: z.optional(z.strictObject(Object.fromEntries(hookNames.map((name) => [name, z.optional(callback)])))),
  passwords: z.optional(
    z.strictObject({
      minLength: z.optional(z.int().check(z.minimum(8), z.maximum(64))),
      requireUpper: z.optional(z.boolean()),
      requireNumber: z.optional(z.boolean()),
      requireSpecial: z.optional(z.boolean()),
      blocklist: z.optional(z.boolean()),
      pepper: z.optional(z.boolean()),
      memoryKibibytes: z.optional(z.int().check(z.minimum(8), z.maximum(4_194_304))),
      iterations: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
      concurrency: z.optional(z.int().check(z.minimum(1), z.maximum(1_024))),
    }),
  ),
  mail: z.optional(mailSchema),
  oauth: z.optional(oauthSchema),
  apiKeys: z.optional(
    z.strictObject({
      prefix: z.optional(
        z
          .string()
          .check(z.refine((prefix) => /^[A-Za-z0-9]{2,16}$/.test(prefix), 'must be 2 to 16 letters and digits')),
      ),
      maxPerPrincipal: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
    }),
  ),
  hints: z.optional(hints),
  tablePrefix: z.optional(
    z
      .string()
      .check(
        z.refine(
          (prefix) => /^[a-z][a-z0-9_]{0,15}$/.test(prefix),
          'must be 1 to 16 of a to z, 0 to 9 and _, and start with a letter',
        ),
      ),
  ),
  environment: z.optional(z.enum(['production', 'development', 'test'])),
  logger: z.optional(logger),
  audit: z.optional(
    z.union([
      z.boolean(),
      z.strictObject({
        retentionDays: z.optional(z.nullable(z.int().check(z.minimum(1), z.maximum(36_500)))),
        failuresPerMinute: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
        except: z.optional(z.array(z.enum(eventTypes))),
      }),
    ]),
  ),
  onEvent: z.optional(callback),
  background: z.optional(callback),
  clock: z.optional(callback),
  random: z.optional(callback),
  timers: z.optional(
    z.custom<object>(
      (value) =>
        typeof value === 'object' && value !== null && typeof (value as { after?: unknown }).after === 'function',
      'must have the function after',
    ),
  ),
})
