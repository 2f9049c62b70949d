import type { AuthCollection } from '@cardea/collections'
import { lazy } from '@cardea/core'
import type { RecoveryOperations } from '../../api/recovery.js'
import type { Services } from '../../services/services.js'

const load = lazy(() => import('./operations.js'))

/** The operations by which addresses are verified and their owners get back in. */
export const bindRecovery = (services: Services, collection: AuthCollection): RecoveryOperations => ({
  requestVerification: async (email) => await (await load()).requestVerification(services, collection, email),
  confirmVerification: async (token, proof) =>
    await (await load()).confirmVerification(services, collection, token, proof),
  requestPasswordReset: async (email) => await (await load()).requestPasswordReset(services, collection, email),
  confirmPasswordReset: async (token, newPassword, context = {}) =>
    await (await load()).confirmPasswordReset(services, collection, token, newPassword, context),
  requestEmailChange: async (authentication, input) =>
    await (await load()).requestEmailChange(services, collection, authentication, input),
  confirmEmailChange: async (token, authentication, context = {}) =>
    await (await load()).confirmEmailChange(services, collection, token, authentication, context),
})
