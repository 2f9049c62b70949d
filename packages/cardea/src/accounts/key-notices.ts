import { type AnyCollection, isAuthCollection } from '@cardea/collections'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { type Notice, sendNotice } from './notices.js'

/** A key that was made, as far as a notice needs to know it. */
interface MadeKey {
  readonly principalId: string
  readonly collection: string
}

/** What is written along with a key. */
type WriteAlong = (transaction: StorageOperations, key: MadeKey) => Promise<void>

/**
 * Makes a key and tells its owner, since whoever has it comes in without a password. One does not happen without the other,
 * whoever it is that makes the key: its owner's session may be in a stranger's hands.
 */
export async function makeKeyWithNotice<Made>(
  services: Services,
  kind: 'api_key_created' | 'ssh_key_added',
  context: ClientDetails | undefined,
  make: (along: WriteAlong) => Promise<Made>,
): Promise<Made> {
  if (!services.mail.enabled) return await make(async () => undefined)
  const noticeOf = ({ principalId }: MadeKey) => ({ kind, context, principalId })
  let untold: MadeKey | undefined
  const made = await make(async (transaction, key) => {
    // Nothing is read here outside of the transaction, which may have the only connection.
    const collection = services.collections.current.registry.get(key.collection)
    untold = (await tell(services, transaction, collection, noticeOf(key))) ? undefined : key
  })
  // The owner is of a collection that another node has defined since this one last looked.
  if (untold !== undefined) {
    await tell(services, services.storage, await services.collections.find(untold.collection), noticeOf(untold))
  }
  services.mail.kick()
  return made
}

/** @returns Whether the collection is known, so that there is nothing left to do. */
async function tell(
  services: Services,
  operations: StorageOperations,
  collection: AnyCollection | undefined,
  notice: Pick<Notice, 'kind' | 'context'> & { readonly principalId: string },
): Promise<boolean> {
  if (collection === undefined || !isAuthCollection(collection)) return false
  const { principalId, ...rest } = notice
  const record = await services.records.find(operations, collection, principalId)
  if (record !== undefined) await sendNotice(services, operations, { ...rest, collection: collection.name, record })
  return true
}
