import { CardeaError } from '@cardea/core'
import { routeContracts } from '../contract/routes.js'
import type { HttpOptions } from '../options/options.js'
import { defineRoute } from './route.js'

/**
 * Ready: the set-up is in order and the database answers. A store of limits that counts by itself for a while is no reason to
 * take requests elsewhere: all nodes may have the same trouble.
 */
export const readiness = defineRoute(routeContracts.readiness, {
  async handle({ runtime }) {
    try {
      await runtime.ensureReady()
      await runtime.auth.ping()
    } catch (cause) {
      throw new CardeaError('unavailable', 'Not ready.', { cause })
    }
    const limits = limitsStatus(runtime.options)
    return { body: { status: 'ok', ...(limits === undefined ? {} : { rate_limits: limits }) } }
  },
})

/** How the store of limits is; undefined for one that does not say, and where limits are off. */
function limitsStatus({ rateLimits, rateLimitStore }: HttpOptions): 'ok' | 'degraded' | undefined {
  return rateLimits === 'off' ? undefined : rateLimitStore?.status?.()
}
