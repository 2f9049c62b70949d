export {
  type AnyCollection,
  type AnyField,
  anyOf,
  authenticated,
  authSettings,
  bool,
  builtInUsers,
  type CheckedRule,
  type CheckedRules,
  type Collection,
  type CollectionMapping,
  type ColumnOption,
  date,
  defineCollection,
  email,
  isAuthCollection,
  isMapped,
  json,
  type Mapped,
  number,
  owner,
  type PatchInput,
  permission,
  type RecordIdType,
  type RecordOf,
  type RecordRule,
  type RecordRules,
  type RegisterInput,
  type RuleOperation,
  relation,
  type SignInComparison,
  type SignInConditions,
  type SignInRule,
  type SingleRule,
  select,
  text,
  url,
} from '@cardea/collections'
export {
  CardeaError,
  type ErrorCode,
  type ErrorIssue,
  errorCodes,
  isCardeaError,
  type MfaChallenge,
} from '@cardea/core'
export type { ChangeHints } from '@cardea/core/hints'
export type { ApiKeyView, CreatedApiKey, FactorAttempt, SshKeyOwner, SshKeyView, TotpEnrolment } from '@cardea/identity'
export type {
  Circumstances,
  Explanation,
  FieldOf,
  NoRows,
  ObjectOf,
  Reason,
  RowType,
  Subject,
  SubjectSnapshot,
} from '@cardea/permissions'
export {
  type Catalogue,
  definePermissions,
  mergePermissions,
  mergeRoles,
  own,
  type PermissionOf,
  type Roles,
  row,
} from '@cardea/permissions/declare'
export type {
  AssignmentScope,
  GrantRecord,
  PermissionRecord,
  PrincipalWith,
  RoleAssignment,
  RoleRecord,
  WhoCanOptions,
  WhoCanPage,
} from '@cardea/permissions/stored'
export type { ClientDetails, PublishedKey, PublishedKeys, SessionView, SigningKeyView } from '@cardea/sessions'
export type { Finding, MigrationReport, MigrationStep, Storage } from '@cardea/storage'
export type { AppTypes } from './api/app-types.js'
export type { AuditApi, AuditEntry, AuditFilter, AuditQuery } from './api/audit.js'
export type {
  AccountOperations,
  AnyAuthCollectionApi,
  AuthCollectionApi,
  AuthCollectionApiOf,
  Cardea,
  CardeaServices,
  Credential,
  DefinitionsApi,
  LoginInput,
  PresentedCredential,
  SessionsApi,
  Verify,
} from './api/cardea.js'
export type { CardeaEvent, EventDetails, EventType, NewEvent } from './api/events.js'
export type { Impersonate, Impersonation, ImpersonationInput } from './api/impersonation.js'
export type { Invitation, InvitationOperations, InviteOptions } from './api/invitations.js'
export type { ApiKeyInput, ApiKeysApi, SshKeyInput, SshKeysApi } from './api/keys.js'
export type { ListedSession } from './api/listed-session.js'
export type {
  AdoptedRow,
  AdoptionCounts,
  AdoptionReport,
  MappedOperations,
  RefusedRow,
  SyncOptions,
  SyncProgress,
  SyncReport,
} from './api/mapping.js'
export type {
  EmailCodeAttempt,
  MfaActor,
  MfaApi,
  MfaState,
  NewBackupCodes,
  Reauthentication,
  RenewedSession,
} from './api/mfa.js'
export type {
  BegunOAuth,
  OAuthApi,
  OAuthBeginning,
  OAuthCallback,
  OAuthConnectionView,
  OAuthOutcome,
  OAuthProviderView,
} from './api/oauth.js'
export type { OtpInput, OtpOperations } from './api/otp.js'
export type {
  AssignmentFilter,
  AssignmentOptions,
  AssignmentsApi,
  ByWhom,
  CatalogueApi,
  GrantFilter,
  GrantInput,
  GrantsApi,
  ListedPermission,
  ListPart,
  NeededCollection,
  NeededPermission,
  PermissionChanges,
  PermissionInput,
  PermissionsApi,
  PermissionsReport,
  RoleChanges,
  RoleInput,
  RoleName,
  RolesApi,
  RoleView,
} from './api/permissions.js'
export type {
  AnyRecordsApi,
  DeletedRecords,
  DeletionQuery,
  ExpectedRecord,
  FoundRecord,
  NewRecordInput,
  RecordChangeOptions,
  RecordExportQuery,
  RecordQuery,
  RecordShape,
  RecordsApi,
  RecordsAskedBy,
  RecordsByCollection,
  SelectedRecord,
  TypedFilter,
  TypedQuery,
  WrittenRecord,
} from './api/records.js'
export type { ConfirmedEmailChange, RecoveryOperations, VerificationProof } from './api/recovery.js'
export type { SettingOverrides, SettingSource, SettingsApi, SettingsChange, SettingsView } from './api/settings.js'
export type {
  ApiKeyAuthentication,
  Authentication,
  AuthenticationFailure,
  AuthenticationResult,
  Refreshed,
  Registered,
  SessionAuthentication,
  SignIn,
  SignInContext,
} from './api/sign-in.js'
export type { SigningKeysApi } from './api/signing-keys.js'
export type {
  ExportOptions,
  FirebaseHashConfig,
  ImportCounts,
  ImportFormat,
  ImportOptions,
  ImportReport,
  RefusedRecord,
  UserTransfer,
} from './api/transfer.js'
export type { UserOf } from './api/user-of.js'
export type {
  AccountChange,
  AdministeredUser,
  AskedBy,
  CreateOptions,
  FieldFilter,
  IdentityLinkView,
  ListFilter,
  ListPage,
  ListPlace,
  ListQuery,
  Reassigned,
  UserAdministration,
  UserProfile,
} from './api/users.js'
export type { AuditOptions } from './audit/audit-log.js'
export type { Asking, RequestInfo } from './audit/request-context.js'
export type { ChangedCollection } from './collections/change-collection.js'
export type { CollectionChangePlan } from './collections/change-plan.js'
export type { CollectionInfo } from './collections/collection-snapshot.js'
export type { Obstacle } from './collections/rows-in-the-way.js'
export { createCardea } from './create-cardea.js'
export type { DoctorReport } from './doctor/examine.js'
export type {
  ClaimValue,
  HookAnswer,
  HookRequest,
  Hooks,
  MailHook,
  RegisterHook,
  SignInHook,
  TokenHook,
  VerificationHook,
} from './hooks/hooks.js'
export { type HtmlValue, html, SafeHtml } from './mail/html.js'
export type { DeadLetter, JobsReport, MailJobs } from './mail/jobs.js'
export type { MailContents, MailKind } from './mail/kinds.js'
export type { MailLinks } from './mail/links.js'
export { createMailbox, type Mailbox } from './mail/mailbox.js'
export type { MailBasics, MailData, MailMessage, MailTemplate, MailTemplates, MailTexts } from './mail/message.js'
export type { CollectionMailOptions, MailOptions, MailSubject, SendMail } from './mail/options.js'
export { defineRoles } from './options/define-roles.js'
export type { AuthCollectionName, KnownName } from './options/known-name.js'
export type { Logger } from './options/logger.js'
export type { OAuthOptions } from './options/oauth-options.js'
export type {
  AccessTokenOptions,
  ApiKeyOptions,
  CardeaOptions,
  DeclaredOptions,
  LifetimeOptions,
  PasswordOptions,
  SessionOptions,
} from './options/options.js'
export type { OwnershipOption } from './options/ownership.js'
export type { ResolvedConfig } from './options/resolve.js'
export type { SignInMethod } from './pipeline/proof.js'
export type { Timers } from './services/timers.js'
export type { InstanceMigration, InstanceMigrationOptions } from './setup/migrate-all.js'
export type { MissingValues } from './setup/missing-values.js'
