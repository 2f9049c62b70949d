import type { StatementEvent } from '@cardea/storage'
import { type KyselyPort, rawQuery, toResult } from './kysely-port.js'
import type { PinnedSession, SqlResult, SqlRow, SqlText, SqlValue } from './sql-driver.js'
import type { StatementLog } from './statement-log.js'
import { unavailable } from './unavailable.js'
import { within } from './within.js'

/** One connection of a Kysely instance, or the app's transaction on it. */
export class KyselySession implements PinnedSession {
  readonly #connection: KyselyPort
  readonly #log: StatementLog
  readonly #timeoutMilliseconds: number
  #inFlight: Promise<unknown> = Promise.resolve()
  #late = false

  constructor(connection: KyselyPort, log: StatementLog, timeoutMilliseconds: number) {
    this.#connection = connection
    this.#log = log
    this.#timeoutMilliseconds = timeoutMilliseconds
  }

  /** Whether a statement did not answer in time. It may still be running, so nothing else can. */
  get late(): boolean {
    return this.#late
  }

  async readOne(text: SqlText, values: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.write(text, values)).rows[0]
  }

  async read(text: SqlText, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return (await this.write(text, values)).rows
  }

  write({ sql }: SqlText, values: readonly SqlValue[]): Promise<SqlResult> {
    return this.#run('statement', sql, values)
  }

  async command(sql: string): Promise<void> {
    await this.#run('transaction', sql, [])
  }

  /** Waits for whatever still runs, however long it takes, and then runs some last commands. */
  async end(commands: readonly string[]): Promise<void> {
    await this.#inFlight
    for (const sql of commands) {
      try {
        await this.#log.async('transaction', sql, () => this.#connection.executeQuery(rawQuery(sql, [])))
      } catch {
        // There is no transaction, or no connection: both are as good as rolled back.
      }
    }
  }

  async #run(kind: StatementEvent['kind'], sql: string, values: readonly SqlValue[]): Promise<SqlResult> {
    if (this.#late) throw unavailable('the connection still waits for an earlier statement')
    return this.#log.async(kind, sql, async () => {
      // One after the other: a connection takes one statement at a time.
      const answer = this.#inFlight.then(() => this.#connection.executeQuery(rawQuery(sql, values)))
      this.#inFlight = answer.catch(() => {})
      return toResult(
        await within(this.#timeoutMilliseconds, answer, () => {
          this.#late = true
        }),
      )
    })
  }
}
