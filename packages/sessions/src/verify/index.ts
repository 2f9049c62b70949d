export type { AccessTokenClaims } from '../token/access-token-claims.js'
export {
  type AccessTokenVerifier,
  type AccessTokenVerifierOptions,
  createAccessTokenVerifier,
  type VerifiedAccessToken,
} from './create-access-token-verifier.js'
export type { KeySetOptions } from './key-set.js'
export type { AccessTokenVerificationKey, PublicJsonWebKey } from './verification-key.js'
