import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { findPrincipal, lockPrincipal, type PrincipalState } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'

/**
 * A principal of a collection. Whoever holds the policy mutex finds it as it stays: nothing else disables or deletes any.
 *
 * @throws CardeaError `not_found`, also for a principal of another collection.
 */
export async function findMember(
  transaction: StorageOperations,
  collection: AuthCollection,
  principalId: string,
): Promise<PrincipalState> {
  const principal = await findPrincipal(transaction, principalId)
  if (principal?.collection !== collection.name) throw noSuchUser()
  return principal
}

/** The same, kept from all other changes until the transaction ends; the policy mutex comes before. */
export async function lockMember(
  transaction: StorageOperations,
  collection: AuthCollection,
  principalId: string,
): Promise<PrincipalState> {
  if (!(await lockPrincipal(transaction, principalId))) throw noSuchUser()
  return await findMember(transaction, collection, principalId)
}

export const noSuchUser = (): CardeaError => new CardeaError('not_found', 'There is no such user.')
