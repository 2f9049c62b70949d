import type { FailureReader } from '../dialect/failure.js'
import type { QueryContext } from '../query/context.js'
import type { Plans } from '../query/plans.js'

/** What all verbs of one storage have in common, inside and outside of transactions. */
export interface StorageParts {
  readonly context: QueryContext
  readonly plans: Plans
  readonly failures: FailureReader
}
