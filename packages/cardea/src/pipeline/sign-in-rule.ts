import type { AuthCollection, AuthSettings, CollectionRow } from '@cardea/collections'
import type { Clock } from '@cardea/core/crypto'
import { loadOperations } from '../later/load-operations.js'

/** Asks the rule as it is now. No statement: whoever asks has read the record anyway. */
export function createAdmission(
  settings: (collection: AuthCollection) => AuthSettings,
  clock: Clock,
): (collection: AuthCollection, record: CollectionRow) => Promise<boolean> {
  return async (collection, record) => {
    const { rule } = settings(collection).signIn
    if (typeof rule !== 'object' || rule === null) return rule === true
    return (await loadOperations()).meetsSignInRule(collection, rule, record, clock())
  }
}
