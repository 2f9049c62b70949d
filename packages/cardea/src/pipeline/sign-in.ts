import { type AuthCollection, authSettings, type CollectionRow } from '@cardea/collections'
import type { ErrorCode } from '@cardea/core'
import type { ClientDetails, StartedSession } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'

/**
 * Evidence that somebody is a principal, whatever the method.
 *
 * `active` and `epoch` come from the statement that read the credential, before it was compared: a session that is
 * written with an epoch that has passed meanwhile is born dead.
 */
export interface Proof {
  readonly collection: AuthCollection
  readonly principalId: string
  readonly active: boolean
  readonly epoch: number
  /** Method of the proof, as in RFC 8176. */
  readonly method: 'pwd'
  readonly provedAt: number
}

/** What a proof leads to. */
export type SignInOutcome =
  | { readonly status: 'signed_in'; readonly started: StartedSession; readonly record: CollectionRow }
  | { readonly status: 'refused'; readonly code: ErrorCode; readonly reason: string }

/**
 * The one place where sessions begin: every way to prove who one is ends here.
 *
 * @param operations Where to read and write; the caller's transaction when the principal is made in it.
 * @param known The principal's record, when the caller has it already.
 */
export async function signIn(
  services: Services,
  proof: Proof,
  request: ClientDetails,
  operations: StorageOperations = services.storage,
  known?: CollectionRow,
): Promise<SignInOutcome> {
  const { collection } = proof
  const settings = authSettings(collection)
  if (proof.method === 'pwd' && !settings.password.enabled) {
    return { status: 'refused', code: 'method_disabled', reason: 'password sign-in is disabled' }
  }
  if (!proof.active) {
    return { status: 'refused', code: 'invalid_credentials', reason: 'principal is not active' }
  }
  const record = known ?? (await services.records.find(operations, collection, proof.principalId))
  if (record === undefined) {
    return { status: 'refused', code: 'invalid_credentials', reason: 'principal has no record' }
  }
  if (settings.requireVerified && record['verified'] !== true) {
    return { status: 'refused', code: 'email_not_verified', reason: 'address is not verified' }
  }
  const started = await services.sessions.withOperations(operations).start(
    {
      principalId: proof.principalId,
      collection: collection.name,
      epoch: proof.epoch,
      amr: [proof.method],
      aal: 1,
      authTime: proof.provedAt,
    },
    request,
    services.delivery,
  )
  return { status: 'signed_in', started, record }
}
