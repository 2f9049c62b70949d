import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { SettingsApi } from './settings.js'

/** Settings as they are in force and as they are changed. */
export function bindSettings(services: Services): SettingsApi {
  const { collections } = services
  return Object.freeze<SettingsApi>({
    find: async ({ collection, seen } = {}) => {
      const snapshot =
        seen?.versions === undefined ? await collections.latest() : await collections.at(seen.versions.config)
      return (await loadOperations()).showSettings(services, snapshot, collection)
    },
    change: async (changes, options = {}) => await (await loadOperations()).changeSettings(services, changes, options),
  })
}
