import { accountRoutes } from '../contract/routes/account.js'
import { auditRoutes } from '../contract/routes/audit.js'
import { authzRoutes } from '../contract/routes/authz.js'
import { collectionRoutes } from '../contract/routes/collections.js'
import { invitationRoutes } from '../contract/routes/invitations.js'
import { keyRoutes } from '../contract/routes/keys.js'
import { memberRoutes } from '../contract/routes/members.js'
import { mfaRoutes } from '../contract/routes/mfa.js'
import { oauthRoutes } from '../contract/routes/oauth.js'
import { recordRoutes } from '../contract/routes/records.js'
import { recoveryRoutes } from '../contract/routes/recovery.js'
import { roleRoutes } from '../contract/routes/roles.js'
import { serviceRoutes } from '../contract/routes/service.js'
import { sessionRoutes } from '../contract/routes/sessions.js'
import { settingsRoutes } from '../contract/routes/settings.js'
import { signInRoutes } from '../contract/routes/sign-in.js'
import { userRoutes } from '../contract/routes/users.js'
import type { RouteName } from '../contract/routes.js'
import type { AnswerName } from './answers.js'

/** What belongs together, for those who read. */
const groups: readonly (readonly [tag: string, routes: object])[] = [
  ['Signing in', signInRoutes],
  ['Second factors', mfaRoutes],
  ['Providers', oauthRoutes],
  ['Own account', accountRoutes],
  ['Verification and recovery', recoveryRoutes],
  ['Invitations', invitationRoutes],
  ['Members', memberRoutes],
  ['Sessions', sessionRoutes],
  ['Users', userRoutes],
  ['Collections', collectionRoutes],
  ['Records', recordRoutes],
  ['Settings', settingsRoutes],
  ['Keys', keyRoutes],
  ['Roles and permissions', roleRoutes],
  ['Decisions', authzRoutes],
  ['Audit', auditRoutes],
  ['Service', serviceRoutes],
]

const tags = new Map(groups.flatMap(([tag, routes]) => Object.keys(routes).map((name) => [name, tag])))

/** Under which heading a route stands. */
export const tagOf = (name: string): string => tags.get(name) ?? 'Other'

/** Answers that depend on the collection; its name is put in. */
type CollectionAnswerName =
  | '{Collection}Record'
  | '{Collection}View'
  | '{Collection}SignIn'
  | 'AdministeredUser'
  | 'UserProfile'

/** What each route answers with: the name of a schema, of its elements for a list; null for nothing, or for what is no JSON. */
export const answerNames: Readonly<Record<RouteName, AnswerName | CollectionAnswerName | 'OpenApi' | null>> = {
  register: '{Collection}SignIn',
  login: '{Collection}SignIn',
  refresh: '{Collection}SignIn',
  logout: 'Message',
  verifyMfa: '{Collection}SignIn',
  enrollTotp: 'TotpEnrollment',
  activateTotp: 'BackupCodes',
  mfaState: 'MfaState',
  renewBackupCodes: 'BackupCodes',
  disableMfa: null,
  reauthenticate: null,
  listProviders: 'OAuthProvider',
  beginOAuth: null,
  finishOAuth: null,
  finishOAuthOf: null,
  postedOAuth: null,
  exchangeOAuth: '{Collection}SignIn',
  listConnections: 'OAuthConnection',
  removeConnection: null,
  me: '{Collection}Record',
  updateMe: '{Collection}Record',
  changePassword: null,
  myPermissions: 'PermissionSnapshot',
  requestVerification: 'Message',
  confirmVerification: 'ConfirmedVerification',
  requestPasswordReset: 'Message',
  confirmPasswordReset: 'Message',
  requestEmailChange: 'Message',
  confirmEmailChange: 'ConfirmedEmailChange',
  requestOtp: 'SentCode',
  verifyOtp: '{Collection}SignIn',
  createInvitation: 'Invitation',
  listInvitations: 'Invitation',
  resendInvitation: 'Invitation',
  revokeInvitation: null,
  acceptInvitation: '{Collection}SignIn',
  disableMember: null,
  enableMember: null,
  resetMemberMfa: null,
  listMemberSessions: 'UserSession',
  endMemberSessions: null,
  listOwnSessions: 'Session',
  revokeAllOwnSessions: null,
  revokeOwnSession: null,
  listSessions: 'UserSession',
  listUserSessions: 'UserSession',
  impersonate: 'Impersonation',
  revokeSession: null,
  listUsers: 'AdministeredUser',
  createUser: 'AdministeredUser',
  replaceUserInBody: 'AdministeredUser',
  showUser: 'AdministeredUser',
  replaceUser: 'AdministeredUser',
  updateUser: 'AdministeredUser',
  deleteUser: null,
  reassignDeleteUser: 'Reassigned',
  listUserProfiles: 'UserProfile',
  showUserProfile: 'UserProfile',
  listIdentityLinks: 'IdentityLink',
  removeIdentityLink: null,
  createCollection: 'Collection',
  listCollections: 'Collection',
  showCollection: 'Collection',
  updateCollection: 'Collection',
  migrateCollection: 'CollectionChange',
  deleteCollection: null,
  listRecords: '{Collection}View',
  exportRecords: '{Collection}View',
  createRecord: '{Collection}View',
  deleteRecords: 'DeletedRecords',
  showRecord: '{Collection}View',
  updateRecord: '{Collection}View',
  deleteRecord: null,
  showSettings: 'Settings',
  updateSettings: 'Settings',
  setSetting: 'Setting',
  showCollectionSettings: 'Settings',
  updateCollectionSettings: 'Settings',
  createToken: 'CreatedApiKey',
  listTokens: 'ApiKey',
  showToken: 'ApiKey',
  updateToken: 'ApiKey',
  deleteToken: null,
  addSshKey: 'SshKey',
  listSshKeys: 'SshKey',
  deleteSshKey: null,
  listRoles: 'Role',
  createRole: 'Role',
  showRole: 'Role',
  updateRole: 'Role',
  deleteRole: null,
  listPermissions: 'Permission',
  createPermission: 'Permission',
  showPermission: 'Permission',
  updatePermission: 'Permission',
  deletePermission: null,
  listRolePermissions: 'RolePermission',
  addRolePermission: 'RolePermission',
  showRolePermission: 'RolePermission',
  removeRolePermission: null,
  listPermissionsOfRole: 'RolePermission',
  listRoleAssignments: 'RoleAssignment',
  addRoleAssignment: 'RoleAssignment',
  showRoleAssignment: 'RoleAssignment',
  removeRoleAssignment: null,
  checkPermission: 'AuthzCheck',
  listAudit: 'AuditEntry',
  health: 'Health',
  readiness: 'Health',
  signingKeys: 'KeySet',
  openapi: 'OpenApi',
  apiReference: null,
  apiSummary: null,
}

const etag = 'The version of what is shown.'
const ifMatch = { name: 'If-Match', description: 'Versions of which it has to be one: another is refused with 412.' }

/** Headers that a route heeds, and those that its success has besides. */
export const headersOf: Readonly<
  Partial<
    Record<
      RouteName,
      {
        readonly heeded?: { readonly name: string; readonly description: string }
        /** With what they say. */
        readonly answered?: Readonly<Record<string, string>>
      }
    >
  >
> = {
  exportRecords: { answered: { 'Content-Disposition': 'A name for a file.' } },
  createRecord: {
    answered: { Location: 'Where the record is.', ETag: etag },
  },
  showRecord: {
    heeded: { name: 'If-None-Match', description: 'Versions that are known: of those, 304 is all that is answered.' },
    answered: { ETag: etag },
  },
  updateRecord: { heeded: ifMatch, answered: { ETag: etag } },
  deleteRecord: { heeded: ifMatch },
}

/** What a route answers with besides JSON: texts, by type. */
export const otherTypes: Readonly<Partial<Record<RouteName, readonly string[]>>> = {
  exportRecords: ['text/csv', 'application/x-ndjson'],
}
