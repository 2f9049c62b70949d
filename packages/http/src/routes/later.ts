// What nearly every client asks for is in the table at once. These load with the first request for any of them, as one
// module: a bundler makes a chunk of whatever the start shares with each, and many small ones weigh more.
export { readFormBody } from '../body/read-form.js'
export { changePassword, updateMe } from './account-change-routes.js'
export { listAudit } from './audit-routes.js'
export { checkPermission, myPermissions } from './authz-routes.js'
export {
  createCollection,
  deleteCollection,
  listCollections,
  migrateCollection,
  showCollection,
  updateCollection,
} from './collection-routes.js'
export {
  acceptInvitation,
  createInvitation,
  listInvitations,
  resendInvitation,
  revokeInvitation,
} from './invitation-routes.js'
export {
  disableMember,
  enableMember,
  endMemberSessions,
  listMemberSessions,
  resetMemberMfa,
} from './member-routes.js'
export {
  activateTotp,
  disableMfa,
  enrollTotp,
  mfaState,
  reauthenticate,
  renewBackupCodes,
  verifyMfa,
} from './mfa-routes.js'
export {
  beginOAuth,
  exchangeOAuth,
  finishOAuth,
  finishOAuthOf,
  listConnections,
  listProviders,
  postedOAuth,
  removeConnection,
} from './oauth-routes.js'
export {
  createPermission,
  deletePermission,
  listPermissions,
  showPermission,
  updatePermission,
} from './permission-routes.js'
export { readiness } from './readiness-route.js'
export {
  createRecord,
  deleteRecord,
  deleteRecords,
  exportRecords,
  listRecords,
  showRecord,
  updateRecord,
} from './record-routes.js'
export {
  confirmEmailChange,
  confirmPasswordReset,
  confirmVerification,
  requestEmailChange,
  requestOtp,
  requestPasswordReset,
  requestVerification,
  verifyOtp,
} from './recovery-routes.js'
export { apiReference, apiSummary, openapi } from './reference-routes.js'
export { register } from './register-route.js'
export {
  addRoleAssignment,
  listRoleAssignments,
  removeRoleAssignment,
  showRoleAssignment,
} from './role-assignment-routes.js'
export {
  addRolePermission,
  listPermissionsOfRole,
  listRolePermissions,
  removeRolePermission,
  showRolePermission,
} from './role-permission-routes.js'
export { createRole, deleteRole, listRoles, showRole, updateRole } from './role-routes.js'
export {
  impersonate,
  listOwnSessions,
  listSessions,
  listUserSessions,
  revokeAllOwnSessions,
  revokeOwnSession,
  revokeSession,
} from './session-routes.js'
export {
  setSetting,
  showCollectionSettings,
  showSettings,
  updateCollectionSettings,
  updateSettings,
} from './settings-routes.js'
export { signingKeys } from './signing-key-routes.js'
export { addSshKey, deleteSshKey, listSshKeys } from './ssh-key-routes.js'
export { createToken, deleteToken, listTokens, showToken, updateToken } from './token-routes.js'
export {
  createUser,
  deleteUser,
  listIdentityLinks,
  listUserProfiles,
  listUsers,
  reassignDeleteUser,
  removeIdentityLink,
  replaceUser,
  replaceUserInBody,
  showUser,
  showUserProfile,
  updateUser,
} from './user-routes.js'
