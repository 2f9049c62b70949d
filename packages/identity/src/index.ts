export type { ApiKeyView } from './api-key/api-key-view.js'
export { type ApiKeys, type ApiKeysDeps, createApiKeys, defaultApiKeyPrefix } from './api-key/api-keys.js'
export type { CreatedApiKey, NewApiKey } from './api-key/create-api-key.js'
export type { ApiKeyVerification, RefusedApiKey, VerifiedApiKey } from './api-key/verify-api-key.js'
export { createDevices, type DeviceDetails, type Devices } from './device/devices.js'
export type {
  FactorAttempt,
  FactorCheck,
  FactorClaim,
  FactorState,
  Factors,
  FactorsDeps,
  TotpEnrolment,
} from './factor/factors.js'
export {
  addIdentifier,
  findByIdentifier,
  findIdentifiedPrincipal,
  type IdentifiedPrincipal,
  type Identifier,
  removeIdentifier,
  replaceIdentifier,
} from './identifier/identifiers.js'
export { normalizeUsername } from './identifier/normalize-username.js'
export { lazyFactors, lazySshKeys, lazyVerifications } from './later/lazy-services.js'
export type { Argon2Library } from './password/argon2-library.js'
export { describeHash, type HashDescription } from './password/describe-hash.js'
export type { BcryptLibrary } from './password/foreign/bcrypt-library.js'
export {
  createPasswordHasher,
  type PasswordHasher,
  type PasswordHasherOptions,
  type PasswordVerification,
} from './password/hasher.js'
export { isPossiblePassword } from './password/normalize-password.js'
export {
  createPasswords,
  type PasswordProof,
  type PasswordRules,
  type Passwords,
  type PasswordsDeps,
  type StoredPassword,
} from './password/passwords.js'
export type { PasswordPepper } from './password/pepper.js'
export { checkPassword, defaultPasswordPolicy, type PasswordContext, type PasswordPolicy } from './password/policy.js'
export type { PrincipalState } from './principal/principal-state.js'
export {
  bumpEpoch,
  claimLockNotice,
  clearFailedAttempts,
  countFailedAttempt,
  createPrincipal,
  deletePrincipal,
  disablePrincipal,
  enablePrincipal,
  findPrincipal,
  lockPrincipal,
} from './principal/principals.js'
export type { SshKeyOwner, SshKeys, SshKeysDeps, SshKeyView } from './ssh-key/ssh-keys.js'
export { type Budget, createThrottle, type GuessPolicy, type Throttle, type ThrottleKey } from './throttle/throttle.js'
export type {
  CodeRefusal,
  CodeResult,
  IssuedCode,
  IssuedToken,
  NewVerification,
  PendingVerification,
  RenewedToken,
  VerificationPurpose,
  WaitingVerification,
} from './verification/verification.js'
export type {
  ExpectedCode,
  ExpectedVerification,
  Verifications,
  VerificationsDeps,
} from './verification/verifications.js'
