import * as z from 'zod/mini'
import { mailKinds } from './kinds.js'
import { parseMailbox } from './message.js'

const callback = z.custom<(...input: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')

const smtpUrl = z
  .string()
  .check(
    z.refine(
      (value) => URL.canParse(value) && ['smtp:', 'smtps:'].includes(new URL(value).protocol),
      'must be a URL that begins with smtp:// or smtps://',
    ),
  )

const transportOptions = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a URL, an object of options or a function',
)

const mailbox = z
  .string()
  .check(z.refine((value) => parseMailbox(value) !== undefined, 'must be an address, or Name <address>, in ASCII'))

const templates = z.strictObject(Object.fromEntries(mailKinds.map((kind) => [kind, z.optional(callback)])))

const origin = z
  .string()
  .check(
    z.refine(
      (value) => URL.canParse(value) && new URL(value).origin === value,
      'must be an origin such as https://app.example',
    ),
  )

/** The option `mail`. Whether links may lead where they do is seen once the base URL is known. */
export const mailSchema = z.strictObject({
  transport: z.union([smtpUrl, callback, transportOptions]),
  from: mailbox,
  templates: z.optional(templates),
  collections: z.optional(
    z.record(z.string(), z.strictObject({ from: z.optional(mailbox), templates: z.optional(templates) })),
  ),
  locale: z.optional(callback),
  links: z.optional(
    z.strictObject({
      verification: z.optional(z.string()),
      passwordReset: z.optional(z.string()),
      emailChange: z.optional(z.string()),
      invitation: z.optional(z.string()),
      origins: z.optional(z.array(origin)),
      tokenIn: z.optional(z.enum(['fragment', 'query'])),
    }),
  ),
  timeoutSeconds: z.optional(z.number().check(z.minimum(1), z.maximum(60))),
})
