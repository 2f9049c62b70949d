import * as apiKeysModule from '../accounts/api-keys.js'
import * as impersonateModule from '../accounts/impersonate.js'
import * as sendInvitationModule from '../accounts/invitations/send-invitation.js'
import * as resetModule from '../accounts/mfa/reset.js'
import * as sshKeysModule from '../accounts/ssh-keys.js'
import * as assignmentsModule from '../administration/assignments.js'
import * as listsModule from '../administration/lists.js'
import * as policyModule from '../administration/policy.js'
import * as listAuditModule from '../audit/list-audit.js'
import * as removeCollectionModule from '../collections/remove-collection.js'
import * as createRecordModule from '../records/create-record.js'
import * as deleteRecordModule from '../records/delete-record.js'
import * as deleteRecordsModule from '../records/delete-records.js'
import * as exportRecordsModule from '../records/export-records.js'
import * as listRecordsModule from '../records/list-records.js'
import * as updateRecordModule from '../records/update-record.js'
import * as viewRecordModule from '../records/view-record.js'
import * as changeSettingsModule from '../settings/change-settings.js'
import * as changeStatusModule from '../users/change-status.js'
import * as changeUserModule from '../users/change-user.js'
import * as createUserModule from '../users/create-user.js'
import * as identityLinksModule from '../users/identity-links.js'
import * as listUsersModule from '../users/list-users.js'
import * as removeUserModule from '../users/remove-user.js'
import * as userProfilesModule from '../users/user-profiles.js'
import * as userSessionsModule from '../users/user-sessions.js'
import { strict } from './strict.js'

export { mappedRecords, meetsSignInRule } from '@cardea/collections/later'
export { limitToActor } from '../accounts/acting-rights.js'
export { relabelApiKey } from '../accounts/api-keys.js'
export { acceptInvitation } from '../accounts/invitations/accept-invitation.js'
export { countInvitations, listInvitations } from '../accounts/invitations/list-invitations.js'
export { listSessions } from '../accounts/list-sessions.js'
export { login } from '../accounts/login.js'
export { activateFactor } from '../accounts/mfa/activate.js'
export { enrollFactor } from '../accounts/mfa/enroll.js'
export { disableFactors, renewBackupCodes, stateOfFactors } from '../accounts/mfa/manage.js'
export { parseAttempt } from '../accounts/mfa/parse-attempt.js'
export { verifySecondFactor } from '../accounts/mfa/verify.js'
export { beginOAuth } from '../accounts/oauth/begin.js'
export { finishOAuth } from '../accounts/oauth/callback.js'
export { disconnect, findTokens, listConnections } from '../accounts/oauth/connections.js'
export { exchangeCode } from '../accounts/oauth/exchange.js'
export { requestOtp } from '../accounts/otp/codes.js'
export { verifyOtp } from '../accounts/otp/verify-otp.js'
export { changePassword, setPassword, setPasswordHash } from '../accounts/passwords.js'
export { reauthenticate } from '../accounts/reauthenticate.js'
export { confirmPasswordReset } from '../accounts/recovery/confirm-password-reset.js'
export { confirmVerification } from '../accounts/recovery/confirm-verification.js'
export { confirmEmailChange, requestEmailChange } from '../accounts/recovery/email-change.js'
export { requestPasswordReset, requestVerification } from '../accounts/recovery/request-link.js'
export { refresh } from '../accounts/refresh.js'
export { createAdmin, register } from '../accounts/register.js'
export { update } from '../accounts/update.js'
export { findPermission, listCatalogue } from '../administration/catalogue.js'
export { reportPolicy, warnOfPolicy } from '../administration/report.js'
export { changeCollection } from '../collections/change-collection.js'
export { planChange } from '../collections/change-plan.js'
export { createCollection } from '../collections/create-collection.js'
export { examineInstance } from '../doctor/examine.js'
export { createDatabaseRateLimits } from '../limits/database-limits.js'
export { countWaiting, discardJob, findDead, reviveJob } from '../mail/outbox.js'
export { runJobs } from '../mail/worker.js'
export { adoptRows } from '../mapped/adopt.js'
export { adoptByAddress } from '../mapped/adopt-by-address.js'
export { endMissing } from '../mapped/end-missing.js'
export { findByRecordId } from '../mapped/find-by-record-id.js'
export { syncCollection } from '../mapped/sync.js'
export { purgeExpired } from '../services/purge-expired.js'
export { showSettings } from '../settings/show-settings.js'
export { migrateAll } from '../setup/migrate-all.js'
export { exportUsers } from '../transfer/export-users.js'
export { importUsers } from '../transfer/import-users.js'
export { findUnusableTables } from '../users/ownership.js'
export { requireAsker } from './require-asker.js'

// What is counted may be asked for as it is listed.
const list = ['filter', 'search', 'sort', 'limit', 'offset', 'after']
const part = ['limit', 'offset', 'after']
const audit = ['type', 'outcome', 'principalId', 'actorId', 'sessionId', 'ip', 'from', 'to']

// What is said by the name of a member, and not by its place, must not count for nothing where the name is misspelt: a grant
// would hold for all objects, a key reach as far as its owner, code act for itself in place of somebody.
export const createApiKey = strict(apiKeysModule.createApiKey, {
  at: 2,
  members: ['principalId', 'label', 'scopes', 'expiresAt'],
})
export const impersonate = strict(impersonateModule.impersonate, {
  at: 1,
  members: ['actor', 'principalId', 'collection', 'reason'],
})
export const createInvitation = strict(sendInvitationModule.createInvitation, {
  at: 3,
  members: ['by', 'role', 'lifetimeSeconds'],
})
export const resendInvitation = strict(sendInvitationModule.resendInvitation, {
  at: 3,
  members: ['by', 'lifetimeSeconds'],
})
export const revokeInvitation = strict(sendInvitationModule.revokeInvitation, { at: 3, members: ['by'] })
export const resetFactors = strict(resetModule.resetFactors, { at: 3, members: ['by'] })
export const addSshKey = strict(sshKeysModule.addSshKey, { at: 2, members: ['principalId', 'publicKey', 'label'] })
export const assignRole = strict(assignmentsModule.assignRole, { at: 3, members: ['by', 'expiresAt', 'scope'] })
export const removeAssignment = strict(assignmentsModule.removeAssignment, { at: 2, members: ['by'] })
export const unassignRole = strict(assignmentsModule.unassignRole, { at: 3, members: ['by', 'scope'] })
export const countAssignments = strict(listsModule.countAssignments, {
  at: 1,
  members: ['principalId', 'role', ...part],
})
export const countGrants = strict(listsModule.countGrants, { at: 1, members: ['role', ...part] })
export const listAssignments = strict(listsModule.listAssignments, { at: 1, members: ['principalId', 'role', ...part] })
export const listGrants = strict(listsModule.listGrants, { at: 1, members: ['role', ...part] })
export const addGrant = strict(policyModule.addGrant, { at: 3, members: ['by', 'effect', 'when', 'fields'] })
export const createPermission = strict(
  policyModule.createPermission,
  { at: 1, members: ['label', 'description'] },
  { at: 2, members: ['by'] },
)
export const createRole = strict(
  policyModule.createRole,
  { at: 1, members: ['label', 'description', 'inherits', 'tenant'] },
  { at: 2, members: ['by'] },
)
export const deletePermission = strict(policyModule.deletePermission, { at: 2, members: ['by'] })
export const deleteRole = strict(policyModule.deleteRole, { at: 2, members: ['by'] })
export const removeGrant = strict(policyModule.removeGrant, { at: 2, members: ['by'] })
export const updatePermission = strict(
  policyModule.updatePermission,
  { at: 2, members: ['label', 'description'] },
  { at: 3, members: ['by'] },
)
export const updateRole = strict(
  policyModule.updateRole,
  { at: 2, members: ['label', 'description', 'inherits'] },
  { at: 3, members: ['by'] },
)
export const countAudit = strict(listAuditModule.countAudit, { at: 1, members: [...audit, ...part, 'first'] })
export const listAudit = strict(listAuditModule.listAudit, {
  at: 1,
  members: [...audit, ...part, 'first'],
})
export const removeCollection = strict(removeCollectionModule.removeCollection, { at: 2, members: ['drop'] })
export const createRecord = strict(createRecordModule.createRecord, { at: 3, members: ['by'], nobody: true })
export const deleteRecord = strict(deleteRecordModule.deleteRecord, { at: 3, members: ['by', 'ifMatch'], nobody: true })
export const deleteRecords = strict(
  deleteRecordsModule.deleteRecords,
  { at: 2, members: ['filter', 'search', 'all'] },
  { at: 3, members: ['by'], nobody: true },
)
export const exportRecords = strict(
  exportRecordsModule.exportRecords,
  { at: 2, members: ['filter', 'search', 'format', 'fields'] },
  { at: 3, members: ['by'], nobody: true },
)
export const countRecords = strict(
  listRecordsModule.countRecords,
  { at: 2, members: [...list, 'fields', 'expand'] },
  { at: 3, members: ['by'], nobody: true },
)
export const listRecords = strict(
  listRecordsModule.listRecords,
  { at: 2, members: [...list, 'fields', 'expand'] },
  { at: 3, members: ['by'], nobody: true },
)
export const updateRecord = strict(updateRecordModule.updateRecord, { at: 4, members: ['by', 'ifMatch'], nobody: true })
export const viewRecord = strict(viewRecordModule.viewRecord, {
  at: 3,
  members: ['by', 'fields', 'expand'],
  nobody: true,
})
export const changeSettings = strict(changeSettingsModule.changeSettings, { at: 2, members: ['collection', 'by'] })
export const changeStatus = strict(changeStatusModule.changeStatus, { at: 4, members: ['by'] })
export const changeUser = strict(changeUserModule.changeUser, { at: 4, members: ['by'] })
export const createUser = strict(createUserModule.createUser, { at: 3, members: ['by', 'verified', 'role'] })
export const countIdentityLinks = strict(identityLinksModule.countIdentityLinks, {
  at: 2,
  members: ['principalId', 'provider', ...part],
})
export const listIdentityLinks = strict(identityLinksModule.listIdentityLinks, {
  at: 2,
  members: ['principalId', 'provider', ...part],
})
export const removeIdentityLink = strict(identityLinksModule.removeIdentityLink, { at: 3, members: ['by'] })
export const countUsers = strict(listUsersModule.countUsers, { at: 2, members: list })
export const listProfiles = strict(userProfilesModule.listProfiles, { at: 2, members: list })
export const listUsers = strict(listUsersModule.listUsers, { at: 2, members: list })
export const deleteUser = strict(removeUserModule.deleteUser, { at: 3, members: ['by'] })
export const reassignAndDelete = strict(removeUserModule.reassignAndDelete, { at: 3, members: ['by'] })
export const endSessionsOf = strict(userSessionsModule.endSessionsOf, { at: 3, members: ['by', 'sessionId'] })
export const listSessionsOf = strict(userSessionsModule.listSessionsOf, { at: 3, members: ['by'] })
