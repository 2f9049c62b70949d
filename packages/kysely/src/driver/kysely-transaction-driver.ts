import { CardeaError } from '@cardea/core'
import type { KyselyPort } from './kysely-port.js'
import { KyselySession } from './kysely-session.js'
import { Mutex } from './mutex.js'
import type { PinnedSession, SqlDriver, SqlResult, SqlRow, SqlSession, SqlText, SqlValue } from './sql-driver.js'
import type { StatementLog } from './statement-log.js'

/** What all who are joined to one transaction have in common. */
interface Shared {
  /** Savepoints, and statements outside of them, come one after the other, whoever sends them. */
  readonly turns: Mutex
  /** Whether the database ended the transaction by itself. */
  lost: boolean
  /** Whether the connection was found to be set up as it must be. */
  checked: boolean
}

const transactions = new WeakMap<object, Shared>()

export interface KyselyTransactionOptions {
  /** What Kysely gave to the app. */
  readonly transaction: KyselyPort
  readonly log: StatementLog
  readonly statementTimeoutMilliseconds: number
  /** Looks whether the connection is set up as it must be. */
  readonly check?: (session: SqlSession) => Promise<unknown>
  /**
   * Whether an error means that the database ended the transaction, and would run what comes next outside of any. Absent
   * where it refuses whatever comes next.
   */
  readonly isTransactionLost?: (error: unknown) => boolean
}

/** A transaction that the app has open: its writes come and go with it. */
export class KyselyTransactionDriver implements SqlDriver {
  readonly #session: KyselySession
  /** The session as work sees it. */
  readonly #guarded: SqlSession
  readonly #shared: Shared
  readonly #isTransactionLost: (error: unknown) => boolean
  readonly #check: ((session: SqlSession) => Promise<unknown>) | undefined

  constructor(options: KyselyTransactionOptions) {
    const { transaction, log, statementTimeoutMilliseconds, check, isTransactionLost } = options
    // Plugins of the app would rename columns and parse values.
    this.#session = new KyselySession(transaction.withoutPlugins(), log, statementTimeoutMilliseconds)
    const write: SqlSession['write'] = (text, values) => this.#run(() => this.#session.write(text, values))
    const read: SqlSession['read'] = async (text, values) => (await write(text, values)).rows
    this.#guarded = { write, read, readOne: async (text, values) => (await read(text, values))[0] }
    this.#shared = sharedBy(transaction)
    this.#isTransactionLost = isTransactionLost ?? (() => false)
    this.#check = check
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
    const release = await this.#shared.turns.acquire()
    try {
      return await this.#guarded.write(text, values)
    } finally {
      release()
    }
  }

  /** Runs work in a savepoint, so that an error in it undoes its own writes and no others. */
  async transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    await this.#ready()
    const release = await this.#shared.turns.acquire()
    try {
      await this.#run(() => this.#session.command('savepoint cardea'))
      try {
        const result = await work(this.#guarded)
        await this.#run(() => this.#session.command('release savepoint cardea'))
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
    if (this.#check === undefined || this.#shared.checked) return
    await this.#check(this.#guarded)
    this.#shared.checked = true
  }

  async #rollBack(): Promise<void> {
    if (this.#session.late || this.#shared.lost) return
    try {
      await this.#session.command('rollback to savepoint cardea')
      await this.#session.command('release savepoint cardea')
    } catch {
      // The app's transaction is lost, and will say so itself; what failed first is what the caller should hear.
    }
  }

  async #run<Result>(statement: () => Promise<Result>): Promise<Result> {
    if (this.#shared.lost) {
      throw new CardeaError(
        'transaction_conflict',
        'storage: the database ended the transaction of the app; run it again',
      )
    }
    try {
      return await statement()
    } catch (error) {
      if (this.#isTransactionLost(error)) this.#shared.lost = true
      throw error
    }
  }
}

function sharedBy(transaction: object): Shared {
  const known = transactions.get(transaction) ?? { turns: new Mutex(), lost: false, checked: false }
  transactions.set(transaction, known)
  return known
}
