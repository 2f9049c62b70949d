import { CardeaError } from '@cardea/core'
import type {
  PinnedSession,
  SqlDriver,
  SqlResult,
  SqlRow,
  SqlSession,
  SqlText,
  SqlValue,
} from '../driver/sql-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import { monotonicMilliseconds, pause } from '../driver/time.js'
import { patienceMilliseconds } from '../driver/unavailable.js'
import { within } from '../driver/within.js'
import { beginTransaction } from './begin.js'
import { Lease } from './lease.js'
import { acquireTimeoutMilliseconds, type PoolSource } from './pool.js'
import { isConnectionLost, isPreparedStatementLost } from './postgres-failures.js'

export interface PostgresDriverOptions {
  readonly pools: PoolSource
  readonly log: StatementLog
  readonly statementTimeoutMilliseconds: number
}

const maximumReads = 3

/** Migrations wait for locks and read whole tables. */
const migrationTimeoutMilliseconds = 15 * 60_000

/**
 * A `pg` pool.
 *
 * Every answer comes within two seconds: one at most for a connection, the rest for the statement. A longer
 * `statementTimeoutMilliseconds` moves that limit.
 */
export class PostgresDriver implements SqlDriver {
  readonly #options: PostgresDriverOptions
  readonly #limits: readonly string[]
  /** Until a pooler turns out to lose prepared statements. */
  #prepares = true

  constructor(options: PostgresDriverOptions) {
    this.#options = options
    const { statementTimeoutMilliseconds: limit } = options
    // The server has limits as well: a transaction whose client is gone must not hold its locks for hours. Its limit for
    // a statement is the shorter one, since a statement that it cancels costs no connection.
    this.#limits = [
      `set local statement_timeout = ${Math.ceil(limit * 0.9)}`,
      `set local idle_in_transaction_session_timeout = ${Math.max(10_000, limit)}`,
    ]
  }

  async readOne(text: SqlText, values: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.read(text, values))[0]
  }

  /** A read whose connection was lost, as by a restart of the server since it was last used, is simply asked again. */
  async read(text: SqlText, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const start = monotonicMilliseconds()
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.#alone(text, values, start)).rows
      } catch (error) {
        if (!isConnectionLost(error) || tries === maximumReads) throw error
      }
      // The pool's other connections were lost as well, which it hears of in a moment.
      await pause(10)
    }
  }

  write(text: SqlText, values: readonly SqlValue[]): Promise<SqlResult> {
    return this.#alone(text, values, monotonicMilliseconds())
  }

  async transaction<Result>(work: (session: SqlSession) => Promise<Result>, tries: number): Promise<Result> {
    const start = monotonicMilliseconds()
    const lease = await this.#acquire(acquireTimeoutMilliseconds)
    try {
      const [begin = '', ...rest] = beginTransaction(tries)
      await lease.command([begin, ...this.#limits, ...rest].join('; '), this.#remaining(start))
      const result = await work(this.#sessionOf(lease, this.#options.statementTimeoutMilliseconds))
      const command = await lease.command('commit', this.#options.statementTimeoutMilliseconds)
      if (command !== 'COMMIT')
        throw new CardeaError('transaction_conflict', 'storage: the transaction was rolled back')
      lease.giveBack()
      return result
    } catch (error) {
      await this.#rollBack(lease)
      throw error
    }
  }

  async pinned<Result>(work: (session: PinnedSession) => Promise<Result>): Promise<Result> {
    const lease = await this.#acquire(acquireTimeoutMilliseconds)
    try {
      return await work({
        ...this.#sessionOf(lease, migrationTimeoutMilliseconds),
        command: async (sql) => {
          await lease.command(sql, migrationTimeoutMilliseconds)
        },
      })
    } finally {
      // Whatever was set or locked in the session goes with it.
      lease.destroy()
    }
  }

  close(): Promise<void> {
    return this.#options.pools.close()
  }

  /** Runs one statement on a client of its own. */
  async #alone(text: SqlText, values: readonly SqlValue[], start: number): Promise<SqlResult> {
    const lease = await this.#acquire(Math.min(acquireTimeoutMilliseconds, this.#remaining(start)))
    try {
      return await this.#run(lease, text, values, this.#remaining(start))
    } catch (error) {
      if (!isPreparedStatementLost(error)) throw error
      return await this.#run(lease, text, values, this.#remaining(start))
    } finally {
      lease.giveBack()
    }
  }

  async #run(lease: Lease, text: SqlText, values: readonly SqlValue[], timeout: number): Promise<SqlResult> {
    try {
      return await lease.run(this.#prepares ? text : { sql: text.sql }, values, timeout)
    } catch (error) {
      if (isPreparedStatementLost(error)) this.#prepares = false
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

  async #acquire(timeout: number): Promise<Lease> {
    const { pools, log } = this.#options
    const connecting = (await pools.pool()).connect()
    let late = false
    // Our own pool has this limit itself; the app's may have none. A client that comes too late goes straight back.
    connecting.then(
      (client) => {
        if (late) client.release()
      },
      () => {},
    )
    const client = await within(timeout, connecting, () => {
      late = true
    })
    return new Lease(client, log)
  }

  /** What is left of the time for one answer, of which a statement gets no more than its own limit. */
  #remaining(start: number): number {
    const { statementTimeoutMilliseconds: limit } = this.#options
    // By default 1.7 s: a request has other things to do as well before its two seconds are over.
    const whole = Math.max(patienceMilliseconds - 300, limit + 200)
    return Math.max(1, Math.min(limit, whole - (monotonicMilliseconds() - start)))
  }

  async #rollBack(lease: Lease): Promise<void> {
    if (lease.over) return
    try {
      await lease.command('rollback', this.#options.statementTimeoutMilliseconds)
      lease.giveBack()
    } catch {
      lease.destroy()
    }
  }
}
