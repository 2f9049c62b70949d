import type { AuthCollection } from '@cardea/collections'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { UserTransfer } from './transfer.js'
import type { UserAdministration } from './users.js'

/** Administration of the principals of one auth collection. */
export function bindUsers(
  services: Services,
  collection: AuthCollection,
): UserAdministration<Readonly<Record<string, unknown>>, unknown> & UserTransfer {
  return {
    list: async (query = {}) => await (await loadOperations()).listUsers(services, collection, query),
    count: async (query = {}) => await (await loadOperations()).countUsers(services, collection, query),
    profiles: async (query = {}) => await (await loadOperations()).listProfiles(services, collection, query),
    change: async (principalId, change, options = {}) =>
      await (await loadOperations()).changeUser(services, collection, principalId, change, options),
    disable: async (principalId, options = {}) => {
      await (await loadOperations()).changeStatus(services, collection, principalId, 'disabled', options)
    },
    enable: async (principalId, options = {}) => {
      await (await loadOperations()).changeStatus(services, collection, principalId, 'active', options)
    },
    delete: async (principalId, options = {}) => {
      await (await loadOperations()).deleteUser(services, collection, principalId, options)
    },
    reassignAndDelete: async (principalId, reassignTo, options = {}) => {
      const { reassignAndDelete } = await loadOperations()
      return await reassignAndDelete(services, collection, { principalId, reassignTo }, options)
    },
    sessionsOf: async (principalId, options = {}) =>
      await (await loadOperations()).listSessionsOf(services, collection, principalId, options),
    endSessions: async (principalId, options = {}) =>
      await (await loadOperations()).endSessionsOf(services, collection, principalId, options),
    identityLinks: async (query = {}) => await (await loadOperations()).listIdentityLinks(services, collection, query),
    countIdentityLinks: async (query = {}) =>
      await (await loadOperations()).countIdentityLinks(services, collection, query),
    removeIdentityLink: async (id, options = {}) => {
      await (await loadOperations()).removeIdentityLink(services, collection, id, options)
    },
    import: async (source, options) =>
      await (await loadOperations()).importUsers(services, collection, source, options),
    async *export(options) {
      yield* (await loadOperations()).exportUsers(services, collection, options)
    },
  }
}
