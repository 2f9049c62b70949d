import { type AnyCollection, collectionRegistry, relationsOf } from '@cardea/collections'
import { principalsInRules, unfitRules } from '@cardea/collections/later'
import { CardeaError, eq, isCardeaError } from '@cardea/core'
import { collections as collectionTable, type StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { collectionOf } from './stored-collections.js'

/**
 * Makes sure that collections fit together: what relates to another finds it, and none relates back.
 *
 * @throws CardeaError `conflict`.
 */
export function requireFitting(
  { tablePrefix }: Pick<Services, 'tablePrefix'>,
  collections: readonly AnyCollection[],
  placeOf: (field: string) => string = (field) => field,
): void {
  try {
    collectionRegistry(collections, tablePrefix === undefined ? {} : { tablePrefix })
  } catch (error) {
    if (!isCardeaError(error, 'configuration_invalid')) throw error
    const issues = (error.issues ?? []).map(({ path, ...issue }) => {
      const field = /\.fields\.([a-z0-9_]+)/.exec(path)?.[1]
      return { ...issue, path: field === undefined ? path : placeOf(field) }
    })
    throw new CardeaError('conflict', 'The collection would not fit in with the others.', { issues, cause: error })
  }
}

/**
 * Makes sure that the rules of a collection are for principals of collections that there are.
 *
 * @throws CardeaError `conflict`.
 */
export function requireFitRules(collection: AnyCollection, collections: readonly AnyCollection[]): void {
  const issues = unfitRules(collection, (name) => collections.find((each) => each.name === name))
  if (issues.length === 0) return
  throw new CardeaError('conflict', 'The collection would not fit in with the others.', { issues })
}

/**
 * The collections that are served as the database has them now: those of code, and stored ones that can be understood. Whoever
 * holds the row of versions keeps them so until its transaction ends.
 */
export async function servedNow(
  { collections }: Services,
  transaction: StorageOperations,
): Promise<readonly AnyCollection[]> {
  const rows = await transaction.find(collectionTable, {
    where: eq('state', 'ready'),
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit: 'all',
  })
  const stored = rows.flatMap((row) => {
    try {
      return [collectionOf(row)]
    } catch {
      return []
    }
  })
  const code = collections.code.registry.list()
  const names = new Set(code.map(({ name }) => name))
  return [...code, ...stored.filter(({ name }) => !names.has(name))]
}

/** Names of collections that relate to one, or have rules for its principals; itself aside. */
export const relatingTo = (name: string, collections: readonly AnyCollection[]): readonly string[] =>
  collections
    .filter(
      (each) =>
        each.name !== name &&
        (relationsOf(each).some(({ target }) => target === name) ||
          principalsInRules(each).some(({ collection }) => collection === name)),
    )
    .map((each) => each.name)
