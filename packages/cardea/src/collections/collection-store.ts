import { type AnyCollection, type AuthCollection, isAuthCollection, isCollectionName } from '@cardea/collections'
import { CardeaError, isCardeaError } from '@cardea/core'
import type { Storage, Table } from '@cardea/storage'
import { createSharedRead } from '../services/shared-read.js'
import { type CollectionSnapshot, codeInfo, makeSnapshot } from './collection-snapshot.js'
import { type CollectionSource, loadSnapshot, readConfigVersion } from './stored-collections.js'

/** The collections of an instance: those of code, and those defined at run time as they are now. */
export interface CollectionStore {
  /** Those of code alone. */
  readonly code: CollectionSnapshot
  /** What is in memory: replaced as a whole, never changed. */
  readonly current: CollectionSnapshot
  /**
   * The collections at a version that a request saw, or later ones. No statement while the version is known.
   *
   * @throws CardeaError `unavailable` when they keep changing while they are read.
   */
  at(version: number): Promise<CollectionSnapshot>
  /** The collections as they are now: one statement while nothing changed. */
  latest(): Promise<CollectionSnapshot>
  /**
   * A collection by a name that came with a request, as it is now. One that code does not define costs one read by a key,
   * which all who ask at the same time share, since another node may have made, changed or removed it.
   */
  find(name: string): Promise<AnyCollection | undefined>
  /**
   * A collection as of a version that was seen after it was found.
   *
   * @throws CardeaError `not_found` when it is gone.
   */
  renew(collection: AuthCollection, version: number): Promise<AuthCollection>
  /** The table of a collection, also of one that has left since. */
  readonly table: (collection: AnyCollection) => Table
}

const maximumTries = 3

/** Reads nothing before it is asked. */
export function createCollectionStore(storage: Storage, source: CollectionSource): CollectionStore {
  const { tablePrefix } = source
  const code = makeSnapshot(-1, source.code.map(codeInfo), tablePrefix === undefined ? {} : { tablePrefix })
  const tables = new WeakMap<AnyCollection, Table>()
  const keep = (snapshot: CollectionSnapshot): void => {
    for (const collection of snapshot.registry.list()) tables.set(collection, snapshot.registry.table(collection))
  }
  keep(code)
  let current = code
  let loading: Promise<void> | undefined

  /** One load at a time. What it gives is newer than what was there, unless the database has another history now. */
  const load = (version: number): Promise<void> => {
    loading ??= loadSnapshot(storage, source, { version, previous: current })
      .then((snapshot) => {
        keep(snapshot)
        current = snapshot
      })
      .finally(() => {
        loading = undefined
      })
    return loading
  }
  const at = async (version: number): Promise<CollectionSnapshot> => {
    // A load that somebody else began may be older than what this request saw; then another one follows.
    for (let tries = 0; tries < maximumTries && current.version < version; tries += 1) await load(version)
    if (current.version >= version) return current
    throw new CardeaError('unavailable', 'collections: they keep changing while they are read', {
      retryAfterSeconds: 1,
    })
  }
  // Whoever has waited for a database that does not answer has waited long enough: another wait would be twice as long as an
  // answer may take.
  const readVersion = createSharedRead(
    () => readConfigVersion(storage),
    (error) => isCardeaError(error, 'unavailable'),
  )
  const latest = async (): Promise<CollectionSnapshot> => {
    const version = await readVersion()
    if (version < current.version) await load(version)
    return version === current.version ? current : await at(version)
  }
  return {
    code,
    get current() {
      return current
    },
    at,
    latest,
    find: async (name) => {
      const ofCode = code.registry.get(name)
      if (ofCode !== undefined || !isCollectionName(name)) return ofCode
      return (await latest()).registry.get(name)
    },
    renew: async (collection, version) => {
      const found = (await at(version)).registry.get(collection.name)
      if (found !== undefined && isAuthCollection(found)) return found
      throw new CardeaError('not_found', 'There is no such collection.')
    },
    table: (collection) => {
      const table = tables.get(collection)
      if (table !== undefined) return table
      throw new CardeaError('configuration_invalid', 'collections: this collection is not one of them')
    },
  }
}

/** The same inside a transaction of the app, which reads no definitions: they would come from another connection. */
export function frozenStore(store: CollectionStore): CollectionStore {
  const { code, current, table } = store
  const snapshot = Promise.resolve(current)
  return {
    code,
    current,
    table,
    at: () => snapshot,
    latest: () => snapshot,
    find: async (name) => current.registry.get(name),
    renew: async (collection) => collection,
  }
}
