import type { SettingName } from '@cardea/collections/later'
import type { Authentication } from './sign-in.js'

/**
 * Where a setting comes from: it was stored for the collection, or for all (`global`); code says so, in the collection's
 * `definition` or in the `options` of the instance; or nobody does.
 */
export type SettingSource = 'collection' | 'definition' | 'global' | 'options' | 'default'

/** Names of collections, by setting. */
export type SettingOverrides = { readonly [Name in SettingName]?: readonly string[] }

/** Settings as they are in force, by their names in the API. */
export interface SettingsView {
  readonly values: Readonly<Record<SettingName, unknown>>
  readonly sources: Readonly<Record<SettingName, SettingSource>>
  /** Of what all collections inherit: the names of those that do not, because they have a value of their own. */
  readonly overrides?: SettingOverrides
}

/** Which settings are changed, and by whom. */
export interface SettingsChange {
  /** The name of an auth collection. Default: those that all collections inherit. */
  readonly collection?: string | undefined
  /** Who asks, for the audit. Nobody's rights are looked at: the routes ask for `config:update`. */
  readonly by?: Authentication
}

/** Settings of signing up and in, which can be changed at run time: docs/settings.md names them. */
export interface SettingsApi {
  /**
   * Settings as they are in force. Without a collection, what all of them inherit.
   *
   * @param options.seen Who asks: with the versions of that read, no statement is needed.
   * @throws CardeaError `not_found` for a collection that there is not, or whose records do not sign in.
   */
  find(options?: {
    readonly collection?: string | undefined
    readonly seen?: Authentication | undefined
  }): Promise<SettingsView>

  /**
   * Changes settings, all of them or none. Every node acts by them with its next request; sessions that there are keep their
   * lifetimes until they are refreshed.
   *
   * @param changes Values by the names of the settings; null has one inherited again.
   * @returns The settings as they are in force from now on.
   * @throws CardeaError `invalid_request` for a value out of bounds and for what would leave `users` no way in;
   * `unknown_field`, `not_found`, `session_revoked`, `unavailable`.
   */
  change(changes: Readonly<Record<string, unknown>>, options?: SettingsChange): Promise<SettingsView>
}
