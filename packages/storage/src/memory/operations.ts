import { and, type Condition } from '@cardea/core'
import { checkPatch } from '../codec/patch.js'
import type { FindOneQuery, FindQuery, Found, Include, InsertOptions, Params, UpdateQuery } from '../contract/query.js'
import type { StatementEvent } from '../contract/statement-event.js'
import type { StorageOperations } from '../contract/storage.js'
import type { NewRowOf, RowOf, Table } from '../schema/table.js'
import { changeRow, patched } from './change-row.js'
import type { Engine } from './engine.js'
import { findOneRow, findRows, matchingRows } from './find.js'
import { insertRows } from './insert.js'
import { present } from './read.js'
import { removeRow } from './remove-row.js'

/** Runs the work of one verb, on committed rows or inside a transaction. What the work throws is the verb's error. */
export interface Runner {
  read<Result>(work: (engine: Engine) => Result): Promise<Result>
  write<Result>(work: (engine: Engine) => Result): Promise<Result>
}

/** The verbs of storage over a runner. */
export class Operations implements StorageOperations {
  readonly #runner: Runner
  readonly #log: (event: StatementEvent) => void

  constructor(runner: Runner, log: (event: StatementEvent) => void) {
    this.#runner = runner
    this.#log = log
  }

  async insert<T extends Table>(
    table: T,
    rows: NewRowOf<T> | readonly NewRowOf<T>[],
    options?: InsertOptions<T>,
  ): Promise<number> {
    const list: readonly unknown[] = Array.isArray(rows) ? rows : [rows]
    if (list.length === 0) return 0
    return this.#write(`insert ${table.name}`, (engine) => insertRows(engine, table, list, options))
  }

  async find<T extends Table, I extends Include<T> = Record<never, never>>(
    table: T,
    query: FindQuery<T, I>,
    params?: Params,
  ): Promise<readonly Found<T, I>[]> {
    // What findRows puts together is what Found spells out: the table's row and those included.
    return this.#read(`find ${table.name}`, (engine) => findRows(engine, table, query, params) as Found<T, I>[])
  }

  async findOne<T extends Table, I extends Include<T> = Record<never, never>>(
    table: T,
    query: FindOneQuery<T, I>,
    params?: Params,
  ): Promise<Found<T, I> | undefined> {
    // As in find.
    return this.#read(
      `find ${table.name}`,
      (engine) => findOneRow(engine, table, query, params) as Found<T, I> | undefined,
    )
  }

  async update<T extends Table>(table: T, query: UpdateQuery<T>): Promise<number> {
    return this.#write(`update ${table.name}`, (engine) => {
      const patch = checkPatch(table, query)
      const rows = matchingRows(engine, table, query.where)
      const existing = engine.catalog.existing(table)
      for (const row of rows) changeRow(engine, existing, row, patched(engine, existing, row, patch))
      return rows.length
    })
  }

  async consume<T extends Table>(table: T, where: Condition): Promise<RowOf<T> | undefined> {
    return this.#write(`consume ${table.name}`, (engine) => {
      const [row] = matchingRows(engine, table, where)
      if (row === undefined) return undefined
      removeRow(engine, engine.catalog.existing(table), row)
      return present(table, row)
    })
  }

  async delete(table: Table, where: Condition): Promise<number> {
    return this.#write(`delete ${table.name}`, (engine) => {
      const rows = matchingRows(engine, table, where)
      for (const row of rows) removeRow(engine, engine.catalog.existing(table), row)
      return rows.length
    })
  }

  async count(table: Table, where?: Condition): Promise<number> {
    return this.#read(`count ${table.name}`, (engine) => matchingRows(engine, table, where ?? and()).length)
  }

  #read<Result>(sql: string, work: (engine: Engine) => Result): Promise<Result> {
    return this.#runner.read((engine) => {
      this.#log({ kind: 'statement', sql })
      return work(engine)
    })
  }

  #write<Result>(sql: string, work: (engine: Engine) => Result): Promise<Result> {
    return this.#runner.write((engine) => {
      this.#log({ kind: 'statement', sql })
      return work(engine)
    })
  }
}
