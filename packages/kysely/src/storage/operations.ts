import { type Condition, isCardeaError } from '@cardea/core'
import {
  checkConflict,
  checkPatch,
  checkRow,
  type FindOneQuery,
  type FindQuery,
  type Found,
  type Include,
  type InsertOptions,
  type NewRowOf,
  type Params,
  type RowOf,
  type StorageOperations,
  type StoredRow,
  type Table,
  type UpdateQuery,
} from '@cardea/storage'
import { toCardeaError } from '../dialect/failure.js'
import type { SqlResult, SqlRow, SqlSession } from '../driver/sql-driver.js'
import { columnNames, createRowDecoder } from '../query/decode.js'
import type { Plan } from '../query/plans.js'
import type { AnyFindQuery } from '../query/select.js'
import {
  type CompiledWrite,
  compileConsume,
  compileCount,
  compileDelete,
  compileDeleteByKey,
  compileInsert,
  compileLastAssigned,
  compilePick,
  compileUpdate,
} from '../query/write.js'
import { createStatements, insertByKey, type KeyConflict } from './insert-by-key.js'
import type { StorageParts } from './parts.js'
import { retryConflicts } from './retry.js'

/** What verbs can do that are not inside a transaction already. */
export interface Alone {
  /** Runs work all or nothing. */
  atomically<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result>
  /** Whether a statement that failed can be tried again: not when the app's transaction failed with it. */
  readonly retries: boolean
}

/** Longer statements gain nothing. */
const maximumRowsPerStatement = 500

/** The verbs of storage over a session. */
export class SqlOperations implements StorageOperations {
  readonly #parts: StorageParts
  readonly #session: SqlSession
  readonly #alone: Alone

  /** @param alone Absent within a transaction: there, several statements of one verb belong together anyway. */
  constructor(parts: StorageParts, session: SqlSession, alone?: Alone) {
    this.#parts = parts
    this.#session = session
    this.#alone = alone ?? { atomically: (work) => work(session), retries: false }
  }

  async insert<T extends Table>(
    table: T,
    rows: NewRowOf<T> | readonly NewRowOf<T>[],
    options?: InsertOptions<T>,
  ): Promise<number> {
    const list: readonly unknown[] = Array.isArray(rows) ? rows : [rows]
    const checked = list.map((row) => checkRow(table, row))
    const onConflict = options?.onConflict
    const conflict =
      onConflict === undefined ? undefined : { ...checkConflict(table, checked, onConflict), where: onConflict.where }
    const { maximumValues, resolvesConflicts } = this.#parts.context.dialect
    if (conflict !== undefined && !resolvesConflicts && onConflict !== undefined) {
      return this.#insertByKey(table, checked, { ...conflict, key: onConflict.key })
    }
    const [first] = checked
    if (options?.onAssigned !== undefined && first !== undefined) {
      return this.#insertAssigned(table, first, options.onAssigned)
    }
    const most = Math.min(maximumRowsPerStatement, Math.floor(maximumValues / columnNames(table).length))
    const writes: CompiledWrite[] = []
    for (let start = 0; start < checked.length; start += most) {
      writes.push(compileInsert(this.#parts.context, table, checked.slice(start, start + most), conflict))
    }
    try {
      return await this.#insertAll(table, writes)
    } catch (error) {
      if (onConflict === undefined || !this.#alone.retries || !isOfAnotherKey(error, onConflict.key)) throw error
      // PostgreSQL finds the key that is asked for free, and then another one taken by a row that just came in. That row
      // may be in conflict by both; looked at once more, it is found by the key that counts.
      return this.#insertAll(table, writes)
    }
  }

  find<T extends Table, I extends Include<T> = Record<never, never>>(
    table: T,
    query: FindQuery<T, I>,
    params?: Params,
  ): Promise<readonly Found<T, I>[]> {
    // The plan's decoder puts together what Found spells out: the table's row and those included.
    return this.#readAll(table, query, params) as Promise<readonly Found<T, I>[]>
  }

  findOne<T extends Table, I extends Include<T> = Record<never, never>>(
    table: T,
    query: FindOneQuery<T, I>,
    params?: Params,
  ): Promise<Found<T, I> | undefined> {
    // This is what every authenticated request waits for: no closure, no statement built, one promise.
    let plan: Plan
    let found: ReturnType<SqlSession['readOne']>
    try {
      plan = this.#parts.plans.one(table, query)
      if (query.often === true && this.#session.readOften !== undefined) {
        // As in find.
        return this.#findOften(table, plan, params) as Promise<Found<T, I> | undefined>
      }
      found = this.#readOne(table, plan, params)
      if (!(found instanceof Promise)) {
        const row = found === undefined ? undefined : plan.decode(found)
        // As in find.
        return Promise.resolve(row as Found<T, I> | undefined)
      }
    } catch (error) {
      return Promise.reject(error)
    }
    return found.then(
      // As in find.
      (row) => (row === undefined ? undefined : (plan.decode(row) as Found<T, I>)),
      (error: unknown) => {
        throw toCardeaError(this.#parts.failures, error, table)
      },
    )
  }

  async update<T extends Table>(table: T, query: UpdateQuery<T>): Promise<number> {
    const patch = checkPatch(table, query)
    return this.#write(table, this.#session, compileUpdate(this.#parts.context, table, query.where, patch))
  }

  async consume<T extends Table>(table: T, where: Condition): Promise<RowOf<T> | undefined> {
    const { context } = this.#parts
    const row = context.dialect.returnsRows
      ? (await this.#run(table, this.#session, compileConsume(context, table, where))).rows[0]
      : await this.#consumePicked(table, where)
    // Either statement returns every column of the table, which is what RowOf spells out.
    return row === undefined ? undefined : (createRowDecoder(context.dialect, table)(row) as RowOf<T>)
  }

  async delete(table: Table, where: Condition): Promise<number> {
    return this.#write(table, this.#session, compileDelete(this.#parts.context, table, where))
  }

  async count(table: Table, where?: Condition): Promise<number> {
    const { sql, bind } = compileCount(this.#parts.context, table, where)
    const values = bind(undefined)
    try {
      const row = await this.#session.readOne({ sql }, values)
      return Number(row?.[0] ?? 0)
    } catch (error) {
      throw toCardeaError(this.#parts.failures, error, table)
    }
  }

  /** For a session that may know the row already, by the one text that the query is given. */
  #findOften(table: Table, plan: Plan, params: Params | undefined): Promise<unknown> {
    const { text, bind, decode } = plan
    const values = bind(params)
    const [key] = values
    if (values.length !== 1 || typeof key !== 'string') {
      throw new TypeError(`${table.name}: a read that is made often is by one text`)
    }
    const typed = (error: unknown): never => {
      throw toCardeaError(this.#parts.failures, error, table)
    }
    try {
      const found = this.#session.readOften?.(text, key, decode)
      // What is there already waits for nothing more.
      return found instanceof Promise ? found.catch(typed) : Promise.resolve(found)
    } catch (error) {
      return typed(error)
    }
  }

  #readOne(table: Table, plan: Plan, params: Params | undefined): ReturnType<SqlSession['readOne']> {
    const values = plan.bind(params)
    try {
      return this.#session.readOne(plan.text, values)
    } catch (error) {
      throw toCardeaError(this.#parts.failures, error, table)
    }
  }

  async #readAll(table: Table, query: AnyFindQuery, params: Params | undefined): Promise<readonly unknown[]> {
    const plan = this.#parts.plans.many(table, query)
    const values = plan.bind(params)
    let rows: readonly SqlRow[]
    try {
      rows = await this.#session.read(plan.text, values)
    } catch (error) {
      throw toCardeaError(this.#parts.failures, error, table)
    }
    return rows.map(plan.decode)
  }

  async #insertAll(table: Table, writes: readonly CompiledWrite[]): Promise<number> {
    const [first] = writes
    if (first === undefined) return 0
    if (writes.length === 1) return this.#write(table, this.#session, first)
    return this.#alone.atomically(async (session) => {
      let written = 0
      for (const write of writes) written += await this.#write(table, session, write)
      return written
    })
  }

  /** Inserts a row of a mapped table, and tells what the database gave to the column that it leaves out. */
  async #insertAssigned(table: Table, row: StoredRow, tell: (value: string) => void): Promise<number> {
    const { context } = this.#parts
    const left = columnNames(table).find((name) => !Object.hasOwn(row, name))
    const insert = compileInsert(context, table, [row], undefined, left)
    const ask = compileLastAssigned(context)
    if (left === undefined || ask === undefined) {
      const { rows, affected } = await this.#run(table, this.#session, insert)
      if (left !== undefined) tell(String(rows[0]?.[0]))
      return affected
    }
    // The answer is the connection's own.
    return this.#alone.atomically(async (session) => {
      const written = await this.#write(table, session, insert)
      tell(String((await this.#run(table, session, ask)).rows[0]?.[0]))
      return written
    })
  }

  /** Takes out a row in two statements: the first picks it and keeps it from everybody else. */
  #consumePicked(table: Table, where: Condition): Promise<SqlRow | undefined> {
    const { context } = this.#parts
    const pick = compilePick(context, table, where)
    return this.#alone.atomically(async (session) => {
      const [row] = (await this.#run(table, session, pick)).rows
      if (row === undefined) return undefined
      // What was checked when it was written is a stored row, whose key no JSON can be part of.
      const picked = createRowDecoder(context.dialect, table)(row) as StoredRow
      await this.#write(table, session, compileDeleteByKey(context, table, picked))
      return row
    })
  }

  /** Inserts rows, or settles their conflict over a key, in several statements each. */
  async #insertByKey(table: Table, rows: readonly StoredRow[], conflict: KeyConflict): Promise<number> {
    const insert = async (session: SqlSession, row: StoredRow): Promise<number> => {
      const statements = createStatements(this.#parts.context, table, row, conflict)
      return insertByKey(statements, conflict.key, {
        write: (statement) => this.#write(table, session, statement),
        readOne: async (statement) => (await this.#run(table, session, statement)).rows[0],
      })
    }
    const [first, ...others] = rows
    if (first === undefined) return 0
    // Each of the statements stands for itself, so a single row needs no transaction.
    if (others.length === 0) return insert(this.#session, first)
    return this.#alone.atomically(async (session) => {
      let written = 0
      for (const row of rows) written += await insert(session, row)
      return written
    })
  }

  async #write(table: Table, session: SqlSession, write: CompiledWrite): Promise<number> {
    return (await this.#run(table, session, write)).affected
  }

  /** Runs a write. One that stands alone was undone as a whole if another was in its way, and can run again. */
  #run(table: Table, session: SqlSession, { sql, bind }: CompiledWrite): Promise<SqlResult> {
    const values = bind(undefined)
    const once = async (): Promise<SqlResult> => {
      try {
        return await session.write({ sql }, values)
      } catch (error) {
        throw toCardeaError(this.#parts.failures, error, table)
      }
    }
    return this.#alone.retries && session === this.#session ? retryConflicts(once) : once()
  }
}

const isOfAnotherKey = (error: unknown, key: string): boolean =>
  isCardeaError(error, 'unique_violation') && error.constraint?.key !== key
