import { type AuthCollection, type AuthSettings, authSettings, type InheritedSettings } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { PasswordPolicy } from '@cardea/identity'
import type { LifetimeOptions } from '../options/options.js'
import type { Services } from '../services/services.js'
import type { StoredSettings } from './stored-settings.js'

/** What the options of an instance say of settings, from the three places that they have for them. */
export function settingsOfOptions(
  inherited: InheritedSettings = {},
  policy: Partial<PasswordPolicy>,
  lifetimes: LifetimeOptions = {},
): InheritedSettings {
  return Object.freeze({
    ...inherited,
    password: { ...policy, ...inherited.password },
    lifetimes: { ...lifetimes, ...inherited.lifetimes },
  })
}

/**
 * The settings of each collection as they are in force, put together once: a definition that has changed is another object, and
 * so are settings that were stored.
 */
export function rememberSettings(
  inherited: InheritedSettings,
  stored: () => StoredSettings,
): (collection: AuthCollection) => AuthSettings {
  let from = stored()
  let remembered = new WeakMap<AuthCollection, AuthSettings>()
  return (collection) => {
    const now = stored()
    if (now !== from) {
      from = now
      remembered = new WeakMap()
    }
    const known = remembered.get(collection)
    if (known !== undefined) return known
    const settings = authSettings(collection, inherited, { all: now.all, own: now.of.get(collection.name) })
    remembered.set(collection, settings)
    return settings
  }
}

/**
 * The settings of a collection as they are now: one statement, for what nobody has signed in to do and no other read comes first
 * that would bring their version along.
 */
export async function latestSettings(services: Services, collection: AuthCollection): Promise<AuthSettings> {
  return services.settings(await latestOf(services, collection))
}

/** The collection as it is defined now, by the same statement: whoever looked it up may have kept it. @throws CardeaError `not_found` */
export async function latestOf({ collections }: Services, collection: AuthCollection): Promise<AuthCollection> {
  return await collections.renew(collection, (await collections.latest()).version)
}

/**
 * Refuses what the settings do not allow. Where they do as far as is known, nothing is read: what follows brings their version
 * along. Where they do not, it is made sure of.
 *
 * @throws CardeaError `method_disabled`.
 */
export async function assertAllowed(
  services: Services,
  collection: AuthCollection,
  allowed: (settings: AuthSettings) => boolean,
  refusal: string,
): Promise<void> {
  if (allowed(services.settings(collection))) return
  if (!allowed(await latestSettings(services, collection))) throw new CardeaError('method_disabled', refusal)
}

/** The same as of now. @throws CardeaError `method_disabled`. */
export async function assertAllowedNow(
  services: Services,
  collection: AuthCollection,
  allowed: (settings: AuthSettings) => boolean,
  refusal: string,
): Promise<void> {
  if (!allowed(await latestSettings(services, collection))) throw new CardeaError('method_disabled', refusal)
}
