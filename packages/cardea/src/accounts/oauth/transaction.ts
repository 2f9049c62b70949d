import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { constantTimeEqual, seal, sha256, toBase64Url, unseal } from '@cardea/core/crypto'
import type { PendingVerification } from '@cardea/identity'
import type { BegunOAuth, OAuthBeginning, OAuthCallback } from '../../api/oauth.js'
import type { Services } from '../../services/services.js'

/** How long a sign-in at a provider may take, in which its state can be used (RFC 6749 §4.1.2 has ten minutes for a code). */
const transactionSeconds = 600

/** 256 bits each: state, verifier, nonce and what binds the browser are told to nobody who could guess them. */
const secretBytes = 32

/** What is remembered while the browser is at the provider. */
export interface OAuthTransaction {
  readonly provider: string
  /** One of the allowed targets, as it was found. */
  readonly redirectTo: string
  readonly mode: 'cookie' | 'token'
  readonly codeChallenge: string | null
  readonly intent: OAuthBeginning['intent'] | null
  /** The session that an intent is for. */
  readonly sessionId: string | null
  /** What was asked at the beginning; absent where nothing was. */
  readonly rememberMe?: boolean | undefined
  /** The secrets, sealed: in the database alone they are worth nothing. */
  readonly sealed: string
}

export interface OAuthSecrets {
  readonly codeVerifier: string
  readonly nonce: string
}

/** A transaction that came back, and is used up. */
export interface TakenTransaction extends OAuthTransaction, OAuthSecrets {
  /** Whose session it was begun in, for an intent. */
  readonly principal: PendingVerification['principal']
}

/**
 * Remembers a sign-in that begins, by one statement.
 *
 * @returns The state, of which the database has a keyed hash, and what binds it to the browser, of which it has a hash.
 */
export async function openTransaction(
  services: Services,
  collection: AuthCollection,
  transaction: Omit<OAuthTransaction, 'sealed'> & {
    readonly principal?: { readonly id: string; readonly epoch: number }
  },
): Promise<Omit<BegunOAuth, 'url'> & OAuthSecrets> {
  const { principal, ...rest } = transaction
  const secrets = { codeVerifier: secretOf(services), nonce: secretOf(services) }
  const browserToken = secretOf(services)
  const flowId = services.createId()
  const sealed = seal(sealOf(services, flowId), services.random, JSON.stringify(secrets))
  const bound: OAuthTransaction = { ...rest, sealed }
  const { token: state } = await services.verifications.issueToken(services.storage, {
    purpose: 'oauth_transaction',
    collection: collection.name,
    subject: sha256(browserToken),
    flowId,
    bound,
    lifetimeSeconds: transactionSeconds,
    ...(principal === undefined ? {} : { principal }),
  })
  return { state, browserToken, lifetimeSeconds: transactionSeconds, ...secrets }
}

/**
 * Takes the transaction of a state, and uses it up before anything else is looked at: whoever else has learned the state
 * has no use of it any more.
 *
 * @throws CardeaError `invalid_request`, for every reason alike.
 */
export async function takeTransaction(
  services: Services,
  collection: AuthCollection,
  { params, provider, browserToken }: OAuthCallback,
): Promise<TakenTransaction> {
  const { verifications, storage } = services
  const expected = { purpose: 'oauth_transaction', collection: collection.name } as const
  const pending = await verifications.findByToken(storage, params['state'], expected)
  if (pending === undefined || !(await verifications.consume(storage, pending))) throw unknownState()
  if (browserToken === undefined || !constantTimeEqual(sha256(browserToken), pending.subject)) throw unknownState()
  // Only `openTransaction` writes this purpose.
  const transaction = pending.bound as OAuthTransaction
  if (provider !== undefined && provider !== transaction.provider) throw unknownState()
  const opened = unseal(sealOf(services, pending.flowId), transaction.sealed)
  if (opened === undefined) throw unknownState()
  const secrets = JSON.parse(opened) as OAuthSecrets
  return { ...transaction, ...secrets, principal: pending.principal }
}

const unknownState = (): CardeaError =>
  new CardeaError('invalid_request', 'This sign-in was not begun in this browser, is over or took too long. Try again.')

const secretOf = ({ random }: Services): string => toBase64Url(random(secretBytes))

const sealOf = ({ keyring }: Services, flowId: string) =>
  ({ keyring, purpose: 'provider-token-encryption', owner: `oauth_transaction|${flowId}` }) as const
