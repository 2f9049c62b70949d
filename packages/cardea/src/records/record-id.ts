import { type AnyCollection, type AuthCollection, isMapped } from '@cardea/collections'
import { isRecordId } from '@cardea/collections/later'
import { CardeaError, matches } from '@cardea/core'
import { findPrincipal } from '@cardea/identity'
import { principals, type StorageOperations } from '@cardea/storage'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'

/**
 * The id of a record as it came with a request, once it is known that a record of the collection can have it.
 *
 * @throws CardeaError `not_found`
 */
export function recordIdIn(collection: AnyCollection, id: string): string {
  if (isRecordId(collection, id)) return id
  throw noSuchRecord()
}

/**
 * The principal that a record of an auth collection is: both have one id, but in a table of the app's.
 *
 * @returns Undefined for a row of such a table that has no principal yet.
 */
export async function principalIdOf(
  storage: StorageOperations,
  collection: AuthCollection,
  recordId: string,
): Promise<string | undefined> {
  if (!isMapped(collection)) return recordId
  const where = matches({ collection: collection.name, record_key: recordId })
  return (await storage.findOne(principals, { where }))?.id
}

/**
 * The record that a principal is, by one statement where it is a row of the app's table.
 *
 * @throws CardeaError `unauthenticated` for a principal that is gone.
 */
export async function recordIdOf(
  { collections, storage }: Services,
  { collection: name, principalId }: Authentication,
): Promise<string> {
  const collection = collections.current.registry.get(name)
  if (collection === undefined || !isMapped(collection)) return principalId
  const principal = await findPrincipal(storage, principalId)
  if (principal === undefined) throw new CardeaError('unauthenticated', 'Sign in first.')
  return principal.recordKey
}

export const noSuchRecord = (): CardeaError => new CardeaError('not_found', 'There is no such record.')
