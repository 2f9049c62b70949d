import * as z from 'zod'
import { mailKinds } from './kinds.js'
import { parseMailbox } from './message.js'

const callback = z.custom<(...input: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')

const smtpUrl = z
  .string()
  .refine(
    (value) => URL.canParse(value) && ['smtp:', 'smtps:'].includes(new URL(value).protocol),
    'must be a URL that begins with smtp:// or smtps://',
  )

const transportOptions = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a URL, an object of options or a function',
)

const mailbox = z
  .string()
  .refine((value) => parseMailbox(value) !== undefined, 'must be an address, or Name <address>, in ASCII')

const templates = z.strictObject(Object.fromEntries(mailKinds.map((kind) => [kind, callback.optional()])))

const origin = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    'must be an origin such as https://app.example',
  )

/** The option `mail`. Whether links may lead where they do is seen once the base URL is known. */
export const mailSchema = z.strictObject({
  transport: z.union([smtpUrl, callback, transportOptions]),
  from: mailbox,
  templates: templates.optional(),
  collections: z
    .record(z.string(), z.strictObject({ from: mailbox.optional(), templates: templates.optional() }))
    .optional(),
  locale: callback.optional(),
  links: z
    .strictObject({
      verification: z.string().optional(),
      passwordReset: z.string().optional(),
      emailChange: z.string().optional(),
      origins: z.array(origin).optional(),
      tokenIn: z.enum(['fragment', 'query']).optional(),
    })
    .optional(),
  timeoutSeconds: z.number().min(1).max(60).optional(),
})
