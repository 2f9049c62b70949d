import { type AnyCollection, isAuthCollection } from '@cardea/collections'
import { presentSettings, settingNames } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'
import type { SettingOverrides, SettingsView } from '../api/settings.js'
import type { CollectionSnapshot } from '../collections/collection-snapshot.js'
import type { Services } from '../services/services.js'

/** Settings as they are in force, of a collection or (without one) as all collections inherit them. */
export function showSettings(services: Services, snapshot: CollectionSnapshot, name: string | undefined): SettingsView {
  const { all, of } = snapshot.settings
  const inherited = [['global', all] as const, ['options', services.optionSettings] as const]
  if (name === undefined) return { ...presentSettings(inherited), overrides: overridesOf(snapshot) }
  const { auth } = authCollectionOf(snapshot.registry.get(name))
  return presentSettings([['collection', of.get(name) ?? {}], ['definition', auth], ...inherited])
}

/** Where a change for all changes nothing: a collection's own value wins, whoever gave it. */
function overridesOf({ registry, settings }: CollectionSnapshot): SettingOverrides {
  const own = registry
    .list()
    .filter(isAuthCollection)
    .map(({ name, auth }) => {
      const { sources } = presentSettings([
        ['collection', settings.of.get(name) ?? {}],
        ['definition', auth],
      ])
      return { name, sources }
    })
  const overriding = settingNames.map((setting) => {
    const names = own.filter(({ sources }) => sources[setting] !== 'default').map(({ name }) => name)
    return [setting, names] as const
  })
  return Object.fromEntries(overriding.filter(([, names]) => names.length > 0))
}

/** @throws CardeaError `not_found` for one that there is not, or whose records do not sign in. */
export function authCollectionOf(collection: AnyCollection | undefined) {
  if (collection !== undefined && isAuthCollection(collection)) return collection
  throw new CardeaError('not_found', 'There is no such collection, or nobody signs in to it.')
}
