import { CardeaError, isCardeaError } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'

/**
 * Runs a transaction that writes a record.
 *
 * @throws CardeaError `conflict` for a unique field whose value another record has; it names the field, never the value.
 */
export async function writeAccount<Result>(
  services: Services,
  work: (transaction: StorageOperations) => Promise<Result>,
): Promise<Result> {
  try {
    return await services.storage.transaction(work)
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'A value that has to be unique is taken.', {
      issues: [{ path: error.constraint?.key ?? '', code: 'taken', message: 'is taken' }],
      cause: error,
    })
  }
}
