import { CardeaError } from '@cardea/core'
import type { KyselyPort } from './kysely-port.js'
import { KyselySession } from './kysely-session.js'
import { Mutex } from './mutex.js'
import type { PinnedSession, SqlDriver, SqlResult, SqlRow, SqlSession, SqlText, SqlValue } from './sql-driver.js'
import type { StatementLog } from './statement-log.js'

/** Savepoints of one transaction, and statements outside of them, come one after the other, whoever sends them. */
const turns = new WeakMap<object, Mutex>()

export interface KyselyTransactionOptions {
  /** What Kysely gave to the app. */
  readonly transaction: KyselyPort
  readonly log: StatementLog
  readonly statementTimeoutMilliseconds: number
  /** Looks whether the connection is set up as it must be. */
  readonly check?: (session: SqlSession) => Promise<void>
}

/** A transaction that the app has open: its writes come and go with it. */
export class KyselyTransactionDriver implements SqlDriver {
  readonly #session: KyselySession
  readonly #turns: Mutex
  readonly #check: ((session: SqlSession) => Promise<void>) | undefined
  #checked: boolean

  constructor({ transaction, log, statementTimeoutMilliseconds, check }: KyselyTransactionOptions) {
    // Plugins of the app would rename columns and parse values.
    this.#session = new KyselySession(transaction.withoutPlugins(), log, statementTimeoutMilliseconds)
    this.#turns = turnsOf(transaction)
    this.#check = check
    this.#checked = check === undefined
  }

  async readOne(text: SqlText, values: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.write(text, values)).rows[0]
  }

  async read(text: SqlText, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return (await this.write(text, values)).rows
  }

  /** Waits for a savepoint that is open: else the statement would be undone with it, long after it was answered. */
  async write(text: SqlText, values: readonly SqlValue[]): Promise<SqlResult> {
    await this.#ready()
    const release = await this.#turns.acquire()
    try {
      return await this.#session.write(text, values)
    } finally {
      release()
    }
  }

  /** Runs work in a savepoint, so that an error in it undoes its own writes and no others. */
  async transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    await this.#ready()
    const release = await this.#turns.acquire()
    try {
      await this.#session.command('savepoint cardea')
      try {
        const result = await work(this.#session)
        await this.#session.command('release savepoint cardea')
        return result
      } catch (error) {
        await this.#rollBack()
        throw error
      }
    } finally {
      release()
    }
  }

  pinned<Result>(_work: (session: PinnedSession) => Promise<Result>): Promise<Result> {
    return Promise.reject(new CardeaError('configuration_invalid', 'migrate: not possible inside a transaction'))
  }

  async close(): Promise<void> {
    // The transaction belongs to the app.
  }

  async #ready(): Promise<void> {
    if (this.#checked) return
    await this.#check?.(this.#session)
    this.#checked = true
  }

  async #rollBack(): Promise<void> {
    if (this.#session.late) return
    try {
      await this.#session.command('rollback to savepoint cardea')
      await this.#session.command('release savepoint cardea')
    } catch {
      // The app's transaction is lost, and will say so itself; what failed first is what the caller should hear.
    }
  }
}

function turnsOf(transaction: object): Mutex {
  const known = turns.get(transaction) ?? new Mutex()
  turns.set(transaction, known)
  return known
}
