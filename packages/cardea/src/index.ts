export {
  type AnyCollection,
  type AnyField,
  authSettings,
  bool,
  builtInUsers,
  type Collection,
  date,
  defineCollection,
  email,
  isAuthCollection,
  json,
  number,
  type PatchInput,
  type RecordOf,
  type RegisterInput,
  relation,
  select,
  text,
  url,
} from '@cardea/collections'
export { CardeaError, type ErrorCode, type ErrorIssue, errorCodes, isCardeaError } from '@cardea/core'
export type { ApiKeyView, CreatedApiKey, SshKeyOwner, SshKeyView } from '@cardea/identity'
export {
  type Catalogue,
  definePermissions,
  defineRoles,
  own,
  type PermissionOf,
  type Roles,
  type Subject,
} from '@cardea/permissions'
export type { ClientDetails, SessionView } from '@cardea/sessions'
export type { Finding, MigrationReport, MigrationStep, Storage } from '@cardea/storage'
export type {
  AccountOperations,
  AnyAuthCollectionApi,
  AuthCollectionApi,
  Cardea,
  CardeaServices,
  Credential,
  DefinitionsApi,
  LoginInput,
  PermissionsApi,
  PresentedCredential,
  RoleView,
  SessionsApi,
  UserOf,
  Verify,
} from './api/cardea.js'
export type { CardeaEvent } from './api/events.js'
export type { ApiKeyInput, ApiKeysApi, SshKeyInput, SshKeysApi } from './api/keys.js'
export type {
  ApiKeyAuthentication,
  Authentication,
  AuthenticationFailure,
  AuthenticationResult,
  Refreshed,
  Registered,
  SessionAuthentication,
  SignIn,
} from './api/sign-in.js'
export type { CollectionInfo } from './collections/collection-snapshot.js'
export { createCardea } from './create-cardea.js'
export type { DoctorReport } from './doctor/examine.js'
export type { Logger } from './options/logger.js'
export type {
  ApiKeyOptions,
  CardeaOptions,
  LifetimeOptions,
  PasswordOptions,
  SessionOptions,
} from './options/options.js'
export type { ResolvedConfig } from './options/resolve.js'
