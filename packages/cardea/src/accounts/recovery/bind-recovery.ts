import type { AuthCollection } from '@cardea/collections'
import type { RecoveryOperations } from '../../api/recovery.js'
import { loadOperations } from '../../later/load-operations.js'
import type { Services } from '../../services/services.js'
import { reportingFailure } from './reporting-failure.js'

/** The operations by which addresses are verified and their owners get back in. */
export const bindRecovery = (services: Services, collection: AuthCollection): RecoveryOperations => ({
  requestVerification: async (email) => await (await loadOperations()).requestVerification(services, collection, email),
  confirmVerification: async (token, proof) =>
    await reportingFailure(services, collection, 'email.verification_failed', async () =>
      (await loadOperations()).confirmVerification(services, collection, token, proof),
    ),
  requestPasswordReset: async (email) =>
    await (await loadOperations()).requestPasswordReset(services, collection, email),
  confirmPasswordReset: async (token, newPassword, context = {}) =>
    await reportingFailure(services, collection, 'password.reset_failed', async () =>
      (await loadOperations()).confirmPasswordReset(services, collection, token, newPassword, context),
    ),
  requestEmailChange: async (authentication, input) =>
    await (await loadOperations()).requestEmailChange(services, collection, authentication, input),
  confirmEmailChange: async (token, authentication, context = {}) =>
    await reportingFailure(services, collection, 'email.change_failed', async () =>
      (await loadOperations()).confirmEmailChange(services, collection, token, authentication, context),
    ),
})
