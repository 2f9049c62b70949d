import { isCardeaError } from '@cardea/core'
import type { SettingsView } from 'cardea'
import * as z from 'zod/mini'
import type { SettingAnswer, SettingsAnswer } from '../contract/answers.js'
import { routeContracts } from '../contract/routes.js'
import { callerOf, defineRoute, type Exchange, inputError } from './route.js'

// What they hold is checked by the rules that settings in code go by.
const names = routeContracts.updateSettings.body.optional
const changes = z.strictObject(Object.fromEntries(names.map((name) => [name, z.optional(z.unknown())])))

// Each value is of the type that its setting has in code.
const answerOf = ({ values, ...about }: SettingsView) => ({ ...values, ...about }) as SettingsAnswer

const collectionOf = ({ parameters }: Exchange): string => parameters['name'] ?? ''

export const showSettings = defineRoute(routeContracts.showSettings, {
  async handle(exchange) {
    return { body: answerOf(await exchange.runtime.auth.settings.find({ seen: callerOf(exchange) })) }
  },
})

export const updateSettings = defineRoute(routeContracts.updateSettings, {
  body: changes,
  async handle(exchange, { body }) {
    return { body: answerOf(await exchange.runtime.auth.settings.change(body, { by: callerOf(exchange) })) }
  },
})

export const setSetting = defineRoute(routeContracts.setSetting, {
  body: z.strictObject({
    key: z.string(),
    value: z.unknown().check(z.refine((value) => value !== undefined, 'is required')),
    category: z.optional(z.literal('auth')),
  }),
  async handle(exchange, { body: { key, value } }) {
    if (!isName(key)) {
      throw inputError([{ path: 'key', code: 'invalid_value', message: 'must be the name of a setting' }], 'body')
    }
    try {
      const { values } = await exchange.runtime.auth.settings.change({ [key]: value }, { by: callerOf(exchange) })
      const answer: SettingAnswer = { key, value: values[key], category: 'auth' }
      return { body: answer }
    } catch (error) {
      throw inPlace(error, key)
    }
  },
})

const isName = (key: string): key is (typeof names)[number] => (names as readonly string[]).includes(key)

/** In this form the value stands in a field of its own. */
function inPlace(error: unknown, key: string): unknown {
  if (!isCardeaError(error) || error.issues === undefined) return error
  return inputError(
    error.issues.map((issue) => ({ ...issue, path: `value${issue.path.slice(key.length)}` })),
    'body',
  )
}

export const showCollectionSettings = defineRoute(routeContracts.showCollectionSettings, {
  async handle(exchange) {
    const where = { collection: collectionOf(exchange), seen: callerOf(exchange) }
    return { body: answerOf(await exchange.runtime.auth.settings.find(where)) }
  },
})

export const updateCollectionSettings = defineRoute(routeContracts.updateCollectionSettings, {
  body: changes,
  async handle(exchange, { body }) {
    const where = { collection: collectionOf(exchange), by: callerOf(exchange) }
    return { body: answerOf(await exchange.runtime.auth.settings.change(body, where)) }
  },
})
