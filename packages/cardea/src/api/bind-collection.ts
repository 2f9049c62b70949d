import { type AuthCollection, isMapped } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import { findByIdentifier } from '@cardea/identity'
import { bindOAuth } from '../accounts/oauth/bind-oauth.js'
import { bindRecovery } from '../accounts/recovery/bind-recovery.js'
import { viewUser } from '../accounts/user-view.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import { bindInvitations } from './bind-invitations.js'
import { bindMapped } from './bind-mapped.js'
import { bindMfa } from './bind-mfa.js'
import { bindUsers } from './bind-users.js'
import type { AnyAuthCollectionApi } from './cardea.js'

/** The operations of one auth collection. They check their input themselves: types are no protection against JSON. */
export function bindCollection(services: Services, collection: AuthCollection): AnyAuthCollectionApi {
  const { records, storage } = services
  return Object.freeze<AnyAuthCollectionApi>({
    collection,
    register: async (input, context = {}) =>
      await (await loadOperations()).register(services, collection, input, context),
    create: async (input, options = {}) =>
      await (await loadOperations()).createUser(services, collection, input, options),
    login: async (input, context = {}) => await (await loadOperations()).login(services, collection, input, context),
    refresh: async (refreshToken, options = {}) =>
      await (await loadOperations()).refresh(services, collection, refreshToken, options),
    find: async (principalId) => {
      const record = await records.find(storage, collection, principalId)
      return record === undefined ? undefined : await viewUser(services, collection, record, undefined)
    },
    findByEmail: async (email) => {
      const key = normalizeEmail(email)
      const found =
        key === undefined
          ? undefined
          : await findByIdentifier(storage, { collection: collection.name, kind: 'email', key })
      const record = found && (await records.find(storage, collection, found.principal.id))
      return record && (await viewUser(services, collection, record, found.versions))
    },
    me: async ({ principalId, versions }) => {
      const record = await records.find(storage, collection, principalId)
      return record === undefined ? undefined : await viewUser(services, collection, record, versions)
    },
    update: async (principalId, patch) =>
      await (await loadOperations()).update(services, collection, principalId, patch),
    changePassword: async (authentication, input, context = {}) =>
      await (await loadOperations()).changePassword(services, collection, authentication, input, context),
    setPassword: async (principalId, newPassword) => {
      await (await loadOperations()).setPassword(services, collection, principalId, newPassword)
    },
    setPasswordHash: async (principalId, passwordHash) => {
      await (await loadOperations()).setPasswordHash(services, collection, principalId, passwordHash)
    },
    reauthenticate: async (authentication, proof, context = {}) =>
      await (await loadOperations()).reauthenticate(services, collection, authentication, proof, context),
    mfa: bindMfa(services, collection),
    ...bindRecovery(services, collection),
    requestOtp: async (email, context = {}) =>
      await (await loadOperations()).requestOtp(services, collection, email, context),
    verifyOtp: async (input, context = {}) =>
      await (await loadOperations()).verifyOtp(services, collection, input, context),
    oauth: bindOAuth(services, collection),
    invitations: bindInvitations(services, collection),
    ...bindUsers(services, collection),
    ...(isMapped(collection) ? bindMapped(services, collection) : {}),
  })
}
