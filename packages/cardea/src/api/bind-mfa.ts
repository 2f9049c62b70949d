import type { AuthCollection } from '@cardea/collections'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { MfaApi } from './mfa.js'

/** Second factors of one auth collection. */
export function bindMfa(services: Services, collection: AuthCollection): MfaApi<Readonly<Record<string, unknown>>> {
  return Object.freeze<MfaApi<Readonly<Record<string, unknown>>>>({
    verify: async (ticket, attempt, context = {}) => {
      const { parseAttempt, verifySecondFactor } = await loadOperations()
      return await verifySecondFactor(services, collection, ticket, parseAttempt(attempt), context)
    },
    state: async (authentication) =>
      await (await loadOperations()).stateOfFactors(services, collection, authentication),
    enroll: async (actor) => await (await loadOperations()).enrollFactor(services, collection, actor),
    activate: async (actor, code, context = {}) =>
      await (await loadOperations()).activateFactor(services, collection, actor, code, context),
    renewBackupCodes: async (authentication, attempt, context = {}) => {
      const { parseAttempt, renewBackupCodes } = await loadOperations()
      return await renewBackupCodes(services, collection, authentication, parseAttempt(attempt), context)
    },
    disable: async (authentication, attempt, context = {}) => {
      const { disableFactors, parseAttempt } = await loadOperations()
      return await disableFactors(services, collection, authentication, parseAttempt(attempt), context)
    },
    reset: async (principalId, options = {}) => {
      await (await loadOperations()).resetFactors(services, collection, principalId, options)
    },
  })
}
