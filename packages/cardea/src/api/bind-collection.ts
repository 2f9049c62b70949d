import type { AuthCollection } from '@cardea/collections'
import { deleteAccount, disable, enable } from '../accounts/lifecycle.js'
import { login } from '../accounts/login.js'
import { bindOAuth } from '../accounts/oauth/bind-oauth.js'
import { requestOtp } from '../accounts/otp/codes.js'
import { verifyOtp } from '../accounts/otp/verify-otp.js'
import { changePassword, setPassword, setPasswordHash } from '../accounts/passwords.js'
import { reauthenticate } from '../accounts/reauthenticate.js'
import { bindRecovery } from '../accounts/recovery/bind-recovery.js'
import { refresh } from '../accounts/refresh.js'
import { createUser, register } from '../accounts/register.js'
import { update } from '../accounts/update.js'
import { viewUser } from '../accounts/user-view.js'
import type { Services } from '../services/services.js'
import { bindMfa } from './bind-mfa.js'
import type { AnyAuthCollectionApi } from './cardea.js'

/** The operations of one auth collection. They check their input themselves: types are no protection against JSON. */
export function bindCollection(services: Services, collection: AuthCollection): AnyAuthCollectionApi {
  const { records, storage } = services
  return Object.freeze<AnyAuthCollectionApi>({
    collection,
    register: (input, context = {}) => register(services, collection, input, context),
    create: (input, options = {}) => createUser(services, collection, input, options),
    login: (input, context = {}) => login(services, collection, input, context),
    refresh: (refreshToken, options = {}) => refresh(services, collection, refreshToken, options),
    find: async (principalId) => {
      const record = await records.find(storage, collection, principalId)
      return record === undefined ? undefined : await viewUser(services, collection, record, undefined)
    },
    me: async ({ principalId, versions }) => {
      const record = await records.find(storage, collection, principalId)
      return record === undefined ? undefined : await viewUser(services, collection, record, versions)
    },
    update: (principalId, patch) => update(services, collection, principalId, patch),
    changePassword: (authentication, input, context = {}) =>
      changePassword(services, collection, authentication, input, context),
    setPassword: (principalId, newPassword) => setPassword(services, collection, principalId, newPassword),
    setPasswordHash: (principalId, passwordHash) => setPasswordHash(services, collection, principalId, passwordHash),
    reauthenticate: (authentication, proof, context = {}) =>
      reauthenticate(services, collection, authentication, proof, context),
    mfa: bindMfa(services, collection),
    disable: (principalId) => disable(services, collection, principalId),
    enable: (principalId) => enable(services, collection, principalId),
    ...bindRecovery(services, collection),
    requestOtp: (email) => requestOtp(services, collection, email),
    verifyOtp: (input, context = {}) => verifyOtp(services, collection, input, context),
    oauth: bindOAuth(services, collection),
    delete: (principalId) => deleteAccount(services, collection, principalId),
  })
}
