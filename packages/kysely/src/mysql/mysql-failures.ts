import type { Failure } from '../dialect/failure.js'

/** What mysql2 puts into its errors: a number only where they come from the server. */
interface ServerError extends Error {
  readonly code?: unknown
  readonly errno?: unknown
  readonly sqlState?: unknown
  readonly sqlMessage?: unknown
}

const foreignKeyViolations: ReadonlySet<number> = new Set([
  1216, // ER_NO_REFERENCED_ROW
  1217, // ER_ROW_IS_REFERENCED
  1451, // ER_ROW_IS_REFERENCED_2
  1452, // ER_NO_REFERENCED_ROW_2
])

const conflicts: ReadonlySet<number> = new Set([
  1020, // ER_CHECKREAD: MariaDB, a row changed since the snapshot of the transaction
  1205, // ER_LOCK_WAIT_TIMEOUT: ends the statement, not the transaction
  1213, // ER_LOCK_DEADLOCK: ends the transaction
  1614, // ER_XA_RBDEADLOCK
  3101, // ER_TRANSACTION_ROLLBACK_DURING_COMMIT: a cluster certified another transaction
  3572, // ER_LOCK_NOWAIT
])

const misfits: ReadonlySet<number> = new Set([
  1048, // ER_BAD_NULL_ERROR
  1264, // ER_WARN_DATA_OUT_OF_RANGE
  1265, // WARN_DATA_TRUNCATED: no member of an enumeration
  1292, // ER_TRUNCATED_WRONG_VALUE
  1364, // ER_NO_DEFAULT_FOR_FIELD
  1366, // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: no character of the column's set
  1406, // ER_DATA_TOO_LONG
  3819, // ER_CHECK_CONSTRAINT_VIOLATED
  4025, // ER_CONSTRAINT_FAILED: MariaDB's
])

const outdated: ReadonlySet<number> = new Set([
  1054, // ER_BAD_FIELD_ERROR
  1146, // ER_NO_SUCH_TABLE
])

/** Numbers of which the server, the network or an administrator is the cause. */
const unavailable: ReadonlySet<number> = new Set([
  1021, // ER_DISK_FULL
  1030, // ER_GET_ERRNO: of the storage engine, as on a full disk
  1037, // ER_OUTOFMEMORY
  1038, // ER_OUT_OF_SORTMEMORY
  1040, // ER_CON_COUNT_ERROR
  1041, // ER_OUT_OF_RESOURCES
  1044, // ER_DBACCESS_DENIED_ERROR
  1045, // ER_ACCESS_DENIED_ERROR
  1049, // ER_BAD_DB_ERROR
  1053, // ER_SERVER_SHUTDOWN
  1114, // ER_RECORD_FILE_FULL
  1129, // ER_HOST_IS_BLOCKED
  1130, // ER_HOST_NOT_PRIVILEGED
  1152, // ER_ABORTING_CONNECTION
  1158, // ER_NET_READ_ERROR
  1159, // ER_NET_READ_INTERRUPTED
  1160, // ER_NET_ERROR_ON_WRITE
  1161, // ER_NET_WRITE_INTERRUPTED
  1184, // ER_NEW_ABORTING_CONNECTION
  1203, // ER_TOO_MANY_USER_CONNECTIONS
  1206, // ER_LOCK_TABLE_FULL
  1226, // ER_USER_LIMIT_REACHED
  1290, // ER_OPTION_PREVENTS_STATEMENT: --read-only
  1297, // ER_GET_TEMPORARY_ERRMSG
  1317, // ER_QUERY_INTERRUPTED
  1461, // ER_MAX_PREPARED_STMT_COUNT_REACHED
  1698, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR: MariaDB's word for a user that there is not
  1792, // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  1836, // ER_READ_ONLY_MODE
  1927, // ER_CONNECTION_KILLED
  1969, // ER_STATEMENT_TIMEOUT: MariaDB, max_statement_time
  3024, // ER_QUERY_TIMEOUT: MySQL, max_execution_time
  3169, // ER_SESSION_WAS_KILLED
  4031, // ER_CLIENT_INTERACTION_TIMEOUT
])

const lostNumbers: ReadonlySet<number> = new Set([1053, 1152, 1927, 3169, 4031])
const lostCodes: ReadonlySet<string> = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'])

const networkCodes =
  /^(PROTOCOL_\w+|POOL_\w+|E(AI_AGAIN|CONNABORTED|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|TIMEDOUT)|HANDSHAKE_\w+)$/

const lostMessages = /closed state|connection lost/i
const poolMessages = /pool is closed|queue limit reached|no connections available|has already been destroyed/i

/**
 * What an error of MySQL or MariaDB means.
 *
 * @see https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
 * @see https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
export function mysqlFailureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'unknown' }
  const { code } = error as ServerError
  const number = numberOf(error)
  if (number !== undefined) {
    // 1586 where the server names the key, 1062 elsewhere.
    if (number === 1062 || number === 1586) return uniqueViolationOf(error)
    if (foreignKeyViolations.has(number)) return { kind: 'foreign_key_violation' }
    if (misfits.has(number)) return { kind: 'misfit', column: columnIn(error) }
    if (conflicts.has(number)) return { kind: 'transaction_conflict' }
    if (outdated.has(number)) return { kind: 'schema_outdated' }
    if (unavailable.has(number)) return { kind: 'unavailable' }
    return { kind: 'unknown' }
  }
  if (typeof code === 'string' && networkCodes.test(code)) return { kind: 'unavailable' }
  return lostMessages.test(error.message) || poolMessages.test(error.message)
    ? { kind: 'unavailable' }
    : { kind: 'unknown' }
}

/** Whether the connection was lost, so that a read may be tried on another one. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as ServerError
  const number = numberOf(error)
  if (number !== undefined) return lostNumbers.has(number)
  return (typeof code === 'string' && lostCodes.has(code)) || lostMessages.test(error.message)
}

/** Whether the server no longer knows a statement that was prepared, or wants it prepared again. */
export function isStatementLost(error: unknown): boolean {
  const number = error instanceof Error ? numberOf(error) : undefined
  // ER_UNKNOWN_STMT_HANDLER, ER_NEED_REPREPARE
  return number === 1243 || number === 1615
}

/** Whether the transaction ended with the statement, so that what comes next would stand outside of any. */
export function isTransactionLost(error: unknown): boolean {
  const number = error instanceof Error ? numberOf(error) : undefined
  return number === 1213 || number === 1614 || isConnectionLost(error)
}

/**
 * The error without the values that the server puts into its messages, and without the statement, which mysql2 adds and
 * which holds the values where they are not bound.
 */
export function withoutValues(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return undefined
  const error = thrown as ServerError
  const number = numberOf(error)
  if (number === undefined) {
    const { code } = error
    return Object.assign(new Error(error.message), { name: 'ConnectionError', code })
  }
  const { code, sqlState } = error
  // Most messages quote what was wrong: "Duplicate entry 'ada@example.com' for key …".
  const message = `the server answered ${typeof code === 'string' ? code : number}`
  return Object.assign(new Error(message), { name: 'DatabaseError', code, errno: number, sqlState })
}

function numberOf(error: Error): number | undefined {
  const { errno, sqlState } = error as ServerError
  // Errors of the network have a number of the operating system, and no state.
  return typeof errno === 'number' && sqlState !== undefined ? errno : undefined
}

/**
 * Data too long for column 'phone' at row 1; Column 'phone' cannot be null; in MariaDB also `shop`.`customers`.`phone`;
 * Field 'phone' doesn't have a default value.
 */
function columnIn(error: ServerError): string | undefined {
  const message = typeof error.sqlMessage === 'string' ? error.sqlMessage : error.message
  // The value comes before, whatever it holds.
  const place =
    /(?:column|field) (?:[`'][^`']+[`']\.)*[`']([^`']+)[`'](?: at row \d+| cannot be null| doesn't have a default value)$/i
  return place.exec(message)?.[1]
}

/** Duplicate entry '…' for key 'cardea_sessions$token_key', with the table in front since MySQL 8.0.19. */
function uniqueViolationOf(error: ServerError): Failure {
  const message = typeof error.sqlMessage === 'string' ? error.sqlMessage : error.message
  // The value comes before, whatever it holds.
  const place = /'([^']+)'$/.exec(message)?.[1]
  const dot = place?.indexOf('.') ?? -1
  return {
    kind: 'unique_violation',
    table: dot > 0 ? place?.slice(0, dot) : undefined,
    index: dot > 0 ? place?.slice(dot + 1) : place,
  }
}
