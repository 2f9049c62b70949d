import type { PinnedSession, SqlSession } from '../driver/sql-driver.js'
import type { SchemaDialect } from './schema-dialect.js'

/** A statement before the first migration. */
export interface Preparation {
  /** What it does, for people. */
  readonly summary: string
  readonly sql: string
}

/** What migrations need of a database beside its statements. */
export interface MigrationEnvironment {
  /** Finds out where the tables are. */
  open(session: SqlSession): Promise<SchemaDialect>
  /** What has to be done before the first table of all can be made; nothing, where this is absent. */
  prepare?(session: SqlSession): Promise<readonly Preparation[]>
  /**
   * Runs work while no other process migrates.
   *
   * @throws CardeaError `unavailable` when another one does not end within `patienceMilliseconds`.
   */
  locked<Result>(session: PinnedSession, work: () => Promise<Result>, patienceMilliseconds: number): Promise<Result>
  /**
   * Runs the statements of one migration: all or nothing, where the database can do that for its schema.
   *
   * @param migration Whether it may write a table anew, and for how long it may be tried again while others use its tables.
   */
  atomically(
    session: PinnedSession,
    work: () => Promise<void>,
    migration: { readonly rewrites: boolean; readonly patienceMilliseconds: number },
  ): Promise<void>
  /** Runs one statement of a migration, and tries for so long where it is not part of a transaction. */
  change(session: PinnedSession, sql: string, patienceMilliseconds: number): Promise<void>
}
