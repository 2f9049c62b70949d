import { sql } from 'kysely'
import type { SqlSession } from '../driver/sql-driver.js'
import { mysqlFailureOf } from './mysql-failures.js'
import { createMysqlSql } from './mysql-sql.js'
import { foundRowsMissing } from './session.js'

/**
 * Finds out whether an update on connections of a Kysely instance answers how many rows it found. The flag for that is set
 * when a connection is made, and no statement can ask for it; so the first row of the ledger is set to what it is.
 */
export class FoundRowsProbe {
  readonly #update: string
  readonly #find: string
  #proven = false
  #running: Promise<void> | undefined

  constructor(ledger: string) {
    const { builder } = createMysqlSql(false)
    const [table, number] = [sql.id(ledger), sql.id('number')]
    this.#update = sql`update ${table} set ${number} = 1 where ${number} = 1`.compile(builder).sql
    this.#find = sql`select 1 as c0 from ${table} where ${number} = 1`.compile(builder).sql
  }

  /**
   * Once for all connections, whoever asks first: the row stays locked until a transaction of the app ends.
   *
   * @returns Whether it is certain: not before the first migration.
   * @throws CardeaError `configuration_invalid` when the flag is missing.
   */
  async run(session: SqlSession): Promise<boolean> {
    if (this.#proven) return true
    this.#running ??= this.#prove(session).finally(() => {
      this.#running = undefined
    })
    await this.#running
    return this.#proven
  }

  async #prove(session: SqlSession): Promise<void> {
    try {
      const { affected } = await session.write({ sql: this.#update }, [])
      this.#proven = affected === 1
      if (this.#proven || (await session.read({ sql: this.#find }, [])).length === 0) return
    } catch (error) {
      // Nothing was migrated yet, or nothing can be written at the moment.
      const { kind } = mysqlFailureOf(error)
      if (kind === 'schema_outdated' || kind === 'unavailable') return
      throw error
    }
    throw foundRowsMissing()
  }
}
