import type { SqlResult, SqlRow, SqlText, SqlValue } from '../driver/sql-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import type { NativeDatabase, NativeStatement } from './native.js'
import { StatementCache } from './statement-cache.js'

/** One connection and its prepared statements. It answers at once; what it throws is the library's own error. */
export class SqliteConnection {
  readonly #native: NativeDatabase
  readonly #log: StatementLog
  readonly #statements: StatementCache<NativeStatement>

  constructor(native: NativeDatabase, log: StatementLog) {
    this.#native = native
    this.#log = log
    this.#statements = new StatementCache((sql) => native.prepare(sql, 'arrays'))
  }

  get inTransaction(): boolean {
    return this.#native.inTransaction
  }

  readOne({ sql }: SqlText, values: readonly SqlValue[]): SqlRow | undefined {
    return this.#log.sync('statement', sql, () => this.#statements.get(sql).get(values))
  }

  read({ sql }: SqlText, values: readonly SqlValue[]): readonly SqlRow[] {
    return this.#log.sync('statement', sql, () => this.#statements.get(sql).all(values))
  }

  write({ sql }: SqlText, values: readonly SqlValue[]): SqlResult {
    return this.#log.sync('statement', sql, () => {
      const statement = this.#statements.get(sql)
      if (statement.returnsRows) {
        const rows = statement.all(values)
        return { rows, affected: rows.length }
      }
      return { rows: [], affected: Number(statement.run(values).changes) }
    })
  }

  /** Runs a statement without values, such as BEGIN. */
  command(sql: string): void {
    this.#log.sync('transaction', sql, () => this.#native.exec(sql))
  }

  close(): void {
    this.#native.close()
  }
}
