import * as z from 'zod/mini'
import { redirectProblem } from '../accounts/oauth/redirects.js'

/** A name that stands in paths and in the database. */
const providerName = /^[a-z0-9][a-z0-9_-]{0,63}$/

const isProvider = (value: unknown): value is { readonly name: string } =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  providerName.test(value.name) &&
  'connect' in value &&
  typeof value.connect === 'function'

const provider = z.custom<{ readonly name: string }>(
  isProvider,
  'must be a provider, such as google() of cardea/oauth makes one',
)

const callback = z.custom<() => unknown>((value) => typeof value === 'function', 'must be a function')

/** Where the browser may be sent. Paths are read against the base URL, which no path can leave but by naming a host. */
const redirect = z.string().check(
  z.superRefine((text, context) => {
    const problem = redirectProblem(text, 'https://base.invalid')
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  }),
)

export const oauthSchema = z
  .strictObject({
    providers: z.array(provider),
    redirects: z.optional(z.array(redirect)),
    collections: z.optional(z.record(z.string(), z.array(z.union([z.string(), provider])))),
    fetch: z.optional(callback),
    deadline: z.optional(callback),
  })
  .check(
    z.superRefine(({ providers, collections = {} }, context) => {
      const names = providers.map(({ name }) => name)
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue
        context.addIssue({ code: 'custom', path: ['providers', index], message: 'has the name of another provider' })
      }
      for (const [collection, own] of Object.entries(collections)) {
        const owned = own.map((each) => (typeof each === 'string' ? each : each.name))
        for (const [index, each] of own.entries()) {
          const isUnknown = typeof each === 'string' && !names.includes(each)
          const isRepeated = owned.indexOf(owned[index] ?? '') < index
          if (!isUnknown && !isRepeated) continue
          const message = isUnknown ? 'names no provider' : 'has the name of another provider'
          context.addIssue({ code: 'custom', path: ['collections', collection, index], message })
        }
      }
    }),
  )
