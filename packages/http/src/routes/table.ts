import type { RouteName } from '../contract/routes.js'
import { changePassword, me, updateMe } from './account-routes.js'
import { createCollection, listCollections, showCollection } from './collection-routes.js'
import { health, readiness } from './health-routes.js'
import {
  activateTotp,
  disableMfa,
  enrollTotp,
  mfaState,
  reauthenticate,
  renewBackupCodes,
  verifyMfa,
} from './mfa-routes.js'
import {
  confirmEmailChange,
  confirmPasswordReset,
  confirmVerification,
  requestEmailChange,
  requestOtp,
  requestPasswordReset,
  requestVerification,
  verifyOtp,
} from './recovery-routes.js'
import type { Route } from './route.js'
import {
  listOwnSessions,
  listSessions,
  revokeAllOwnSessions,
  revokeOwnSession,
  revokeSession,
} from './session-routes.js'
import { login, logout, refresh, register } from './sign-in-routes.js'
import { addSshKey, deleteSshKey, listSshKeys } from './ssh-key-routes.js'
import { createToken, deleteToken, listTokens, showToken, updateToken } from './token-routes.js'

/** What is behind each contract: the compiler refuses a contract without a route. */
export const routeTable: Readonly<Record<RouteName, Route>> = {
  register,
  login,
  refresh,
  logout,
  verifyMfa,
  enrollTotp,
  activateTotp,
  mfaState,
  renewBackupCodes,
  disableMfa,
  reauthenticate,
  me,
  updateMe,
  changePassword,
  requestVerification,
  confirmVerification,
  requestPasswordReset,
  confirmPasswordReset,
  requestEmailChange,
  confirmEmailChange,
  requestOtp,
  verifyOtp,
  listOwnSessions,
  revokeAllOwnSessions,
  revokeOwnSession,
  listSessions,
  revokeSession,
  createCollection,
  listCollections,
  showCollection,
  createToken,
  listTokens,
  showToken,
  updateToken,
  deleteToken,
  addSshKey,
  listSshKeys,
  deleteSshKey,
  health,
  readiness,
}
