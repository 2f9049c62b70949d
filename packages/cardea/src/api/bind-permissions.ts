import { subjectOf } from '../accounts/user-view.js'
import type { Services } from '../services/services.js'
import type { PermissionsApi } from './cardea.js'

/** The permission operations, over the services of a storage or a transaction. */
export function bindPermissions(services: Services): PermissionsApi<string> {
  const { policy, storage } = services
  return Object.freeze<PermissionsApi<string>>({
    subject: (who) =>
      typeof who === 'string'
        ? subjectOf(services, who, undefined)
        : subjectOf(services, who.principalId, who.versions),
    assign: async (principalId, role, options = {}) => {
      await storage.transaction((transaction) => policy.assign(transaction, principalId, role, options))
    },
    unassign: async (principalId, role) => {
      await storage.transaction((transaction) => policy.unassign(transaction, principalId, role))
    },
    rolesOf: async (principalId) => (await subjectOf(services, principalId, undefined)).roles,
    hasAdmin: () => policy.hasBypassHolder(),
  })
}
