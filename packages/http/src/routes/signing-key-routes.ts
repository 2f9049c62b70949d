import { routeContracts } from '../contract/routes.js'
import { notFoundError } from '../problem/errors.js'
import { defineRoute } from './route.js'

export const signingKeys = defineRoute(routeContracts.signingKeys, {
  async handle({ runtime }) {
    // Below the root, readiness is not waited for; the first key is made there.
    await runtime.ensureReady()
    const published = await runtime.auth.keys.published()
    if (published === undefined) throw notFoundError()
    return { body: published }
  },
})
