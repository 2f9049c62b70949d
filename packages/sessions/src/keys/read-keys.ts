import { eq } from '@cardea/core'
import { keys, type StorageOperations } from '@cardea/storage'
import { type KeyRow, keyPurpose } from './key-pair.js'

/** All keys, the first first: a few, since those that are over go after a week. */
export const readKeys = (operations: StorageOperations): Promise<readonly KeyRow[]> => operations.find(keys, byPurpose)

/** Kept, so that it is prepared once. */
const byPurpose = {
  where: eq('purpose', keyPurpose),
  orderBy: [{ field: 'not_before', direction: 'asc' }],
  limit: 'all',
} as const
