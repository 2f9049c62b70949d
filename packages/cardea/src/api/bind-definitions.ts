import type { CollectionSnapshot } from '../collections/collection-snapshot.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { DefinitionsApi } from './cardea.js'
import type { Authentication } from './sign-in.js'

/** Definitions of collections, as they are and as they are made. */
export function bindDefinitions(services: Services): DefinitionsApi {
  const { collections } = services
  /** With versions that came with the request's own read, that was all that had to be asked. */
  const fresh = async (seen: Authentication | undefined): Promise<CollectionSnapshot> =>
    seen?.versions === undefined ? await collections.latest() : await collections.at(seen.versions.config)
  return Object.freeze<DefinitionsApi>({
    create: async (input) => await (await loadOperations()).createCollection(services, input),
    change: async (name, input) => await (await loadOperations()).changeCollection(services, name, input),
    plan: async (name, input) => await (await loadOperations()).planChange(services, name, input),
    remove: async (name, options) => await (await loadOperations()).removeCollection(services, name, options),
    list: async (seen) => [...(await fresh(seen)).infos.values()],
    find: async (name, seen) => (await fresh(seen)).infos.get(name),
    refresh: async () => {
      const before = collections.current
      return (await collections.latest()) !== before
    },
  })
}
