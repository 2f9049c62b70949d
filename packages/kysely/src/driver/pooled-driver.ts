import type { PinnedSession, SqlDriver, SqlResult, SqlRow, SqlSession, SqlText, SqlValue } from './sql-driver.js'
import { monotonicMilliseconds, pause } from './time.js'
import { patienceMilliseconds } from './unavailable.js'
import { within } from './within.js'

/** How long to wait for a connection, new or free. */
export const acquireTimeoutMilliseconds = 1_000

/**
 * A connection for as long as one of us has it.
 *
 * One on which a statement did not answer in time is ended, never given back: whatever answers there later would be taken
 * for the answer to somebody else's statement.
 */
export interface Lease {
  /** Whether the connection was given back or ended. */
  readonly over: boolean
  run(text: SqlText, values: readonly SqlValue[], timeoutMilliseconds: number): Promise<SqlResult>
  /** Runs statements that neither take values nor return rows. */
  command(sql: string, timeoutMilliseconds: number): Promise<void>
  /** @throws CardeaError `transaction_conflict` when the server says that it rolled back instead. */
  commit(timeoutMilliseconds: number): Promise<void>
  giveBack(): void
  destroy(): void
}

/** Where leases come from. */
export interface LeaseSource {
  /** Loads the library behind the connections, which takes the time that it takes; asked once, before the first. */
  load(): Promise<unknown>
  /** A connection that is ready for statements, however long that takes. */
  acquire(): Promise<Lease>
  close(): Promise<void>
}

export interface PooledDriverOptions {
  readonly leases: LeaseSource
  readonly statementTimeoutMilliseconds: number
  /** What begins a transaction, at the first or a later try: one or several commands. */
  readonly begin: (tries: number) => readonly string[]
  /** What the connection has to do after such a transaction, however that ended, before it is given back. */
  readonly afterwards?: (tries: number) => readonly string[]
  /** Whether the connection was lost, so that a read may be tried on another one. */
  readonly isConnectionLost: (error: unknown) => boolean
  /** Whether a pooler between us and the server loses prepared statements. */
  readonly isPreparedStatementLost: (error: unknown) => boolean
}

const maximumReads = 3

/** Migrations wait for locks and read whole tables. */
const migrationTimeoutMilliseconds = 15 * 60_000

/**
 * A pool of connections to a server.
 *
 * Every answer comes within two seconds: one at most for a connection, the rest for the statement. A longer
 * `statementTimeoutMilliseconds` moves that limit.
 */
export class PooledDriver implements SqlDriver {
  readonly #options: PooledDriverOptions
  #loaded = false
  /** Until a pooler turns out to lose prepared statements. */
  #prepares = true

  constructor(options: PooledDriverOptions) {
    this.#options = options
  }

  async readOne(text: SqlText, values: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.read(text, values))[0]
  }

  /** A read whose connection was lost, as by a restart of the server since it was last used, is simply asked again. */
  async read(text: SqlText, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    if (!this.#loaded) await this.#load()
    const start = monotonicMilliseconds()
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.#alone(text, values, start)).rows
      } catch (error) {
        if (!this.#options.isConnectionLost(error) || tries === maximumReads) throw error
      }
      // The pool's other connections were lost as well, which it hears of in a moment.
      await pause(10)
    }
  }

  async write(text: SqlText, values: readonly SqlValue[]): Promise<SqlResult> {
    if (!this.#loaded) await this.#load()
    return await this.#alone(text, values, monotonicMilliseconds())
  }

  async transaction<Result>(work: (session: SqlSession) => Promise<Result>, tries: number): Promise<Result> {
    if (!this.#loaded) await this.#load()
    const start = monotonicMilliseconds()
    const { begin, afterwards = () => [], statementTimeoutMilliseconds } = this.#options
    const lease = await this.#acquire(acquireTimeoutMilliseconds)
    try {
      for (const sql of begin(tries)) await lease.command(sql, this.#remaining(start))
      const result = await work(this.#sessionOf(lease, statementTimeoutMilliseconds))
      await lease.commit(statementTimeoutMilliseconds)
      await this.#end(lease, afterwards(tries))
      return result
    } catch (error) {
      await this.#end(lease, ['rollback', ...afterwards(tries)])
      throw error
    }
  }

  async pinned<Result>(work: (session: PinnedSession) => Promise<Result>): Promise<Result> {
    if (!this.#loaded) await this.#load()
    const lease = await this.#acquire(acquireTimeoutMilliseconds)
    try {
      return await work({
        ...this.#sessionOf(lease, migrationTimeoutMilliseconds),
        command: (sql) => lease.command(sql, migrationTimeoutMilliseconds),
      })
    } finally {
      // Whatever was set or locked in the session goes with it.
      lease.destroy()
    }
  }

  close(): Promise<void> {
    return this.#options.leases.close()
  }

  /** Runs one statement on a connection of its own. */
  async #alone(text: SqlText, values: readonly SqlValue[], start: number): Promise<SqlResult> {
    const lease = await this.#acquire(Math.min(acquireTimeoutMilliseconds, this.#remaining(start)))
    try {
      return await this.#run(lease, text, values, this.#remaining(start))
    } catch (error) {
      if (!this.#options.isPreparedStatementLost(error)) throw error
      return await this.#run(lease, text, values, this.#remaining(start))
    } finally {
      lease.giveBack()
    }
  }

  async #run(lease: Lease, text: SqlText, values: readonly SqlValue[], timeout: number): Promise<SqlResult> {
    try {
      return await lease.run(this.#prepares ? text : { sql: text.sql }, values, timeout)
    } catch (error) {
      if (this.#options.isPreparedStatementLost(error)) this.#prepares = false
      throw error
    }
  }

  #sessionOf(lease: Lease, timeout: number): SqlSession {
    const run = (text: SqlText, values: readonly SqlValue[]) => this.#run(lease, text, values, timeout)
    return {
      readOne: async (text, values) => (await run(text, values)).rows[0],
      read: async (text, values) => (await run(text, values)).rows,
      write: run,
    }
  }

  /** On a busy machine that alone can take seconds, which must not count as time that a database took. */
  async #load(): Promise<void> {
    await this.#options.leases.load()
    this.#loaded = true
  }

  #acquire(timeout: number): Promise<Lease> {
    const acquiring = this.#options.leases.acquire()
    let late = false
    // Our own pool has this limit itself; the app's may have none. A connection that comes too late goes straight back.
    acquiring.then(
      (lease) => {
        if (late) lease.giveBack()
      },
      () => {},
    )
    return within(timeout, acquiring, () => {
      late = true
    })
  }

  /** What is left of the time for one answer, of which a statement gets no more than its own limit. */
  #remaining(start: number): number {
    const { statementTimeoutMilliseconds: limit } = this.#options
    // By default 1.7 s: a request has other things to do as well before its two seconds are over.
    const whole = Math.max(patienceMilliseconds - 300, limit + 200)
    return Math.max(1, Math.min(limit, whole - (monotonicMilliseconds() - start)))
  }

  /** Gives a connection back after some last commands, or ends it when one of them fails. */
  async #end(lease: Lease, commands: readonly string[]): Promise<void> {
    if (lease.over) return
    try {
      for (const sql of commands) await lease.command(sql, this.#options.statementTimeoutMilliseconds)
      lease.giveBack()
    } catch {
      lease.destroy()
    }
  }
}
