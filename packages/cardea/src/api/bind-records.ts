import type { AnyCollection } from '@cardea/collections'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { AnyRecordsApi } from './records.js'

type Operations = Awaited<ReturnType<typeof loadOperations>>

/** The records of one collection. */
export function bindRecords(services: Services, collection: AnyCollection): AnyRecordsApi {
  const bind =
    (name: keyof Operations) =>
    async (...input: readonly unknown[]): Promise<unknown> =>
      (await Reflect.apply((await loadOperations())[name], undefined, [services, collection, ...input])) as unknown
  const api = {
    collection,
    list: bind('listRecords'),
    count: bind('countRecords'),
    view: bind('viewRecord'),
    create: bind('createRecord'),
    update: bind('updateRecord'),
    delete: bind('deleteRecord'),
    deleteMany: bind('deleteRecords'),
    async *export(...input: Parameters<AnyRecordsApi['export']>) {
      yield* (await loadOperations()).exportRecords(services, collection, ...input)
    },
  }
  // Each takes what its operation takes besides services and collection, and gives what that gives.
  return Object.freeze(api) as unknown as AnyRecordsApi
}
