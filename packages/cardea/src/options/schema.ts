import { inheritedSettingsSchema } from '@cardea/collections'
import * as z from 'zod'
import { hookNames } from '../hooks/hooks.js'
import { mailSchema } from '../mail/schema.js'
import { oauthSchema } from './oauth-schema.js'

const positiveSeconds = z.number().int().positive()
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

/** What a function of ours returns, recognised by a list that it holds. */
const madeBy = (maker: string, list: string) =>
  z.custom<object>(
    (value) => typeof value === 'object' && value !== null && Array.isArray((value as Record<string, unknown>)[list]),
    `must come from ${maker}`,
  )

/** An origin: scheme, host and port, and nothing after them. */
const origin = z.string().refine((value) => {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return (url.protocol === 'http:' || url.protocol === 'https:') && (value === url.origin || value === `${url.origin}/`)
}, 'must be an origin such as https://app.example, without a path')

/** The options of `migrate`. */
export const migrateSchema = z.strictObject({ dryRun: z.boolean().optional() })

/** Strict: an option that is not known here is refused by name. */
export const optionsSchema = z.strictObject({
  storage,
  secret: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  baseUrl: origin.optional(),
  appName: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\p{Cc}:]+$/u, 'must hold no colon and no control character')
    .optional(),
  basePath: z
    .string()
    .refine(
      (path) => /^(\/[A-Za-z0-9_-]+)+$/.test(path),
      'must begin with a slash, not end with one, and hold only letters, digits, _ and -',
    )
    .optional(),
  collections: z.array(z.custom<object>((value) => typeof value === 'object' && value !== null)).optional(),
  permissions: madeBy('definePermissions', 'entries').optional(),
  roles: madeBy('defineRoles', 'declarations').optional(),
  defaultRole: z.string().min(1).optional(),
  sessions: z
    .strictObject({
      lifetimes: z
        .strictObject({
          accessSeconds: positiveSeconds.optional(),
          cookieSeconds: positiveSeconds.optional(),
          idleSeconds: positiveSeconds.optional(),
          absoluteSeconds: positiveSeconds.optional(),
        })
        .optional(),
      mode: z.enum(['strict', 'stateless']).optional(),
      delivery: z.enum(['both', 'cookie', 'token']).optional(),
      cookieName: z
        .string()
        .refine((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name), 'must be 1 to 64 letters, digits, _ or -')
        .optional(),
      cookieSameSite: z.enum(['lax', 'strict']).optional(),
    })
    .optional(),
  auth: inheritedSettingsSchema.optional(),
  hooks: z.strictObject(Object.fromEntries(hookNames.map((name) => [name, callback.optional()]))).optional(),
  passwords: z
    .strictObject({
      minLength: z.number().int().min(8).max(64).optional(),
      requireUpper: z.boolean().optional(),
      requireNumber: z.boolean().optional(),
      requireSpecial: z.boolean().optional(),
      blocklist: z.boolean().optional(),
      pepper: z.boolean().optional(),
      memoryKibibytes: z.number().int().min(8).max(4_194_304).optional(),
      iterations: z.number().int().min(1).max(100).optional(),
      concurrency: z.number().int().min(1).max(1_024).optional(),
    })
    .optional(),
  mail: mailSchema.optional(),
  oauth: oauthSchema.optional(),
  apiKeys: z
    .strictObject({
      prefix: z
        .string()
        .refine((prefix) => /^[A-Za-z0-9]{2,16}$/.test(prefix), 'must be 2 to 16 letters and digits')
        .optional(),
      maxPerPrincipal: z.number().int().min(1).max(10_000).optional(),
    })
    .optional(),
  tablePrefix: z
    .string()
    .refine(
      (prefix) => /^[a-z][a-z0-9_]{0,15}$/.test(prefix),
      'must begin with a letter and hold up to 16 lower-case letters, digits and _',
    )
    .optional(),
  environment: z.enum(['production', 'development', 'test']).optional(),
  logger: logger.optional(),
  onEvent: callback.optional(),
  background: callback.optional(),
  clock: callback.optional(),
  random: callback.optional(),
  timers: z
    .custom<object>(
      (value) =>
        typeof value === 'object' && value !== null && typeof (value as { after?: unknown }).after === 'function',
      'must have the function after',
    )
    .optional(),
})
