import type { AuthCollection } from '@cardea/collections'
import { lazy } from '@cardea/core'
import type { Services } from '../services/services.js'
import type { MfaApi } from './mfa.js'

const load = lazy(() => import('../accounts/mfa/operations.js'))

/** Second factors of one auth collection. */
export function bindMfa(services: Services, collection: AuthCollection): MfaApi<Readonly<Record<string, unknown>>> {
  return Object.freeze<MfaApi<Readonly<Record<string, unknown>>>>({
    verify: async (ticket, attempt, context = {}) => {
      const { parseAttempt, verifySecondFactor } = await load()
      return await verifySecondFactor(services, collection, ticket, parseAttempt(attempt), context)
    },
    state: async (authentication) => await (await load()).stateOfFactors(services, collection, authentication),
    enroll: async (actor) => await (await load()).enrollFactor(services, collection, actor),
    activate: async (actor, code, context = {}) =>
      await (await load()).activateFactor(services, collection, actor, code, context),
    renewBackupCodes: async (authentication, attempt, context = {}) => {
      const { parseAttempt, renewBackupCodes } = await load()
      return await renewBackupCodes(services, collection, authentication, parseAttempt(attempt), context)
    },
    disable: async (authentication, attempt, context = {}) => {
      const { disableFactors, parseAttempt } = await load()
      return await disableFactors(services, collection, authentication, parseAttempt(attempt), context)
    },
    reset: async (principalId) => {
      await (await load()).resetFactors(services, collection, principalId)
    },
  })
}
