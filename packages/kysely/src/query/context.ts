import type { Clock } from '@cardea/core/crypto'
import type { SqlDialect } from '../dialect/dialect.js'
import type { Names } from '../dialect/names.js'

/** What statements are made of: the dialect, the names in the database, and the clock where it is not the database's. */
export interface QueryContext {
  readonly dialect: SqlDialect
  readonly names: Names
  readonly clock: Clock
}
