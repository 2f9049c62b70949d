export type {
  AnyRecord,
  AppShape,
  AuthCollectionName,
  CarriesApp,
  CollectionName,
  NewRecordOf,
  PermissionOf,
  RecordChangeOf,
  RecordFilterOf,
  RecordOf,
  RecordSortOf,
  RegistrationOf,
  SignInOf,
  UnknownApp,
  UserOf,
} from './app.js'
export type { Auth } from './auth/create-auth.js'
export type {
  AcceptInvitationInput,
  MfaAttempt,
  Reauthentication,
  RegistrationInput,
  SignInInput,
} from './auth/inputs.js'
export type { OAuthBeginning } from './auth/oauth.js'
export type { MfaRequired, RegistrationOutcome, SignedIn, SignInOutcome } from './auth/sign-in-outcome.js'
export type { Filter, QueryValue } from './call/address.js'
export type { CursorPage, ListAnswer, NumberedPage, OffsetPage } from './call/list-answer.js'
export type { CallAnswer, CallInput, CallOptions, QueryOf, RouteKey, Routes } from './call/route-key.js'
export { type CardeaClient, type ClientOptions, createClient } from './create-client.js'
export {
  CardeaClientError,
  type ClientErrorCode,
  type ClientErrorIssue,
  isClientError,
} from './errors/client-error.js'
export type { Channel, Locks, Platform, TokenStorage } from './platform.js'
export type {
  ChangeOptions,
  FoundRecord,
  RecordFilter,
  RecordQuery,
  RecordShape,
  Records,
  SelectedRecord,
} from './records/create-records.js'
export { memoryStorage } from './session/memory-storage.js'
export type { SessionState } from './session/session-state.js'
