import { Mutex } from '../driver/mutex.js'
import type {
  MaybePromise,
  PinnedSession,
  SqlDriver,
  SqlResult,
  SqlRow,
  SqlSession,
  SqlText,
  SqlValue,
} from '../driver/sql-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import { monotonicMilliseconds } from '../driver/time.js'
import { patienceMilliseconds, unavailable } from '../driver/unavailable.js'
import { whileBusy } from './busy.js'
import { SqliteConnection } from './connection.js'
import { openPrepared, type Synchronous } from './open.js'
import type { SqliteSource } from './source.js'
import { isBusy } from './sqlite-failures.js'

export interface SqliteDriverOptions {
  readonly source: SqliteSource
  readonly log: StatementLog
  readonly synchronous: Synchronous
}

/** A migration may wait that long for the others, and for each of its locks. */
const migrationPatienceMilliseconds = 60_000

/**
 * Connections of our own: one that writes, and one that reads what is committed meanwhile.
 *
 * A database in memory has one connection for both, so there a read waits for an open transaction to end.
 */
export class SqliteDriver implements SqlDriver {
  readonly #options: SqliteDriverOptions
  /** Held by whoever uses the writing connection for longer than a statement. */
  readonly #writing = new Mutex()
  #writer: SqliteConnection | undefined
  #reader: SqliteConnection | undefined
  #closed = false

  constructor(options: SqliteDriverOptions) {
    this.#options = options
  }

  readOne(text: SqlText, values: readonly SqlValue[]): MaybePromise<SqlRow | undefined> {
    if (this.#mustWait()) return this.#readLater((connection) => connection.readOne(text, values))
    try {
      return this.#toRead().readOne(text, values)
    } catch (error) {
      if (!isBusy(error)) throw error
      return this.#readLater((connection) => connection.readOne(text, values))
    }
  }

  readOften<Row extends object>(
    text: SqlText,
    key: string,
    decode: (row: SqlRow) => Row,
  ): MaybePromise<Row | undefined> {
    if (!this.#options.source.single) {
      try {
        return this.#toRead().readOften(text, key, decode)
      } catch (error) {
        if (!isBusy(error)) throw error
      }
    }
    const found = this.readOne(text, [key])
    if (found instanceof Promise) return found.then((row) => (row === undefined ? undefined : decode(row)))
    return found === undefined ? undefined : decode(found)
  }

  read(text: SqlText, values: readonly SqlValue[]): MaybePromise<readonly SqlRow[]> {
    if (this.#mustWait()) return this.#readLater((connection) => connection.read(text, values))
    try {
      return this.#toRead().read(text, values)
    } catch (error) {
      if (!isBusy(error)) throw error
      return this.#readLater((connection) => connection.read(text, values))
    }
  }

  write(text: SqlText, values: readonly SqlValue[]): Promise<SqlResult> {
    return this.#exclusively(patienceMilliseconds, (remaining) =>
      whileBusy(() => this.#toWrite().write(text, values), remaining),
    )
  }

  transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#exclusively(patienceMilliseconds, async (remaining) => {
      await whileBusy(() => this.#toWrite().command('begin immediate'), remaining)
      const connection = this.#toWrite()
      try {
        const result = await work(sessionOf(connection))
        // Without WAL, readers can keep a commit waiting.
        await whileBusy(() => connection.command('commit'), patienceMilliseconds)
        return result
      } catch (error) {
        this.#rollBack(connection)
        throw error
      }
    })
  }

  pinned<Result>(
    work: (session: PinnedSession) => Promise<Result>,
    patience = migrationPatienceMilliseconds,
  ): Promise<Result> {
    return this.#exclusively(patience, async () => {
      const connection = await whileBusy(() => this.#toWrite(), patience)
      try {
        return await work({
          ...sessionOf(connection),
          command: (sql) => whileBusy(() => connection.command(sql), patience),
        })
      } finally {
        this.#rollBack(connection)
        // Migrations change how the connection is set up; the next writer gets one that nothing is left of.
        if (!this.#options.source.single) this.#dropWriter(connection)
      }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    const release = await this.#writing.acquire()
    this.#closed = true
    try {
      const { owned } = this.#options.source
      if (!owned) return
      this.#reader?.close()
      this.#writer?.close()
    } finally {
      this.#reader = undefined
      this.#writer = undefined
      release()
    }
  }

  /** Whether a read on the only connection would see what is not committed. */
  #mustWait(): boolean {
    return this.#options.source.single && this.#writing.held
  }

  async #readLater<Result>(read: (connection: SqliteConnection) => Result): Promise<Result> {
    if (!this.#options.source.single) return whileBusy(() => read(this.#toRead()), patienceMilliseconds)
    return this.#exclusively(patienceMilliseconds, (remaining) => whileBusy(() => read(this.#toRead()), remaining))
  }

  async #exclusively<Result>(patience: number, work: (remaining: number) => Promise<Result>): Promise<Result> {
    const start = monotonicMilliseconds()
    const release = await this.#writing.acquire(patience)
    try {
      return await work(Math.max(0, patience - (monotonicMilliseconds() - start)))
    } finally {
      release()
    }
  }

  #toWrite(): SqliteConnection {
    this.#writer ??= this.#open('write')
    return this.#writer
  }

  #toRead(): SqliteConnection {
    if (this.#reader !== undefined) return this.#reader
    // The writer makes the file and its log, which a reader cannot.
    const writer = this.#toWrite()
    if (this.#options.source.single) return writer
    this.#reader = this.#open('read')
    return this.#reader
  }

  #open(use: 'write' | 'read'): SqliteConnection {
    if (this.#closed) throw unavailable('it was closed')
    const { source, log, synchronous } = this.#options
    return new SqliteConnection(openPrepared(source, use, synchronous), log)
  }

  #rollBack(connection: SqliteConnection): void {
    try {
      // A full disk, for one, ends the transaction by itself.
      if (connection.inTransaction) connection.command('rollback')
    } catch {
      // A connection that cannot even roll back is of no more use.
      if (!this.#options.source.single) this.#dropWriter(connection)
    }
  }

  #dropWriter(connection: SqliteConnection): void {
    if (this.#writer !== connection) return
    this.#writer = undefined
    connection.close()
  }
}

/** The connection inside its transaction. */
function sessionOf(connection: SqliteConnection): SqlSession {
  return {
    readOne: (text, values) => connection.readOne(text, values),
    read: (text, values) => connection.read(text, values),
    write: async (text, values) => connection.write(text, values),
  }
}
