import type { AuthCollection } from '@cardea/collections'
import type { RecoveryOperations } from '../../api/recovery.js'
import type { Services } from '../../services/services.js'
import { confirmPasswordReset } from './confirm-password-reset.js'
import { confirmVerification } from './confirm-verification.js'
import { confirmEmailChange, requestEmailChange } from './email-change.js'
import { requestPasswordReset, requestVerification } from './request-link.js'

/** The operations by which addresses are verified and their owners get back in. */
export const bindRecovery = (services: Services, collection: AuthCollection): RecoveryOperations => ({
  requestVerification: (email) => requestVerification(services, collection, email),
  confirmVerification: (token, proof) => confirmVerification(services, collection, token, proof),
  requestPasswordReset: (email) => requestPasswordReset(services, collection, email),
  confirmPasswordReset: (token, newPassword, context = {}) =>
    confirmPasswordReset(services, collection, token, newPassword, context),
  requestEmailChange: (authentication, input) => requestEmailChange(services, collection, authentication, input),
  confirmEmailChange: (token, authentication, context = {}) =>
    confirmEmailChange(services, collection, token, authentication, context),
})
