import { type AuthCollection, isMapped } from '@cardea/collections'
import { CardeaError, eq, isCardeaError } from '@cardea/core'
import { deletePrincipal } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import { askedBy } from '../administration/asked-by.js'
import type { Authentication } from '../api/sign-in.js'
import type { AskedBy, Reassigned } from '../api/users.js'
import type { Services } from '../services/services.js'
import { admit, lookAtActor, permitted, type RequireRight, requireCovers, requireInPerson } from './actor.js'
import { findMember } from './find-member.js'
import { moveOwnership } from './ownership.js'
import { permissionOn } from './permission.js'

interface Removal {
  readonly collection: AuthCollection
  readonly principalId: string
  /** Who gets what it owned; undefined where that stays as it is. */
  readonly reassignTo: string | undefined
  readonly by: Authentication | undefined
  /** Asked within the transaction; default: for the permission. */
  readonly requireRight?: RequireRight<[transaction: StorageOperations]>
  /** What has to hold within the transaction beside that, whoever asks. */
  readonly check?: (transaction: StorageOperations) => Promise<void>
}

/** Deletes a principal with all that hangs on it; its record goes by the foreign key, or is deleted from the app's table. */
export async function deleteUser(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  { by }: AskedBy,
): Promise<void> {
  await remove(services, { collection, principalId, reassignTo: undefined, by: await admit(services, by) })
}

/** The same for whom a rule of the collection lets, who has been admitted before. */
export async function deleteMember(
  services: Services,
  removal: Omit<Removal, 'reassignTo'> & Required<Pick<Removal, 'requireRight'>>,
): Promise<void> {
  await remove(services, { ...removal, reassignTo: undefined })
}

/** The same, after what it owned has become another's: both or neither. */
export async function reassignAndDelete(
  services: Services,
  collection: AuthCollection,
  { principalId, reassignTo }: { readonly principalId: string; readonly reassignTo: string },
  { by }: AskedBy,
): Promise<Reassigned> {
  if (principalId === reassignTo) {
    throw invalidInput([{ path: 'reassign_to', code: 'invalid', message: 'must be another user' }])
  }
  return await remove(services, { collection, principalId, reassignTo, by: await admit(services, by) })
}

async function remove(services: Services, removal: Removal): Promise<Reassigned> {
  const { collection, principalId, by } = removal
  const reassigned = await refusedWhereReferredTo(() =>
    services.storage.transaction((transaction) => removeWithin(services, transaction, removal)),
  )
  // Its roles went with it.
  services.subjects.forget(principalId)
  services.changes.publish('policy')
  const about = { at: services.clock(), collection: collection.name, principalId }
  services.emit({ type: 'principal.deleted', ...about, ...askedBy(by, principalId) })
  return { reassigned }
}

async function removeWithin(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId, reassignTo, by, requireRight, check }: Removal,
): Promise<Readonly<Record<string, number>>> {
  // Whoever could take the last admin away holds the policy mutex from the first statement on.
  await services.policy.lock(transaction)
  if (by !== undefined) {
    const acting = await lookAtActor(services, transaction, by)
    await (requireRight ?? permitted(permissionOn(collection, 'delete')))(acting, transaction)
    requireInPerson(services, acting, principalId)
    await requireCovers(services, transaction, acting, principalId)
  }
  const { recordKey } = await findMember(transaction, collection, principalId)
  await check?.(transaction)
  if (reassignTo !== undefined) await findMember(transaction, collection, reassignTo)
  await services.policy.assertNotLastAdmin(transaction, principalId)
  const reassigned = reassignTo === undefined ? {} : await moveOwnership(services, transaction, principalId, reassignTo)
  // Also those in which it acts as somebody else, which no foreign key ties to it.
  await services.sessions.withOperations(transaction).revokeAll(principalId)
  if (isMapped(collection)) await transaction.delete(services.collections.table(collection), eq('id', recordKey))
  await deletePrincipal(transaction, principalId)
  return reassigned
}

/** What the app has tied to a user by a foreign key keeps it. */
async function refusedWhereReferredTo<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (!isCardeaError(cause, 'foreign_key_violation')) throw cause
    throw new CardeaError('conflict', 'Something of the app refers to the user: give it to another one first.', {
      cause,
    })
  }
}
