import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { findPrincipal, lockPrincipal, type PrincipalState } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'

/**
 * Locks a principal of a collection until the transaction ends. The policy mutex comes before, and of several principals the
 * one with the smaller id.
 *
 * @throws CardeaError `not_found`, also for a principal of another collection.
 */
export async function lockMember(
  transaction: StorageOperations,
  collection: AuthCollection,
  principalId: string,
): Promise<PrincipalState> {
  const locked = await lockPrincipal(transaction, principalId)
  const principal = locked ? await findPrincipal(transaction, principalId) : undefined
  if (principal?.collection !== collection.name) throw noSuchUser()
  return principal
}

export const noSuchUser = (): CardeaError => new CardeaError('not_found', 'There is no such user.')
