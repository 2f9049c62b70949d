import { type AnyCollection, defineStored, relationsOf, type StoredDefinition, tableName } from '@cardea/collections'
import { CardeaError, eq } from '@cardea/core'
import {
  authz,
  collections as collectionTable,
  type FindOneQuery,
  type FindQuery,
  type RowOf,
  type StorageOperations,
} from '@cardea/storage'
import type { Logger } from '../options/logger.js'
import { findSettings, type StoredSettings, settingsOf } from '../settings/stored-settings.js'
import { type CollectionInfo, type CollectionSnapshot, codeInfo, makeSnapshot } from './collection-snapshot.js'
import type { StoredFormerNames } from './former-names.js'

export type CollectionRecord = RowOf<typeof collectionTable>

/** What collections are put together from. */
export interface CollectionSource {
  /** Those that code defines. */
  readonly code: readonly AnyCollection[]
  readonly tablePrefix: string | undefined
  readonly logger: Logger
}

const versionRow: FindOneQuery<typeof authz> = { where: eq('id', 'authz') }
const readyRows: FindQuery<typeof collectionTable> = {
  where: eq('state', 'ready'),
  orderBy: [{ field: 'id', direction: 'asc' }],
  limit: 'all',
}

const maximumTries = 3

/** The version that settings and definitions have now: one read by a key. */
export async function readConfigVersion(operations: StorageOperations): Promise<number> {
  const row = await operations.findOne(authz, versionRow)
  if (row !== undefined) return row.config_version
  throw new CardeaError('schema_outdated', 'the one row of cardea_authz is missing: migrate the database')
}

/**
 * Reads all definitions, and all settings that were stored. The version is read again after the rows: when it is the same, no change was committed in
 * between and the rows belong together.
 *
 * @param from.version The version that the database was seen to have.
 * @param from.previous What is taken over where it is still the same.
 * @throws CardeaError `unavailable` when it changed during each of three tries.
 */
export async function loadSnapshot(
  operations: StorageOperations,
  source: CollectionSource,
  from: { readonly version: number; readonly previous: CollectionSnapshot },
): Promise<CollectionSnapshot> {
  let expected = from.version
  for (let tries = 0; tries < maximumTries; tries += 1) {
    const rows = await operations.find(collectionTable, readyRows)
    const settings = await findSettings(operations)
    const after = await readConfigVersion(operations)
    if (after === expected) {
      const stored = settingsOf(settings, source.logger)
      return putTogether(source, rows, { ...from, version: expected, settings: stored })
    }
    expected = after
  }
  throw new CardeaError('unavailable', 'collections: they keep changing while they are read', { retryAfterSeconds: 1 })
}

/** The collection that a row defines. @throws CardeaError `configuration_invalid` when it cannot be understood. */
export function collectionOf({ name, table_name: table, definition }: CollectionRecord): AnyCollection {
  const { formerNames: _names, ...whole } = definition as StoredDefinition & StoredFormerNames
  // Whatever it is, it is checked like any other definition.
  return defineStored(name, { ...whole, table })
}

/**
 * Code comes first: a stored definition of the same name or table is left alone. One that cannot be used takes only
 * those along that relate to it; nobody else has to suffer.
 */
function putTogether(
  { code, tablePrefix, logger }: CollectionSource,
  rows: readonly CollectionRecord[],
  {
    version,
    previous,
    settings,
  }: { readonly version: number; readonly previous: CollectionSnapshot; readonly settings: StoredSettings },
): CollectionSnapshot {
  const options = { previous: previous.registry, ...(tablePrefix === undefined ? {} : { tablePrefix }) }
  const names = new Set(code.map(({ name }) => name))
  const tables = new Set(code.map((collection) => tableName(collection, tablePrefix)))
  const stored: CollectionInfo[] = []
  const leaveOut = (name: string, reason: string): void => {
    logger.warn(`collections: ${name}, which was defined at run time, is not served: ${reason}`)
  }
  for (const row of rows) {
    if (names.has(row.name)) leaveOut(row.name, 'code defines a collection of this name')
    else if (tables.has(row.table_name)) leaveOut(row.name, 'a collection of code has its table')
    else {
      const info = infoOf(row, previous)
      if (typeof info === 'string') leaveOut(row.name, info)
      else stored.push(info)
    }
  }
  const usable = withTheirTargets(stored, names, leaveOut)
  try {
    return makeSnapshot(version, [...code.map(codeInfo), ...usable], options, settings)
  } catch (error) {
    logger.error('collections: those of run time do not fit together and are not served', { error })
    return makeSnapshot(version, code.map(codeInfo), options, settings)
  }
}

/** What is known of a stored collection: the same object as before while its row is the same. */
function infoOf(row: CollectionRecord, previous: CollectionSnapshot): CollectionInfo | string {
  const known = previous.infos.get(row.name)
  if (known?.id === row.id && known.version === row.version) return known
  try {
    return newInfo(row)
  } catch (error) {
    return error instanceof Error ? error.message : 'its definition cannot be understood'
  }
}

/** @throws CardeaError `configuration_invalid` when its definition cannot be understood. */
export function newInfo(row: CollectionRecord): CollectionInfo {
  return Object.freeze({
    collection: collectionOf(row),
    system: false,
    id: row.id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    formerNames: (row.definition as StoredFormerNames).formerNames ?? {},
  })
}

function withTheirTargets(
  stored: readonly CollectionInfo[],
  code: ReadonlySet<string>,
  leaveOut: (name: string, reason: string) => void,
): readonly CollectionInfo[] {
  const names = new Set([...code, ...stored.map(({ collection }) => collection.name)])
  const usable = stored.filter(({ collection }) => {
    const missing = relationsOf(collection).find(({ target }) => !names.has(target))
    if (missing !== undefined) leaveOut(collection.name, `${missing.target}, to which it relates, is not there`)
    return missing === undefined
  })
  return usable.length === stored.length ? usable : withTheirTargets(usable, code, leaveOut)
}
