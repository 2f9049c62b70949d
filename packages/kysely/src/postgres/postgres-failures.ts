import type { Failure } from '../dialect/failure.js'

/** What drivers put into the errors of the server: `pg` calls it `constraint`, postgres.js `constraint_name`. */
interface ServerError extends Error {
  readonly code?: unknown
  readonly severity?: unknown
  readonly detail?: unknown
  readonly table?: unknown
  readonly table_name?: unknown
  readonly column?: unknown
  readonly column_name?: unknown
  readonly constraint?: unknown
  readonly constraint_name?: unknown
}

const conflicts: ReadonlySet<string> = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '26000', // invalid_sql_statement_name: a pooler gave a connection that does not know the prepared statement
  '42P05', // duplicate_prepared_statement: or one that knows it already
])

const outdated: ReadonlySet<string> = new Set([
  '42P01', // undefined_table
  '42703', // undefined_column
  '3F000', // invalid_schema_name
])

/** Data exceptions, not_null_violation and check_violation. */
const misfits = /^(?:22...|23502|23514)$/

/** Codes of which the server, the network or an administrator is the cause. */
const unavailable: readonly RegExp[] = [
  /^08/, // connection_exception
  /^28/, // invalid_authorization_specification
  /^3D/, // invalid_catalog_name
  /^53/, // insufficient_resources
  /^57/, // operator_intervention: shutdown, crash, cancelled statements
  /^58/, // system_error
  /^25006$/, // read_only_sql_transaction
  /^25P03$/, // idle_in_transaction_session_timeout
  /^25P04$/, // transaction_timeout
  /^E(AI_AGAIN|CONNABORTED|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|TIMEDOUT)$/,
  /^CONNECT/, // postgres.js
]

const lostMessages =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|query read timeout|not queryable|calling end on the pool|already been destroyed|has been discarded|connection (ended|closed)/i

/**
 * What an error of PostgreSQL means, whichever driver gave it.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function postgresFailureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'unknown' }
  const { code, severity } = error as ServerError
  if (typeof code === 'string') {
    if (code === '23505') return uniqueViolationOf(error)
    // 23001 since PostgreSQL 18, for ON DELETE RESTRICT.
    if (code === '23503' || code === '23001') return { kind: 'foreign_key_violation' }
    if (misfits.test(code)) return misfitOf(error)
    if (conflicts.has(code)) return { kind: 'transaction_conflict' }
    if (outdated.has(code)) return { kind: 'schema_outdated' }
    if (unavailable.some((pattern) => pattern.test(code))) return { kind: 'unavailable' }
    // Whatever it was, it has ended the connection: that is never about a statement of ours.
    if (severity === 'FATAL' || severity === 'PANIC') return { kind: 'unavailable' }
  }
  return lostMessages.test(error.message) ? { kind: 'unavailable' } : { kind: 'unknown' }
}

/** Whether the connection was lost, so that a read may be tried on another one. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as ServerError
  if (typeof code === 'string' && /^(57P0[123]|08...|ECONNRESET|EPIPE)$/.test(code)) return true
  return /connection terminated|not queryable/i.test(error.message)
}

/** Whether a pooler between us and the server loses prepared statements. */
export function isPreparedStatementLost(error: unknown): boolean {
  const { code } = error instanceof Error ? (error as ServerError) : {}
  return code === '26000' || code === '42P05'
}

/** The error without the values that the server puts into its details, and into the message of malformed input. */
export function withoutValues(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return undefined
  const error = thrown as ServerError
  // Only the server's errors have a severity.
  if (typeof error.severity !== 'string' || typeof error.code !== 'string') return thrown
  const message = error.code.startsWith('22') ? 'malformed value' : error.message
  const { code, severity } = error
  return Object.assign(new Error(message), { name: 'DatabaseError', code, severity, ...objectsOf(error) })
}

function objectsOf(error: ServerError): Record<string, unknown> {
  const { table = error.table_name, constraint = error.constraint_name } = error
  return { table, constraint }
}

function misfitOf({ column_name: name, column = name }: ServerError): Failure {
  return { kind: 'misfit', column: typeof column === 'string' ? column : undefined }
}

function uniqueViolationOf(error: ServerError): Failure {
  const { table, constraint } = objectsOf(error)
  // Key (collection, record_key)=(…) already exists.
  const columns = typeof error.detail === 'string' ? /^Key \((.+?)\)=/.exec(error.detail)?.[1] : undefined
  return {
    kind: 'unique_violation',
    table: typeof table === 'string' ? table : undefined,
    index: typeof constraint === 'string' ? constraint : undefined,
    columns: columns?.split(', ').map((column) => column.replaceAll('"', '')),
  }
}
