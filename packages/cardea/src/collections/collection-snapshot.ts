import {
  type AnyCollection,
  type CollectionRegistry,
  collectionRegistry,
  isAuthCollection,
  type RegistryOptions,
} from '@cardea/collections'
import { noSettings, type StoredSettings } from '../settings/stored-settings.js'
import type { FormerNames } from './former-names.js'

/** A collection, and where it comes from. */
export interface CollectionInfo {
  readonly collection: AnyCollection
  /** Whether code defines it, so that it cannot be changed at run time. */
  readonly system: boolean
  /** Null for one that code defines, as are the instants (milliseconds). */
  readonly id: string | null
  /** Counts changes of the definition, from 1 up. */
  readonly version: number
  readonly createdAt: number | null
  readonly updatedAt: number | null
  /** What fields were called before, the last name first, by the names that they have. Empty for one that code defines. */
  readonly formerNames: FormerNames
}

/** All collections and their stored settings as of one version of them. Never changed: a newer one takes its place as a whole. */
export interface CollectionSnapshot {
  /** The `config_version` it is true for; below 0 before anything was read. */
  readonly version: number
  readonly registry: CollectionRegistry
  /** By name, those of code first. */
  readonly infos: ReadonlyMap<string, CollectionInfo>
  /** Names of the collections whose records are principals. */
  readonly authNames: readonly string[]
  /** Settings that were changed at run time. */
  readonly settings: StoredSettings
}

/** @throws CardeaError `configuration_invalid` for collections that do not fit together. */
export function makeSnapshot(
  version: number,
  infos: readonly CollectionInfo[],
  options: RegistryOptions,
  settings: StoredSettings = noSettings,
): CollectionSnapshot {
  const collections = infos.map(({ collection }) => collection)
  return Object.freeze({
    version,
    registry: collectionRegistry(collections, options),
    infos: new Map(infos.map((info) => [info.collection.name, info])),
    authNames: Object.freeze(collections.filter(isAuthCollection).map(({ name }) => name)),
    settings,
  })
}

/** What is known of a collection that code defines. */
export const codeInfo = (collection: AnyCollection): CollectionInfo =>
  Object.freeze({ collection, system: true, id: null, version: 1, createdAt: null, updatedAt: null, formerNames: {} })
