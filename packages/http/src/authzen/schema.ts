import * as z from 'zod/mini'
import type { AuthzenOptions } from './options.js'

const text = z.string().check(z.minLength(1))
const work = z.exactOptional(z.custom<never>((value) => typeof value === 'function', { message: 'must be a function' }))

/** The options, checked strictly. */
export const authzenSchema: z.ZodMiniType<AuthzenOptions> = z.strictObject({
  permission: z.exactOptional(z.string().check(z.regex(/^[a-z0-9_]+:[a-z]+$/))),
  // As readers of bearer tokens take them (RFC 6750 §2.1), so that one that can never match is found at once.
  bearerTokens: z.exactOptional(
    z.readonly(z.array(z.string().check(z.minLength(32), z.regex(/^[A-Za-z0-9\-._~+/]+=*$/)))),
  ),
  subjects: z.exactOptional(z.record(text, z.strictObject({ collection: text, find: work, nameOf: work }))),
  resources: z.exactOptional(
    z.record(text, z.strictObject({ resource: z.exactOptional(text), find: work, search: work, idOf: work })),
  ),
  actions: z.exactOptional(z.record(text, text)),
  tenant: work,
})
