// For code that loads when it is first needed itself: an entry point of its own, so that it does not load with the other one.
export { forgiveFactorAttempts, takeFactorAttempt } from '../factor/attempts.js'
export { createFactors } from '../factor/factors.js'
export {
  addIdentity,
  countIdentitiesOf,
  findByIdentity,
  findIdentity,
  findIdentityTokens,
  type IdentityFilter,
  type IdentityKey,
  type IdentityLink,
  type LinkedPrincipal,
  listIdentities,
  listIdentitiesOf,
  removeIdentity,
  updateIdentity,
} from '../identity-link/identity-links.js'
export { type KeysOfMany, keysOfMany } from '../of-many/keys-of-many.js'
export { type PrincipalOfRecord, principalsOfMany, principalsOfRecords } from '../of-many/principals-of-many.js'
export { forgetProofs } from '../principal/forget-proofs.js'
export {
  parseFingerprint,
  parseSshPublicKey,
  type SshPublicKey,
  type SshPublicKeyResult,
} from '../ssh-key/parse-ssh-public-key.js'
export { createSshKeys } from '../ssh-key/ssh-keys.js'
export { createDigits, createTokenSecret } from '../verification/secret.js'
export { createVerifications } from '../verification/verifications.js'
export {
  countWaiting,
  endWaiting,
  findWaiting,
  listWaiting,
  type WaitingPart,
} from '../verification/waiting-verifications.js'
