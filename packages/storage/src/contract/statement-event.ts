/**
 * One statement that a storage ran, for logs and for counting statements.
 *
 * It never holds parameters, so it can be logged as it is.
 */
export interface StatementEvent {
  /** `transaction` for BEGIN, COMMIT, ROLLBACK and savepoints; they are not counted as statements. */
  readonly kind: 'statement' | 'transaction'
  /** The statement with placeholders; the memory adapter says in words what it did. */
  readonly sql: string
  /** How long the database took to answer, where the adapter measures it. */
  readonly durationMilliseconds?: number
}
