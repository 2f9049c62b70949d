import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import { bumpEpoch, lockPrincipal } from '@cardea/identity'
import { forgetProofs } from '@cardea/identity/later'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'

/** An account that has become its owner's. */
export interface TakenOver {
  /** What proofs of the owner carry from now on. */
  readonly epoch: number
  readonly record: CollectionRow
}

/** Whose account it is found to be. */
export interface OwnedAccount {
  readonly collection: AuthCollection
  readonly principalId: string
  /** The address that was proved, normalised. */
  readonly email: string
}

/**
 * Unverified is not owned: whoever proves a mailbox without the account's password gets an account that was never verified
 * clean. Whatever was there to sign in with is dropped, since a stranger may have put it there to come back by; every
 * session ends; the address is verified from then on.
 *
 * @param transaction What the proof is consumed in. It is locked here, first of all principals.
 * @returns Undefined, and nothing has changed, when the address is verified already, or no longer the account's.
 */
export async function takeOver(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId, email }: OwnedAccount,
): Promise<TakenOver | undefined> {
  await lockPrincipal(transaction, principalId)
  const record = await services.records.find(transaction, collection, principalId)
  if (record === undefined || record['verified'] === true) return undefined
  // Before the lock it may have become another's.
  if (normalizeEmail(record['email']) !== email) return undefined
  const epoch = await bumpEpoch(transaction, principalId)
  if (epoch === undefined) return undefined
  await forgetProofs(transaction, principalId)
  await services.sessions.withOperations(transaction).revokeAll(principalId)
  await services.records.updateAccount(transaction, collection, principalId, { verified: true })
  return { epoch, record: { ...record, verified: true } }
}
