/** A value as every driver binds it. */
export type SqlValue = string | number | boolean | null

/** A row as the driver gives it: the columns in the order in which the statement names them. */
export type SqlRow = readonly unknown[]

/** The text of a statement. */
export interface SqlText {
  readonly sql: string
  /** Given to a statement that runs again and again: the name under which a server may keep it prepared. */
  readonly name?: string
}

export interface SqlResult {
  /** What RETURNING returned; empty without it. */
  readonly rows: readonly SqlRow[]
  /** How many rows were inserted, matched by the update, or deleted; without those of cascades and triggers. */
  readonly affected: number
}

/** A result that is there already, or will be: an embedded database answers at once, and awaiting it would cost more. */
export type MaybePromise<Value> = Value | Promise<Value>

/** Runs statements. What it throws is the database's own error, or a CardeaError where the driver knows better. */
export interface SqlSession {
  readOne(text: SqlText, values: readonly SqlValue[]): MaybePromise<SqlRow | undefined>
  read(text: SqlText, values: readonly SqlValue[]): MaybePromise<readonly SqlRow[]>
  /**
   * The same as `readOne` for a statement that nearly every request runs, by one text: where nothing has been committed since, it may
   * give what was decoded before. Only sessions have it that can prove that at less than the price of the read.
   */
  readOften?<Row extends object>(
    text: SqlText,
    key: string,
    decode: (row: SqlRow) => Row,
  ): MaybePromise<Row | undefined>
  write(text: SqlText, values: readonly SqlValue[]): Promise<SqlResult>
}

/** One connection for as long as it takes, such as for a migration: no short limit on its statements. */
export interface PinnedSession extends SqlSession {
  /** Runs a statement that neither takes values nor returns rows, such as BEGIN. */
  command(sql: string): Promise<void>
}

/** A way to a database, below the verbs of storage. */
export interface SqlDriver extends SqlSession {
  /**
   * Runs work in a transaction, once: commits when the work succeeds, rolls back when it throws.
   *
   * @param tries Which try it is, from 1 up: some databases are to be asked differently when others were in the way.
   */
  transaction<Result>(work: (session: SqlSession) => Promise<Result>, tries: number): Promise<Result>
  /**
   * Runs work on one connection, outside any transaction.
   *
   * @param patienceMilliseconds How long to wait for the connection and for each lock that a command takes. Default 60,000.
   */
  pinned<Result>(work: (session: PinnedSession) => Promise<Result>, patienceMilliseconds?: number): Promise<Result>
  /** Ends what the driver opened itself. */
  close(): Promise<void>
}
