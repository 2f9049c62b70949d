import { CardeaError } from '@cardea/core'
import { routeContracts } from '../contract/routes.js'
import { defineRoute } from './route.js'

/** Alive: answers without a look at the database, also before the instance is ready. */
export const health = defineRoute(routeContracts.health, {
  handle: () => Promise.resolve({ body: { status: 'ok' } }),
})

/** Ready: the set-up is in order and the database answers. */
export const readiness = defineRoute(routeContracts.readiness, {
  async handle({ runtime }) {
    try {
      await runtime.ensureReady()
      await runtime.auth.ping()
    } catch (cause) {
      throw new CardeaError('unavailable', 'Not ready.', { cause })
    }
    return { body: { status: 'ok' } }
  },
})
