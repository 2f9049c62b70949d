import type { AnyCollection } from '@cardea/collections'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { AnyRecordsApi } from './records.js'

/** The records of one collection. */
export function bindRecords(services: Services, collection: AnyCollection): AnyRecordsApi {
  return Object.freeze<AnyRecordsApi>({
    collection,
    list: async (query = {}, options = {}) =>
      await (await loadOperations()).listRecords(services, collection, query, options),
    count: async (query = {}, options = {}) =>
      await (await loadOperations()).countRecords(services, collection, query, options),
    view: async (id, options = {}) => await (await loadOperations()).viewRecord(services, collection, id, options),
    create: async (input, options = {}) =>
      await (await loadOperations()).createRecord(services, collection, input, options),
    update: async (id, patch, options = {}) =>
      await (await loadOperations()).updateRecord(services, collection, { id, patch }, options),
    delete: async (id, options = {}) => {
      await (await loadOperations()).deleteRecord(services, collection, id, options)
    },
    deleteMany: async (query, options = {}) =>
      await (await loadOperations()).deleteRecords(services, collection, query, options),
    async *export(query, options = {}) {
      yield* (await loadOperations()).exportRecords(services, collection, query, options)
    },
  })
}
