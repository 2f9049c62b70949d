import { routeContracts } from '../contract/routes.js'
import { defineRoute } from './route.js'

/** Alive: answers without a look at the database, also before the instance is ready. */
export const health = defineRoute(routeContracts.health, {
  handle: () => Promise.resolve({ body: { status: 'ok' } }),
})
