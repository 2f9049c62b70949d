import { CardeaError } from '@cardea/core'
import type { AccessTokenAlgorithm } from '../token/verifying-key.js'

/** What signs access tokens. */
export interface SigningOptions {
  /**
   * `HS256` (default) signs with a key that is derived from the root secret; `EdDSA` (Ed25519) and `ES256` with a key pair
   * that is kept in the database, whose public half anybody may have.
   */
  readonly algorithm?: AccessTokenAlgorithm | undefined
  /**
   * How long a new key pair is published before it signs, in seconds: those who verify and remember the key set have seen it
   * by then. From 600 to 43,200; default 3,600.
   */
  readonly publishSeconds?: number | undefined
  /** How long a key pair signs before `tend` makes the next, in seconds, at least 86,400. By default until somebody says so. */
  readonly rotateEverySeconds?: number | undefined
}

/** The same after defaults. */
export interface Signing {
  readonly algorithm: AccessTokenAlgorithm
  readonly publishMilliseconds: number
  readonly rotateEveryMilliseconds: number | undefined
}

/** An algorithm of key pairs. */
export type PairAlgorithm = Exclude<AccessTokenAlgorithm, 'HS256'>

const usualPublishSeconds = 3_600
/** A node knows what has changed after five minutes at most, and whoever remembers the key set for its `max-age` after ten. */
const leastPublishSeconds = 600
const mostPublishSeconds = 43_200
const leastRotateSeconds = 86_400

/** @throws CardeaError `configuration_invalid`. */
export function resolveSigning(options: SigningOptions = {}): Signing {
  const { algorithm = 'HS256', publishSeconds = usualPublishSeconds, rotateEverySeconds } = options
  if (algorithm !== 'HS256' && algorithm !== 'EdDSA' && algorithm !== 'ES256') {
    throw refused('algorithm must be HS256, EdDSA or ES256')
  }
  if (!(publishSeconds >= leastPublishSeconds && publishSeconds <= mostPublishSeconds)) {
    throw refused(`publishSeconds must be from ${leastPublishSeconds} to ${mostPublishSeconds}`)
  }
  if (rotateEverySeconds !== undefined && !(rotateEverySeconds >= leastRotateSeconds)) {
    throw refused(`rotateEverySeconds must be at least ${leastRotateSeconds}`)
  }
  return {
    algorithm,
    publishMilliseconds: publishSeconds * 1_000,
    rotateEveryMilliseconds: rotateEverySeconds === undefined ? undefined : rotateEverySeconds * 1_000,
  }
}

const refused = (reason: string): CardeaError =>
  new CardeaError('configuration_invalid', `createSessions: accessTokens.${reason}`)
