import type { Table } from '../schema/table.js'

/** How a migration runs. */
export interface MigrateOptions {
  /** Whether only to say what would be done. Default false. */
  readonly dryRun?: boolean
  /**
   * How long to wait for other migrations, and for whoever uses the tables, in milliseconds. Default 60,000; less for
   * what a request waits for. Holds for each lock by itself. From 1 up.
   */
  readonly patienceMilliseconds?: number
  /**
   * Whether the tables become exactly what they are said to be: columns, unique keys and indexes that migrations made and
   * that are no longer part of them are dropped, with what is in them; texts get a limit of length, or lose it. What no
   * migration made stays. Only for who has made sure that nobody needs any of it. Default false: nothing is taken away.
   */
  readonly exact?: boolean
  /**
   * Tables to drop with all their rows, after the others were migrated. One that is not there is passed over, so that it can
   * be done again; one that another table refers to is refused. Default none.
   */
  readonly drop?: readonly Table[]
}

/** One statement-sized change of the schema. */
export interface MigrationStep {
  /** The number of the migration that the step belongs to. */
  readonly number: number
  readonly table: string
  /** What the step does, for people. */
  readonly summary: string
  /** The statement as the dialect wants it; empty for the memory adapter. */
  readonly sql: string
}

/** What a migration did, or would do. */
export interface MigrationReport {
  readonly steps: readonly MigrationStep[]
  readonly dryRun: boolean
}

/** A way in which the database is not what the code needs. */
export interface SchemaProblem {
  readonly table: string
  readonly problem:
    | 'missing_table'
    | 'missing_column'
    | 'missing_unique_key'
    | 'missing_index'
    | 'missing_trigger'
    | 'different_column'
    | 'different_key'
    | 'foreign_table'
    | 'unfinished'
  /** `warning`: the code runs all the same, such as without an index. `error`: it fails, or a guard of the database is gone. */
  readonly severity: 'error' | 'warning'
  /** What is wrong, for people. */
  readonly message: string
  /** What to do about it; most often `migrate`. */
  readonly advice: string
}
