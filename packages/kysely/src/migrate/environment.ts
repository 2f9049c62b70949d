import type { PinnedSession, SqlSession } from '../driver/sql-driver.js'
import type { SchemaDialect } from './schema-dialect.js'

/** What migrations need of a database beside its statements. */
export interface MigrationEnvironment {
  /** Finds out where the tables are. */
  open(session: SqlSession): Promise<SchemaDialect>
  /** Runs work while no other process migrates. */
  locked<Result>(session: PinnedSession, work: () => Promise<Result>): Promise<Result>
  /**
   * Runs the statements of one migration: all or nothing, where the database can do that for its schema.
   *
   * @param migration Whether it may write a table anew.
   */
  atomically(
    session: PinnedSession,
    work: () => Promise<void>,
    migration: { readonly rewrites: boolean },
  ): Promise<void>
  /** Runs one statement of a migration. */
  change(session: PinnedSession, sql: string): Promise<void>
}
