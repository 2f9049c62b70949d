import { type Cardea, createCardea, defineCollection, type Storage, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import type { Environment } from './environment.ts'

/** A user system of the app's own, beside the built-in users. */
const customers = defineCollection('customers', {
  type: 'auth',
  fields: { company: text({ optional: true }), phone: text({ optional: true }) },
})

export function openAuth(environment: Environment, storage: Storage) {
  return createCardea({
    ...cmsPreset,
    storage,
    secret: environment.secret,
    baseUrl: environment.baseUrl,
    collections: [customers],
    sessions: environment.cookieName === undefined ? {} : { cookieName: environment.cookieName },
    logger: {
      info: (message) => console.log(message),
      warn: (message, fields) => console.warn(message, fields ?? ''),
      error: (message, fields) => console.error(message, fields ?? ''),
    },
  })
}

export type Auth = ReturnType<typeof openAuth>

/** What code of this app may ask for; a typo does not compile. */
export type AppPermission = Auth extends Cardea<infer _Users, infer _Others, infer Permission> ? Permission : never
