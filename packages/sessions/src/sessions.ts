import { CardeaError, lazy } from '@cardea/core'
import type { Clock, CreateId, Keyring, RandomBytes } from '@cardea/core/crypto'
import type { Storage, StorageOperations } from '@cardea/storage'
import type { SessionEvent } from './events.js'
import { lazyKeyRing } from './keys/lazy-key-ring.js'
import { bindSigningKeys, type SigningKeys } from './keys/signing-keys.js'
import { resolveSigning, type SigningOptions } from './keys/signing-options.js'
import { resolveLifetimes, type SessionLifetimes } from './lifetimes.js'
import { carryOver, type RotatedCookie, rotateCookie } from './session/carry-over.js'
import type { ClientDetails } from './session/client-details.js'
import type { SessionContext } from './session/context.js'
import type { EndedSession } from './session/end-session.js'
import { createNoteUse } from './session/last-used.js'
import {
  findLivingSession,
  findSession,
  listSessions,
  listSessionsOfMany,
  type SessionOwner,
} from './session/list-sessions.js'
import type { RefreshRequest, RefreshResult } from './session/refresh-session.js'
import { type RenewedProof, renewProof } from './session/renew-proof.js'
import type { SessionView } from './session/session-view.js'
import { type SessionDelivery, type SessionProof, type StartedSession, startSession } from './session/start-session.js'
import { type SessionVerification, verifyAccessToken, verifyCookie } from './session/verify-session.js'
import { createAccessTokens } from './token/access-tokens.js'
import type { ExtraClaims } from './token/extra-claims.js'
import { createRefreshTokens } from './token/refresh-tokens.js'

export interface SessionsDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: RandomBytes
  readonly createId: CreateId
  /** Asked when the first token is made or checked, not before. */
  readonly keyring: Keyring
  /** The `iss` of access tokens, such as the app's origin; compared exactly. */
  readonly issuer: string
  /** The `aud` of access tokens is this, a colon and the collection. */
  readonly audience: string
  readonly lifetimes?: Partial<SessionLifetimes>
  /**
   * Lifetimes of a collection that differ from those, asked whenever a session begins or is refreshed; they are taken as they
   * are.
   */
  readonly lifetimesOf?: ((collection: string) => Partial<SessionLifetimes>) | undefined
  /** The longest life of an access token, in seconds, of all collections: for so long a key counts after its successor signs. */
  readonly longestAccessSeconds?: (() => number) | undefined
  /** How many sessions a principal has at most, from 1; the one that was used longest ago ends for a new one. Default: any number. */
  readonly maxPerPrincipal?: number | undefined
  /**
   * `strict` (default) looks the session of an access token up on every request: logging out, disabling and a change of
   * password act on the very next one. `stateless` trusts an access token until it expires, by no statement at all; it
   * does not count as use of the session either. Cookies and refresh tokens are always looked up.
   */
  readonly mode?: 'strict' | 'stateless'
  /** What signs access tokens. By default HS256, with a key that is derived from the root secret. */
  readonly accessTokens?: SigningOptions
  /** Gives further claims of access tokens; asked whenever one is made. */
  readonly extraClaims?: ExtraClaims
  /** Takes work that may outlive the answer, and deals with its failure. */
  readonly background: (work: Promise<unknown>) => void
  /** Told of security events. What it throws goes to `background` and changes nothing. */
  readonly onEvent?: (event: SessionEvent) => void
}

/**
 * Sessions of principals, and the cookie, access and refresh tokens that hang on them.
 *
 * A session counts while its epoch is its principal's, the principal is active, and none of its limits has passed.
 * Every method throws CardeaError `unavailable` when storage cannot be reached.
 */
export interface Sessions {
  /**
   * Begins a session, by one insert that carries the proof's epoch: if the principal's has moved on since, the session
   * is born dead. With `maxPerPrincipal` it is a transaction of three or four statements, which ends what is too many. With
   * an actor there is an access token, whatever else was to be handed out, and nothing to refresh it with.
   *
   * @throws CardeaError `unauthenticated` when the principal is gone, `session_revoked` when an actor has changed.
   */
  start(proof: SessionProof, client: ClientDetails, delivery: SessionDelivery): Promise<StartedSession>

  /**
   * Finds who is behind a session cookie, by one statement.
   *
   * @param collections Whose principals are accepted.
   */
  verifyCookie(token: string, collections: readonly string[]): Promise<SessionVerification>

  /**
   * Finds who is behind an access token, by one statement in strict mode and none in stateless mode. What the row says
   * wins over what the token says.
   *
   * @param collections Whose principals are accepted.
   */
  verifyAccessToken(token: string, collections: readonly string[]): Promise<SessionVerification>

  /**
   * Exchanges a refresh token for its successor and a new access token; two statements where nobody interferes.
   *
   * The previous token gives the same successor again for a few seconds, by the database's clock. One that is older ends
   * the session. One that we did not make, or of another collection, does nothing. A cookie is never made here; a valid
   * one that comes along lives on. What `request.prepare` throws is passed on, and the token is still good.
   */
  refresh(token: string, collection: string, request?: RefreshRequest): Promise<RefreshResult>

  /**
   * The sessions of a principal that still count, newest first.
   *
   * @param options.limit How many at most. Default 1,000.
   */
  list(principalId: string, options?: { readonly limit?: number | 'all' }): Promise<readonly SessionView[]>

  /** The same of several principals whose state is known, by one statement. @param limit How many in all, at most. */
  listOfMany(owners: readonly SessionOwner[], limit: number): Promise<readonly SessionView[]>

  /** A session by its id, whether it still counts or not; one statement. */
  find(sessionId: string): Promise<SessionView | undefined>

  /** The same, if it still counts: neither ended nor expired, of an active principal that has not moved on. */
  findLiving(sessionId: string): Promise<SessionView | undefined>

  /** Ends a session of a principal. @returns Whether it had such a session. */
  revoke(principalId: string, sessionId: string): Promise<boolean>

  /**
   * Deletes the sessions of a principal. This is the cleaning up: what makes also those end that are just being started is
   * a bump of the principal's epoch, in the same transaction.
   *
   * Those go as well in which the principal acts as somebody else.
   *
   * @param options.except The id of a session that stays.
   * @returns How many there were.
   */
  revokeAll(principalId: string, options?: { readonly except?: string | undefined }): Promise<number>

  /** Ends the sessions in which the principal acts as somebody else, and those in which somebody acts as it. */
  endActing(principalId: string): Promise<number>

  /** The half of that which is about what the principal does as others; one statement. */
  endAsActor(principalId: string): Promise<number>

  /** Ends the session of a cookie. @returns The session, or undefined when there was none. */
  endByCookie(token: string, collection: string): Promise<EndedSession | undefined>

  /** Ends the session of an access token; a valid signature suffices, expired or not. */
  endByAccessToken(token: string, collection: string): Promise<EndedSession | undefined>

  /** Ends the session of a refresh token, current or older. */
  endByRefreshToken(token: string, collection: string): Promise<EndedSession | undefined>

  /**
   * Lets the session from which its owner changed the password live on: it gets the epoch that the same transaction has
   * just given the principal.
   *
   * @returns False for a session that had ended before; it stays ended.
   */
  carryOver(transaction: StorageOperations, sessionId: string, newEpoch: number): Promise<boolean>

  /**
   * Gives the cookie of a session a new token; the old one is worth nothing from then on.
   *
   * @returns Undefined when the session has no valid cookie: none is made here.
   */
  rotateCookie(sessionId: string): Promise<RotatedCookie | undefined>

  /**
   * Notes that the principal has proved who it is once more, in a session that goes on; one statement. Whoever raises what
   * a session is good for gives its cookie a new token, too.
   *
   * @returns False for a session that is not of this epoch.
   */
  renewProof(sessionId: string, proof: RenewedProof): Promise<boolean>

  /** The key pairs that sign access tokens; always those of the storage itself, also inside a transaction. */
  readonly keys: SigningKeys

  /** The same service inside a transaction. The note of when a session was last used stays outside of it. */
  /**
   * The same service inside a transaction, so that nothing opens one of its own. The note of when a session was last used stays
   * outside of it.
   */
  withOperations(operations: StorageOperations): Sessions
}

/**
 * Builds the service; no I/O, no timer, no key is touched.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function createSessions(deps: SessionsDeps): Sessions {
  const { storage, clock, random, createId, keyring, issuer, audience, mode = 'strict', background, onEvent } = deps
  if (issuer === '' || audience === '') {
    throw new CardeaError('configuration_invalid', 'createSessions: issuer and audience must not be empty')
  }
  if (mode !== 'strict' && mode !== 'stateless') {
    throw new CardeaError('configuration_invalid', 'createSessions: mode must be strict or stateless')
  }
  const lifetimes = resolveLifetimes(deps.lifetimes)
  const signing = resolveSigning(deps.accessTokens)
  const ring = lazyKeyRing({ storage, clock, keyring, background })
  const { lifetimesOf, longestAccessSeconds } = deps
  const lifetimesIn = (collection: string): SessionLifetimes =>
    lifetimesOf === undefined ? lifetimes : { ...lifetimes, ...lifetimesOf(collection) }
  const accessMilliseconds = () => Math.max(lifetimes.accessSeconds, longestAccessSeconds?.() ?? 0) * 1_000
  const keys = bindSigningKeys({ storage, clock, random, keyring, signing, accessMilliseconds }, ring)
  const report = (event: SessionEvent): void => {
    if (onEvent !== undefined) background((async () => onEvent(event))())
  }
  const context: SessionContext = {
    operations: storage,
    transact: (work) => storage.transaction(work),
    maxPerPrincipal: checkMaximum(deps.maxPerPrincipal),
    clock,
    random,
    createId,
    lifetimesOf: lifetimesIn,
    mode,
    accessTokens: createAccessTokens({
      clock,
      createId,
      keyring,
      issuer,
      audience,
      algorithm: signing.algorithm,
      ring,
      extraClaims: deps.extraClaims,
    }),
    refreshTokens: createRefreshTokens(keyring),
    noteUse: createNoteUse({ storage, lifetimesOf: lifetimesIn, background }),
    report,
  }
  /** In a transaction as on the storage itself, which callers hand on without asking which of them it is. */
  const within = (operations: StorageOperations): Sessions =>
    operations === storage
      ? bind(context, keys, within)
      : bind(
          {
            ...context,
            operations,
            transact: (work) => work(operations),
            accessTokens: context.accessTokens.within(operations),
          },
          keys,
          within,
        )
  return within(storage)
}

/** @throws CardeaError `configuration_invalid`. */
function checkMaximum(maximum: number | undefined): number | undefined {
  if (maximum === undefined || (Number.isSafeInteger(maximum) && maximum >= 1)) return maximum
  throw new CardeaError('configuration_invalid', 'createSessions: maxPerPrincipal must be a whole number from 1')
}

/** What most requests do without. */
const loadLater = lazy(() => import('./session/later.js'))

function bind(context: SessionContext, keys: SigningKeys, within: Sessions['withOperations']): Sessions {
  return {
    keys,
    start: (proof, client, delivery) => startSession(context, proof, client, delivery),
    verifyCookie: (token, collections) => verifyCookie(context, token, collections),
    verifyAccessToken: (token, collections) => verifyAccessToken(context, token, collections),
    refresh: async (token, collection, request = {}) =>
      (await loadLater()).refreshSession(context, token, collection, request),
    list: (principalId, options) => listSessions(context, principalId, options),
    listOfMany: (owners, limit) => listSessionsOfMany(context, owners, limit),
    find: (sessionId) => findSession(context, sessionId),
    findLiving: (sessionId) => findLivingSession(context, sessionId),
    revoke: async (principalId, sessionId) => (await loadLater()).revoke(context, principalId, sessionId),
    revokeAll: async (principalId, options) => (await loadLater()).revokeAll(context, principalId, options),
    endActing: async (principalId) => (await loadLater()).endActing(context, principalId),
    endAsActor: async (principalId) => (await loadLater()).endAsActor(context, principalId),
    endByCookie: async (token, collection) => (await loadLater()).endByCookie(context, token, collection),
    endByAccessToken: async (token, collection) => (await loadLater()).endByAccessToken(context, token, collection),
    endByRefreshToken: async (token, collection) => (await loadLater()).endByRefreshToken(context, token, collection),
    carryOver,
    rotateCookie: (sessionId) => rotateCookie(context, sessionId),
    renewProof: (sessionId, proof) => renewProof(context, sessionId, proof),
    withOperations: within,
  }
}
