import type { AuthCollection } from '@cardea/collections'
import { matches } from '@cardea/core'
import { principals } from '@cardea/storage'
import { viewUser } from '../accounts/user-view.js'
import type { Services } from '../services/services.js'

/** The user of a row of the app's table. */
export async function findByRecordId(
  services: Services,
  collection: AuthCollection,
  id: string | number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const where = matches({ collection: collection.name, record_key: String(id) })
  const principal = await services.storage.findOne(principals, { where })
  const record = principal && (await services.records.find(services.storage, collection, principal.id))
  return record && (await viewUser(services, collection, record, undefined))
}
