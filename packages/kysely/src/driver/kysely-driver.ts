import { type KyselyPort, rawQuery, toResult } from './kysely-port.js'
import { KyselySession } from './kysely-session.js'
import type { PinnedSession, SqlDriver, SqlResult, SqlRow, SqlSession, SqlText, SqlValue } from './sql-driver.js'
import type { StatementLog } from './statement-log.js'
import { patienceMilliseconds } from './unavailable.js'
import { within, withinSignal } from './within.js'

export interface KyselyDriverOptions {
  readonly kysely: KyselyPort
  readonly log: StatementLog
  readonly statementTimeoutMilliseconds: number
  /** How the dialect begins a transaction that will write, at the first or a later try. */
  readonly begin: (tries: number) => readonly string[]
  /** What the connection has to do after such a transaction, however that ended, before it is given back. */
  readonly afterwards?: (tries: number) => readonly string[]
  /** Runs a statement again while others hold the lock that it needs, where the dialect has such locks. */
  readonly patiently: <Result>(statement: () => Promise<Result>, patience: number) => Promise<Result>
  /** Looks whether connections are set up as they must be. Done until it does not answer false, which is "not sure yet". */
  readonly check?: (session: SqlSession) => Promise<unknown>
}

/** Migrations wait for locks and read whole tables. */
const migrationTimeoutMilliseconds = 15 * 60_000
const migrationPatienceMilliseconds = 60_000

/** The app's own Kysely instance, with whatever driver and pool the app gave it. */
export class KyselyDriver implements SqlDriver {
  readonly #options: KyselyDriverOptions
  readonly #kysely: KyselyPort
  #checked: boolean

  constructor(options: KyselyDriverOptions) {
    this.#options = options
    // Plugins of the app would rename columns and parse values.
    this.#kysely = options.kysely.withoutPlugins()
    this.#checked = options.check === undefined
  }

  async readOne(text: SqlText, values: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.read(text, values))[0]
  }

  async read({ sql }: SqlText, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    if (!this.#checked) await this.#check()
    return this.#alone(sql, async (timeout) => {
      // A read that comes too late does no harm, so it need not be called off.
      const answer = this.#kysely.executeQuery(rawQuery(sql, values))
      return toResult(await within(timeout, answer)).rows
    })
  }

  async write({ sql }: SqlText, values: readonly SqlValue[]): Promise<SqlResult> {
    if (!this.#checked) await this.#check()
    return this.#alone(sql, async (timeout) =>
      toResult(await withinSignal(timeout, (signal) => this.#kysely.executeQuery(rawQuery(sql, values), { signal }))),
    )
  }

  async transaction<Result>(work: (session: SqlSession) => Promise<Result>, tries: number): Promise<Result> {
    if (!this.#checked) await this.#check()
    const { begin, afterwards = () => [], patiently, statementTimeoutMilliseconds } = this.#options
    const run = async (session: KyselySession): Promise<Result> => {
      for (const sql of begin(tries)) await patiently(() => session.command(sql), patienceMilliseconds)
      const result = await work(session)
      await patiently(() => session.command('commit'), patienceMilliseconds)
      return result
    }
    return this.#onConnection(statementTimeoutMilliseconds, patienceMilliseconds - 100, run, afterwards(tries))
  }

  async pinned<Result>(work: (session: PinnedSession) => Promise<Result>): Promise<Result> {
    if (!this.#checked) await this.#check()
    const { patiently } = this.#options
    return this.#onConnection(migrationTimeoutMilliseconds, migrationPatienceMilliseconds, (session) =>
      work({
        readOne: (text, values) => session.readOne(text, values),
        read: (text, values) => session.read(text, values),
        write: (text, values) => session.write(text, values),
        command: (sql) => patiently(() => session.command(sql), migrationPatienceMilliseconds),
      }),
    )
  }

  async close(): Promise<void> {
    // The instance belongs to the app.
  }

  /** Runs a statement outside any transaction. */
  #alone<Result>(sql: string, run: (timeoutMilliseconds: number) => Promise<Result>): Promise<Result> {
    const { log, patiently, statementTimeoutMilliseconds } = this.#options
    return patiently(() => log.async('statement', sql, () => run(statementTimeoutMilliseconds)), patienceMilliseconds)
  }

  /**
   * Runs work on one connection, and rolls back if it fails.
   *
   * When a statement does not answer in time, the caller hears of it at once, but the connection goes back only after the
   * statement did end and was rolled back: the next user must not find it inside a transaction.
   */
  #onConnection<Result>(
    timeoutMilliseconds: number,
    patience: number,
    work: (session: KyselySession) => Promise<Result>,
    afterwards: readonly string[] = [],
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = async (connection: KyselyPort): Promise<void> => {
        const session = new KyselySession(connection, this.#options.log, timeoutMilliseconds)
        try {
          const result = await work(session)
          await session.end(afterwards)
          resolve(result)
        } catch (error) {
          if (session.late) reject(error)
          await session.end(['rollback', ...afterwards])
          reject(error)
        }
      }
      withinSignal(patience, (signal, settle) =>
        this.#kysely.connection().execute(
          (connection) => {
            settle()
            return run(connection)
          },
          { signal },
        ),
      ).catch(reject)
    })
  }

  async #check(): Promise<void> {
    const { check, log, statementTimeoutMilliseconds } = this.#options
    const sure = await check?.(new KyselySession(this.#kysely, log, statementTimeoutMilliseconds))
    this.#checked = sure !== false
  }
}
