import type { AuthCollection } from '@cardea/collections'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { MappedOperations } from './mapping.js'

/** What a collection over a table of the app's has beside what all have. */
export const bindMapped = (
  services: Services,
  collection: AuthCollection,
): MappedOperations<Readonly<Record<string, unknown>>> => ({
  findByRecordId: async (id) => await (await loadOperations()).findByRecordId(services, collection, id),
  adopt: async (rows) => await (await loadOperations()).adoptRows(services, collection, rows),
  sync: async (options) => await (await loadOperations()).syncCollection(services, collection, options),
})
