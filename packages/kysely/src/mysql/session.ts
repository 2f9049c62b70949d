import { CardeaError } from '@cardea/core'

/** Of the connection, in the protocol: an update answers how many rows it found, not how many it changed. */
const foundRowsFlag = 2

/**
 * The statements that set up a connection of our own. Whatever the server has as its defaults, texts that do not fit are
 * errors, transactions are READ COMMITTED, and the server itself gives up what we no longer wait for.
 *
 * Each server takes one of the comments for a part of the statement: `M!` is read by MariaDB alone, `!80000` by MySQL 8.
 *
 * @param limit Milliseconds for one statement.
 */
export function setUpStatements(limit: number): readonly string[] {
  // Shorter than our own limit: a statement that the server cancels costs no connection.
  const milliseconds = Math.ceil(limit * 0.9)
  const idleSeconds = Math.max(10, Math.ceil(limit / 1_000))
  return [
    'set session transaction isolation level read committed',
    [
      `set session sql_mode = '${sqlMode}', autocommit = 1, foreign_key_checks = 1, unique_checks = 1`,
      ', sql_safe_updates = 0, sql_select_limit = default',
      `, innodb_lock_wait_timeout = ${Math.max(1, Math.floor(milliseconds / 1_000))}`,
      ` /*M! , max_statement_time = ${milliseconds / 1_000}, idle_transaction_timeout = ${idleSeconds} */`,
      // MySQL has no limit for idle transactions: without this, one whose client is gone holds its locks for eight hours.
      ` /*!80000 , max_execution_time = ${milliseconds}, wait_timeout = 600 */`,
    ].join(''),
  ]
}

/** Backslashes escape in it, which the literals of our own statements count on. */
export const sqlMode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

/** @throws CardeaError `configuration_invalid` when an update would answer how many rows it changed. */
export function requireFoundRowsFlag(config: { readonly clientFlags?: unknown }): void {
  const { clientFlags } = config
  if (typeof clientFlags === 'number' && (clientFlags & foundRowsFlag) === 0) throw foundRowsMissing()
}

export const foundRowsMissing = (): CardeaError =>
  new CardeaError('configuration_invalid', "mysql: the pool was made with flags: ['-FOUND_ROWS']; take that away")
