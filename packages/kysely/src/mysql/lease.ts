import type { StatementEvent } from '@cardea/storage'
import type { Lease } from '../driver/pooled-driver.js'
import type { SqlResult, SqlRow, SqlText, SqlValue } from '../driver/sql-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import { within } from '../driver/within.js'
import type { MysqlConnection, MysqlQuery } from './client.js'
import { isStatementLost } from './mysql-failures.js'

/**
 * How many statements without a name a connection keeps prepared. Servers have a limit for all connections together,
 * 16,382 by default, which statements of many shapes would use up.
 */
const maximumUnnamed = 64

/** The statements without a name that a connection has prepared, the one that was used last at the end. */
const unnamed = new WeakMap<MysqlConnection, Set<string>>()

/** A connection of a mysql2 pool for as long as one of us has it. */
export class MysqlLease implements Lease {
  readonly #connection: MysqlConnection
  readonly #log: StatementLog
  /** What an app has set for its pool holds unless a statement brings one of its own; that costs a little. */
  readonly #typeCast: MysqlQuery['typeCast']
  #over = false

  constructor(connection: MysqlConnection, log: StatementLog) {
    this.#connection = connection
    this.#log = log
    const { typeCast }: { readonly typeCast?: unknown } = connection.config
    this.#typeCast = typeof typeCast === 'function' ? leaveToMysql2 : true
    connection.on('error', ignore)
  }

  get over(): boolean {
    return this.#over
  }

  async run({ sql, name }: SqlText, values: readonly SqlValue[], timeoutMilliseconds: number): Promise<SqlResult> {
    const query = this.#toQuery(sql, values)
    const answer = await this.#timed('statement', sql, timeoutMilliseconds, async () => {
      // Without values there is nothing that the text protocol could get wrong, and many such statements cannot be prepared.
      if (values.length === 0) return this.#send('query', query)
      if (name === undefined) this.#makeRoomFor(sql)
      else unnamed.get(this.#connection)?.delete(sql)
      try {
        return await this.#send('execute', query)
      } catch (error) {
        if (!isStatementLost(error)) throw error
        this.#connection.unprepare(query)
        return this.#send('execute', query)
      }
    })
    return toResult(answer)
  }

  /** Reads one row without counting as a statement of storage. */
  async readSettings(sql: string, timeoutMilliseconds: number): Promise<SqlRow | undefined> {
    const answer = await this.#timed('transaction', sql, timeoutMilliseconds, () =>
      this.#send('query', this.#toQuery(sql, [])),
    )
    return toResult(answer).rows[0]
  }

  async command(sql: string, timeoutMilliseconds: number): Promise<void> {
    await this.#timed('transaction', sql, timeoutMilliseconds, () => this.#send('query', this.#toQuery(sql, [])))
  }

  commit(timeoutMilliseconds: number): Promise<void> {
    return this.command('commit', timeoutMilliseconds)
  }

  giveBack(): void {
    if (!this.#end()) return
    this.#connection.release()
    this.#connection.removeListener('error', ignore)
  }

  destroy(): void {
    if (!this.#end()) return
    // The listener stays: a socket may fail once more on its way out.
    this.#connection.destroy()
    this.#connection.stream?.destroy?.()
  }

  #timed<Result>(
    kind: StatementEvent['kind'],
    sql: string,
    timeoutMilliseconds: number,
    run: () => Promise<Result>,
  ): Promise<Result> {
    return this.#log.async(kind, sql, () => within(timeoutMilliseconds, run(), () => this.destroy()))
  }

  /** Whatever an app has set for its pool, rows come as lists of numbers and texts. */
  #toQuery(sql: string, values: readonly SqlValue[]): MysqlQuery {
    return {
      sql,
      ...(values.length === 0 ? {} : { values: [...values] }),
      rowsAsArray: true,
      nestTables: false,
      typeCast: this.#typeCast,
      supportBigNumbers: false,
    }
  }

  #send(method: 'query' | 'execute', query: MysqlQuery): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#connection[method](query, (error, answer) => {
        if (error instanceof Error) reject(error)
        else resolve(answer)
      })
    })
  }

  #makeRoomFor(sql: string): void {
    const known = unnamed.get(this.#connection) ?? new Set()
    unnamed.set(this.#connection, known)
    known.delete(sql)
    known.add(sql)
    if (known.size <= maximumUnnamed) return
    // The first of a set is the one that went in first.
    for (const oldest of known) {
      known.delete(oldest)
      this.#connection.unprepare(this.#toQuery(oldest, []))
      return
    }
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    return true
  }
}

function toResult(answer: unknown): SqlResult {
  // As mysql2 answers: a list of the rows, which are lists.
  if (Array.isArray(answer)) return { rows: answer as readonly SqlRow[], affected: answer.length }
  const { affectedRows } = answer as { readonly affectedRows: number }
  return { rows: [], affected: affectedRows }
}

/** An error of a connection between two statements: the next statement says so. Without a listener it ends the process. */
function ignore(): void {}

const leaveToMysql2 = (_field: unknown, next: () => unknown): unknown => next()
