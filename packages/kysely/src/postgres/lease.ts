import { CardeaError } from '@cardea/core'
import type { StatementEvent } from '@cardea/storage'
import type { Lease } from '../driver/pooled-driver.js'
import type { SqlResult, SqlText, SqlValue } from '../driver/sql-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import { within } from '../driver/within.js'
import type { PostgresClient, PostgresQuery } from './client.js'

/** Everything as the server sends it: the app may have set other type parsers on its pool. */
const types = { getTypeParser: () => (text: string) => text }

/** A client of a `pg` pool for as long as one of us has it. */
export class PostgresLease implements Lease {
  readonly #client: PostgresClient
  readonly #log: StatementLog
  #over = false

  constructor(client: PostgresClient, log: StatementLog) {
    this.#client = client
    this.#log = log
    client.on('error', ignore)
  }

  get over(): boolean {
    return this.#over
  }

  async run({ sql, name }: SqlText, values: readonly SqlValue[], timeoutMilliseconds: number): Promise<SqlResult> {
    const query: PostgresQuery = {
      text: sql,
      values: [...values],
      rowMode: 'array',
      types,
      ...(name === undefined ? {} : { name }),
    }
    const { rows, rowCount } = await this.#timed('statement', sql, timeoutMilliseconds, () => this.#client.query(query))
    return { rows, affected: rowCount ?? 0 }
  }

  async command(sql: string, timeoutMilliseconds: number): Promise<void> {
    await this.#command(sql, timeoutMilliseconds)
  }

  async commit(timeoutMilliseconds: number): Promise<void> {
    const done = await this.#command('commit', timeoutMilliseconds)
    if (done !== 'COMMIT') throw new CardeaError('transaction_conflict', 'storage: the transaction was rolled back')
  }

  giveBack(): void {
    this.#end(false)
  }

  destroy(): void {
    this.#end(true)
  }

  /** @returns What the server calls what it did, such as COMMIT. */
  async #command(sql: string, timeoutMilliseconds: number): Promise<string> {
    const { command } = await this.#timed('transaction', sql, timeoutMilliseconds, () => this.#client.query(sql))
    return command
  }

  #timed<Result>(
    kind: StatementEvent['kind'],
    sql: string,
    timeoutMilliseconds: number,
    run: () => Promise<Result>,
  ): Promise<Result> {
    return this.#log.async(kind, sql, () => within(timeoutMilliseconds, run(), () => this.destroy()))
  }

  #end(destroy: boolean): void {
    if (this.#over) return
    this.#over = true
    // The pool listens from here on; it does so before this returns.
    this.#client.release(destroy)
    this.#client.removeListener('error', ignore)
  }
}

/** An error of a connection between two statements: the next statement says so. Without a listener it ends the process. */
function ignore(): void {}
