import type { AnyCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'

/**
 * The id of a record as it came with a request, once it is known that a record of the collection can have it.
 *
 * @throws CardeaError `not_found`
 */
export function recordIdIn(_collection: AnyCollection, id: string): string {
  if (isUuid(id)) return id
  throw noSuchRecord()
}

/** The principal that a record of an auth collection is: of managed collections, both have one id. */
export const principalIdOf = (recordId: string): string => recordId

/** The record that a principal is. */
export const recordIdOf = (principalId: string): string => principalId

export const noSuchRecord = (): CardeaError => new CardeaError('not_found', 'There is no such record.')
