/** Makes a value of what the server sent, or leaves it to mysql2. */
type TypeCast = (field: unknown, next: () => unknown) => unknown

/** A statement as mysql2 takes it. */
export interface MysqlQuery {
  readonly sql: string
  readonly values?: (string | number | boolean | null)[]
  readonly rowsAsArray: true
  readonly nestTables: false
  readonly typeCast: true | TypeCast
  readonly supportBigNumbers: false
}

type Callback = (error: Error | null | undefined, answer: unknown) => void

/** The part of a mysql2 connection, taken from a pool, that is used here. */
export interface MysqlConnection {
  /** What it was made with: `clientFlags`, as they were agreed on with the server, and `typeCast` matter here. */
  readonly config: object
  /** Runs a statement that takes no values. */
  query(query: MysqlQuery, callback: Callback): unknown
  /** Runs a statement that the server keeps prepared; its values never become part of its text. */
  execute(query: MysqlQuery, callback: Callback): unknown
  /** Closes a statement that was prepared. The types of mysql2 know of its text alone, with which it would not be found. */
  unprepare(query: MysqlQuery | string): unknown
  release(): void
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Its socket. */
  readonly stream?: { destroy?(): unknown; ref?(): unknown; unref?(): unknown }
}

/** The part of a mysql2 pool, as `createPool` of `mysql2` makes it, that is used here. */
export interface MysqlCallbackPool {
  getConnection(callback: (error: Error | null, connection: MysqlConnection) => void): unknown
}

/** A pool as `createPool` of `mysql2` or of `mysql2/promise` makes it. */
export type MysqlPool = { getConnection(...values: never[]): unknown }
