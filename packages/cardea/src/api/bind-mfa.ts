import type { AuthCollection } from '@cardea/collections'
import { activateFactor } from '../accounts/mfa/activate.js'
import { enrollFactor } from '../accounts/mfa/enroll.js'
import { disableFactors, renewBackupCodes, stateOfFactors } from '../accounts/mfa/manage.js'
import { parseAttempt } from '../accounts/mfa/parse-attempt.js'
import { resetFactors } from '../accounts/mfa/reset.js'
import { verifySecondFactor } from '../accounts/mfa/verify.js'
import type { Services } from '../services/services.js'
import type { MfaApi } from './mfa.js'

/** Second factors of one auth collection. */
export function bindMfa(services: Services, collection: AuthCollection): MfaApi<Readonly<Record<string, unknown>>> {
  return Object.freeze<MfaApi<Readonly<Record<string, unknown>>>>({
    verify: async (ticket, attempt, context = {}) =>
      await verifySecondFactor(services, collection, ticket, parseAttempt(attempt), context),
    state: (authentication) => stateOfFactors(services, collection, authentication),
    enroll: (actor) => enrollFactor(services, collection, actor),
    activate: (actor, code, context = {}) => activateFactor(services, collection, actor, code, context),
    renewBackupCodes: async (authentication, attempt, context = {}) =>
      await renewBackupCodes(services, collection, authentication, parseAttempt(attempt), context),
    disable: async (authentication, attempt, context = {}) =>
      await disableFactors(services, collection, authentication, parseAttempt(attempt), context),
    reset: (principalId) => resetFactors(services, collection, principalId),
  })
}
