export { limitToActor } from '../accounts/acting-rights.js'
export { createApiKey, relabelApiKey } from '../accounts/api-keys.js'
export { impersonate } from '../accounts/impersonate.js'
export { deleteAccount, disable, enable } from '../accounts/lifecycle.js'
export { listSessions } from '../accounts/list-sessions.js'
export { activateFactor } from '../accounts/mfa/activate.js'
export { enrollFactor } from '../accounts/mfa/enroll.js'
export { disableFactors, renewBackupCodes, stateOfFactors } from '../accounts/mfa/manage.js'
export { parseAttempt } from '../accounts/mfa/parse-attempt.js'
export { resetFactors } from '../accounts/mfa/reset.js'
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
export { createAdmin, createUser, register } from '../accounts/register.js'
export { addSshKey } from '../accounts/ssh-keys.js'
export { update } from '../accounts/update.js'
export { assignRole, removeAssignment, unassignRole } from '../administration/assignments.js'
export { findPermission, listCatalogue } from '../administration/catalogue.js'
export { countAssignments, countGrants, listAssignments, listGrants } from '../administration/lists.js'
export {
  addGrant,
  createPermission,
  createRole,
  deletePermission,
  deleteRole,
  removeGrant,
  updatePermission,
  updateRole,
} from '../administration/policy.js'
export { reportPolicy, warnOfPolicy } from '../administration/report.js'
export { countAudit, listAudit } from '../audit/list-audit.js'
export { createCollection } from '../collections/create-collection.js'
export { examineInstance } from '../doctor/examine.js'
export { createDatabaseRateLimits } from '../limits/database-limits.js'
export { runJobs } from '../mail/worker.js'
