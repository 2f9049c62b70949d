import { databaseKinds } from '../databases.js'
import type { ObservedKind } from './observed-database.js'
import { observedMysql } from './observed-mysql.js'
import { observedPostgres } from './observed-postgres.js'
import { observedSqlite } from './observed-sqlite.js'

/** The kinds that can be tested here. With CI set, a missing server is a failure. */
export const observedKinds: readonly ObservedKind[] = [observedSqlite, observedPostgres, observedMysql].filter(
  ({ name }) => databaseKinds.some((kind) => kind.name === name),
)
