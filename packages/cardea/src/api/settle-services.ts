import { settleAfter } from '../audit/settle-after.js'
import type { BoundServices } from './bind-services.js'
import type { AnyAuthCollectionApi } from './cardea.js'

/** The services of a transaction, each of whose calls writes in it what it has to leave there before it resolves. */
export function settleServices(services: BoundServices, settle: () => Promise<void>): BoundServices {
  const bound = new WeakMap<AnyAuthCollectionApi, AnyAuthCollectionApi>()
  const settling = (api: AnyAuthCollectionApi | undefined): AnyAuthCollectionApi | undefined => {
    if (api === undefined) return undefined
    const known = bound.get(api) ?? settleAfter(api, settle)
    bound.set(api, known)
    return known
  }
  return {
    ...settleAfter(services, settle),
    collection: (name) => settling(services.collection(name)),
    findCollection: async (name) => settling(await services.findCollection(name)),
    recordsOf: async (...input) => {
      const records = await services.recordsOf(...input)
      return records && settleAfter(records, settle)
    },
  }
}
