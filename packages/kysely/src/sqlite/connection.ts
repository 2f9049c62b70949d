import type { SqlResult, SqlRow, SqlText, SqlValue } from '../driver/sql-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import type { NativeDatabase, NativeStatement } from './native.js'
import { RowMemory } from './row-memory.js'
import { StatementCache } from './statement-cache.js'

/** One connection and its prepared statements. It answers at once; what it throws is the library's own error. */
export class SqliteConnection {
  readonly #native: NativeDatabase
  readonly #log: StatementLog
  readonly #statements: StatementCache<NativeStatement>
  readonly #memory: RowMemory

  constructor(native: NativeDatabase, log: StatementLog) {
    this.#native = native
    this.#log = log
    this.#statements = new StatementCache((sql) => native.prepare(sql, 'arrays'))
    // Changes whenever another connection has committed, and costs a third of a read: it starts one, and no more.
    this.#memory = new RowMemory(() => Number(this.#statements.get('pragma data_version').get([])?.[0]))
  }

  get inTransaction(): boolean {
    return this.#native.inTransaction
  }

  readOne({ sql }: SqlText, values: readonly SqlValue[]): SqlRow | undefined {
    return this.#log.sync('statement', sql, () => this.#statements.get(sql).get(values))
  }

  /** For a connection that nothing is written by: what it commits itself does not count as a change. */
  readOften<Row extends object>({ sql }: SqlText, key: string, decode: (row: SqlRow) => Row): Row | undefined {
    return this.#log.sync('statement', sql, () =>
      this.#memory.find(sql, key, () => {
        const row = this.#statements.get(sql).get([key])
        return row === undefined ? undefined : decode(row)
      }),
    )
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
