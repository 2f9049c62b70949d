import { hasTestServer } from '@cardea/kysely/testkit'
import type { ObservedKind } from './observed-database.js'
import { observedMysql } from './observed-mysql.js'
import { observedPostgres } from './observed-postgres.js'
import { observedSqlite } from './observed-sqlite.js'

/** The kinds that can be tested here. With CI set, a missing server is a failure. */
export const observedKinds: readonly ObservedKind[] = [
  observedSqlite,
  ...((await hasTestServer('postgres')) ? [observedPostgres] : []),
  ...((await hasTestServer('mysql')) ? [observedMysql] : []),
]
