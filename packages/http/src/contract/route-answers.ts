import type {
  AdministeredUserAnswer,
  ApiKeyAnswer,
  AuditEntryAnswer,
  AuthAnswer,
  AuthzCheckAnswer,
  BackupCodesAnswer,
  CollectionAnswer,
  CollectionChangeAnswer,
  ConfirmedEmailChangeAnswer,
  ConfirmedVerificationAnswer,
  CreatedApiKeyAnswer,
  DeletedRecordsAnswer,
  HealthAnswer,
  IdentityLinkAnswer,
  ImpersonationAnswer,
  InvitationAnswer,
  KeySetAnswer,
  MessageAnswer,
  MfaStateAnswer,
  OAuthConnectionAnswer,
  OAuthProviderAnswer,
  PermissionAnswer,
  PermissionSnapshotAnswer,
  ReassignedAnswer,
  RecordAnswer,
  RoleAnswer,
  RoleAssignmentAnswer,
  RolePermissionAnswer,
  SentCodeAnswer,
  SessionAnswer,
  SettingAnswer,
  SettingsAnswer,
  SshKeyAnswer,
  TotpEnrollmentAnswer,
  UserAnswer,
  UserProfileAnswer,
  UserSessionAnswer,
  WaitingAnswer,
} from './answers.js'

/**
 * What each route answers with when it succeeds; an element, for a list. Undefined for an answer without a body, and for one
 * that sends the browser on. `User` is a user of the collection that the route is for.
 */
export interface RouteAnswers<User extends object = UserAnswer> {
  readonly register: AuthAnswer<User> | WaitingAnswer<User> | MessageAnswer
  readonly login: AuthAnswer<User>
  readonly refresh: AuthAnswer<User>
  readonly logout: MessageAnswer

  readonly verifyMfa: AuthAnswer<User>
  readonly enrollTotp: TotpEnrollmentAnswer
  readonly activateTotp: BackupCodesAnswer
  readonly mfaState: MfaStateAnswer
  readonly renewBackupCodes: BackupCodesAnswer
  readonly disableMfa: undefined
  readonly reauthenticate: undefined

  readonly listProviders: OAuthProviderAnswer
  readonly beginOAuth: undefined
  readonly finishOAuth: undefined
  readonly finishOAuthOf: undefined
  readonly postedOAuth: undefined
  readonly exchangeOAuth: AuthAnswer<User>
  readonly listConnections: OAuthConnectionAnswer
  readonly removeConnection: undefined

  readonly me: User
  readonly updateMe: User
  readonly changePassword: undefined
  readonly myPermissions: PermissionSnapshotAnswer

  readonly requestVerification: MessageAnswer
  readonly confirmVerification: ConfirmedVerificationAnswer
  readonly requestPasswordReset: MessageAnswer
  readonly confirmPasswordReset: MessageAnswer
  readonly requestEmailChange: MessageAnswer
  readonly confirmEmailChange: ConfirmedEmailChangeAnswer
  readonly requestOtp: SentCodeAnswer
  readonly verifyOtp: AuthAnswer<User>

  readonly createInvitation: InvitationAnswer
  readonly listInvitations: InvitationAnswer
  readonly resendInvitation: InvitationAnswer
  readonly revokeInvitation: undefined
  readonly acceptInvitation: AuthAnswer<User>

  readonly disableMember: undefined
  readonly enableMember: undefined
  readonly resetMemberMfa: undefined
  readonly listMemberSessions: UserSessionAnswer
  readonly endMemberSessions: undefined

  readonly listOwnSessions: SessionAnswer
  readonly revokeAllOwnSessions: undefined
  readonly revokeOwnSession: undefined
  readonly listSessions: UserSessionAnswer
  readonly listUserSessions: UserSessionAnswer
  readonly impersonate: ImpersonationAnswer
  readonly revokeSession: undefined

  readonly listUsers: AdministeredUserAnswer
  readonly createUser: AdministeredUserAnswer
  readonly replaceUserInBody: AdministeredUserAnswer
  readonly showUser: AdministeredUserAnswer
  readonly replaceUser: AdministeredUserAnswer
  readonly updateUser: AdministeredUserAnswer
  readonly deleteUser: undefined
  readonly reassignDeleteUser: ReassignedAnswer
  readonly listUserProfiles: UserProfileAnswer
  readonly showUserProfile: UserProfileAnswer
  readonly listIdentityLinks: IdentityLinkAnswer
  readonly removeIdentityLink: undefined

  readonly createCollection: CollectionAnswer
  readonly listCollections: CollectionAnswer
  readonly showCollection: CollectionAnswer
  readonly updateCollection: CollectionAnswer
  readonly migrateCollection: CollectionChangeAnswer
  readonly deleteCollection: undefined

  readonly listRecords: RecordAnswer
  /** With `format=json`; in the other formats a text. */
  readonly exportRecords: RecordAnswer
  readonly createRecord: RecordAnswer
  readonly deleteRecords: DeletedRecordsAnswer
  readonly showRecord: RecordAnswer
  readonly updateRecord: RecordAnswer
  readonly deleteRecord: undefined

  readonly showSettings: SettingsAnswer
  readonly updateSettings: SettingsAnswer
  readonly setSetting: SettingAnswer
  readonly showCollectionSettings: SettingsAnswer
  readonly updateCollectionSettings: SettingsAnswer

  readonly createToken: CreatedApiKeyAnswer
  readonly listTokens: ApiKeyAnswer
  readonly showToken: ApiKeyAnswer
  readonly updateToken: ApiKeyAnswer
  readonly deleteToken: undefined
  readonly addSshKey: SshKeyAnswer
  readonly listSshKeys: SshKeyAnswer
  readonly deleteSshKey: undefined

  readonly listRoles: RoleAnswer
  readonly createRole: RoleAnswer
  readonly showRole: RoleAnswer
  readonly updateRole: RoleAnswer
  readonly deleteRole: undefined
  readonly listPermissions: PermissionAnswer
  readonly createPermission: PermissionAnswer
  readonly showPermission: PermissionAnswer
  readonly updatePermission: PermissionAnswer
  readonly deletePermission: undefined
  readonly listRolePermissions: RolePermissionAnswer
  readonly addRolePermission: RolePermissionAnswer
  readonly showRolePermission: RolePermissionAnswer
  readonly removeRolePermission: undefined
  readonly listPermissionsOfRole: RolePermissionAnswer
  readonly listRoleAssignments: RoleAssignmentAnswer
  readonly addRoleAssignment: RoleAssignmentAnswer
  readonly showRoleAssignment: RoleAssignmentAnswer
  readonly removeRoleAssignment: undefined

  readonly checkPermission: AuthzCheckAnswer
  readonly listAudit: AuditEntryAnswer

  readonly health: HealthAnswer
  readonly readiness: HealthAnswer
  readonly signingKeys: KeySetAnswer
  /** A document in the form of OpenAPI 3.1. */
  readonly openapi: Readonly<Record<string, unknown>>
  /** A page. */
  readonly apiReference: string
  /** A text. */
  readonly apiSummary: string
}
