import type { AuthCollection } from '@cardea/collections'
import { lazy } from '@cardea/core'
import { login } from '../accounts/login.js'
import { bindOAuth } from '../accounts/oauth/bind-oauth.js'
import { bindRecovery } from '../accounts/recovery/bind-recovery.js'
import { refresh } from '../accounts/refresh.js'
import { viewUser } from '../accounts/user-view.js'
import type { Services } from '../services/services.js'
import { bindMfa } from './bind-mfa.js'
import type { AnyAuthCollectionApi } from './cardea.js'

// Signing in and what it is followed by is there at once; what an account needs now and then loads with its first call.
const lifecycle = lazy(() => import('../accounts/lifecycle.js'))
const otp = lazy(() => import('../accounts/otp/operations.js'))
const passwords = lazy(() => import('../accounts/passwords.js'))
const reauthentication = lazy(() => import('../accounts/reauthenticate.js'))
const registration = lazy(() => import('../accounts/register.js'))
const updates = lazy(() => import('../accounts/update.js'))

/** The operations of one auth collection. They check their input themselves: types are no protection against JSON. */
export function bindCollection(services: Services, collection: AuthCollection): AnyAuthCollectionApi {
  const { records, storage } = services
  return Object.freeze<AnyAuthCollectionApi>({
    collection,
    register: async (input, context = {}) =>
      await (await registration()).register(services, collection, input, context),
    create: async (input, options = {}) =>
      await (await registration()).createUser(services, collection, input, options),
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
    update: async (principalId, patch) => await (await updates()).update(services, collection, principalId, patch),
    changePassword: async (authentication, input, context = {}) =>
      await (await passwords()).changePassword(services, collection, authentication, input, context),
    setPassword: async (principalId, newPassword) => {
      await (await passwords()).setPassword(services, collection, principalId, newPassword)
    },
    setPasswordHash: async (principalId, passwordHash) => {
      await (await passwords()).setPasswordHash(services, collection, principalId, passwordHash)
    },
    reauthenticate: async (authentication, proof, context = {}) =>
      await (await reauthentication()).reauthenticate(services, collection, authentication, proof, context),
    mfa: bindMfa(services, collection),
    disable: async (principalId) => {
      await (await lifecycle()).disable(services, collection, principalId)
    },
    enable: async (principalId) => {
      await (await lifecycle()).enable(services, collection, principalId)
    },
    ...bindRecovery(services, collection),
    requestOtp: async (email) => await (await otp()).requestOtp(services, collection, email),
    verifyOtp: async (input, context = {}) => await (await otp()).verifyOtp(services, collection, input, context),
    oauth: bindOAuth(services, collection),
    delete: async (principalId) => {
      await (await lifecycle()).deleteAccount(services, collection, principalId)
    },
  })
}
