import { lazy } from '@cardea/core'
import { type RouteName, routeContracts } from '../contract/routes.js'
import { changePassword, me, updateMe } from './account-routes.js'
import { health, readiness } from './health-routes.js'
import { atOnce, type Route } from './route.js'
import { login, logout, refresh, register } from './sign-in-routes.js'

const loadLater = lazy(() => import('./later.js'))

/** What is behind each contract: the compiler refuses a contract without a route. */
export const routeTable: Readonly<Record<RouteName, Route>> = {
  register: atOnce(register),
  login: atOnce(login),
  refresh: atOnce(refresh),
  logout: atOnce(logout),
  verifyMfa: later('verifyMfa'),
  enrollTotp: later('enrollTotp'),
  activateTotp: later('activateTotp'),
  mfaState: later('mfaState'),
  renewBackupCodes: later('renewBackupCodes'),
  disableMfa: later('disableMfa'),
  reauthenticate: later('reauthenticate'),
  listProviders: later('listProviders'),
  beginOAuth: later('beginOAuth'),
  finishOAuth: later('finishOAuth'),
  finishOAuthOf: later('finishOAuthOf'),
  postedOAuth: later('postedOAuth'),
  exchangeOAuth: later('exchangeOAuth'),
  listConnections: later('listConnections'),
  removeConnection: later('removeConnection'),
  me: atOnce(me),
  updateMe: atOnce(updateMe),
  changePassword: atOnce(changePassword),
  requestVerification: later('requestVerification'),
  confirmVerification: later('confirmVerification'),
  requestPasswordReset: later('requestPasswordReset'),
  confirmPasswordReset: later('confirmPasswordReset'),
  requestEmailChange: later('requestEmailChange'),
  confirmEmailChange: later('confirmEmailChange'),
  requestOtp: later('requestOtp'),
  verifyOtp: later('verifyOtp'),
  listOwnSessions: later('listOwnSessions'),
  revokeAllOwnSessions: later('revokeAllOwnSessions'),
  revokeOwnSession: later('revokeOwnSession'),
  listSessions: later('listSessions'),
  listUserSessions: later('listUserSessions'),
  impersonate: later('impersonate'),
  revokeSession: later('revokeSession'),
  createCollection: later('createCollection'),
  listCollections: later('listCollections'),
  showCollection: later('showCollection'),
  createToken: later('createToken'),
  listTokens: later('listTokens'),
  showToken: later('showToken'),
  updateToken: later('updateToken'),
  deleteToken: later('deleteToken'),
  addSshKey: later('addSshKey'),
  listSshKeys: later('listSshKeys'),
  deleteSshKey: later('deleteSshKey'),
  checkPermission: later('checkPermission'),
  listAudit: later('listAudit'),
  health: atOnce(health),
  readiness: atOnce(readiness),
  signingKeys: later('signingKeys'),
}

function later(name: keyof Awaited<ReturnType<typeof loadLater>>): Route {
  return { contract: routeContracts[name], load: async () => (await loadLater())[name] }
}
