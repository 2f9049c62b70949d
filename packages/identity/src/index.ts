export type { ApiKeyView } from './api-key/api-key-view.js'
export { type ApiKeys, type ApiKeysDeps, createApiKeys, defaultApiKeyPrefix } from './api-key/api-keys.js'
export type { CreatedApiKey, NewApiKey } from './api-key/create-api-key.js'
export type { ApiKeyVerification, RefusedApiKey, VerifiedApiKey } from './api-key/verify-api-key.js'
export { createDevices, type DeviceDetails, type Devices } from './device/devices.js'
export { forgiveFactorAttempts, takeFactorAttempt } from './factor/attempts.js'
export {
  createFactors,
  type FactorAttempt,
  type FactorCheck,
  type FactorClaim,
  type FactorState,
  type Factors,
  type FactorsDeps,
  type TotpEnrolment,
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
export {
  addIdentity,
  findByIdentity,
  findIdentityTokens,
  type IdentityKey,
  type IdentityLink,
  type LinkedPrincipal,
  listIdentities,
  removeIdentity,
  updateIdentity,
} from './identity-link/identity-links.js'
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
export { forgetProofs } from './principal/forget-proofs.js'
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
export {
  parseFingerprint,
  parseSshPublicKey,
  type SshPublicKey,
  type SshPublicKeyResult,
} from './ssh-key/parse-ssh-public-key.js'
export { createSshKeys, type SshKeyOwner, type SshKeys, type SshKeysDeps, type SshKeyView } from './ssh-key/ssh-keys.js'
export { type Budget, createThrottle, type GuessPolicy, type Throttle, type ThrottleKey } from './throttle/throttle.js'
export { createDigits, createTokenSecret } from './verification/secret.js'
export type {
  CodeRefusal,
  CodeResult,
  IssuedCode,
  IssuedToken,
  NewVerification,
  PendingVerification,
  VerificationPurpose,
} from './verification/verification.js'
export {
  createVerifications,
  type ExpectedCode,
  type ExpectedVerification,
  type Verifications,
  type VerificationsDeps,
} from './verification/verifications.js'
