import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import type { SqlValue } from '../driver/sql-driver.js'
import { patienceMilliseconds } from '../driver/unavailable.js'
import { whileBusy } from './busy.js'
import type { NativeDatabase, NativeStatement } from './native.js'
import { openPrepared, type Synchronous } from './open.js'
import { type SqliteHandle, type SqliteSource, toSqliteSource } from './source.js'
import { StatementCache } from './statement-cache.js'

export interface SqliteDialectOptions {
  /** When a commit counts as done; `full` survives a loss of power. Default `normal`. */
  readonly synchronous?: Synchronous
}

/**
 * A Kysely dialect for the SQLite that is part of Node, or for better-sqlite3.
 *
 * Beside Kysely's own it keeps statements prepared, switches WAL and foreign keys on, begins transactions as
 * `BEGIN IMMEDIATE` unless they are read-only (a transaction that reads first and then writes fails when anybody wrote
 * in between), and waits up to two seconds for locks without holding up the process.
 *
 * @example new Kysely<Database>({ dialect: sqliteDialect('./app.db') })
 * @param database A path, `:memory:`, or a database of `node:sqlite` or better-sqlite3, whose file is opened anew.
 */
export function sqliteDialect(database: string | SqliteHandle, options: SqliteDialectOptions = {}): Dialect {
  const source = toSqliteSource(database)
  return {
    createDriver: () => new SqliteKyselyDriver(source, options.synchronous ?? 'normal'),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    // Kysely's interface says `any` here; what it is does not matter to the introspector.
    createIntrospector: (kysely: Kysely<never>): DatabaseIntrospector => new SqliteIntrospector(kysely),
  }
}

/** One connection; Kysely itself lets one user after the other have it. */
class SqliteKyselyDriver implements Driver {
  readonly #source: SqliteSource
  readonly #synchronous: Synchronous
  #database: NativeDatabase | undefined
  #connection: SqliteKyselyConnection | undefined

  constructor(source: SqliteSource, synchronous: Synchronous) {
    this.#source = source
    this.#synchronous = synchronous
  }

  async init(): Promise<void> {
    const database = await whileBusy(() => openPrepared(this.#source, 'write', this.#synchronous), patienceMilliseconds)
    this.#database = database
    this.#connection = new SqliteKyselyConnection(database)
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#connection === undefined) throw new Error('sqliteDialect: the database is not open')
    return this.#connection
  }

  async beginTransaction(connection: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(accessMode === 'read only' ? 'begin' : 'begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`))
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`))
  }

  async releaseConnection(): Promise<void> {
    // There is one connection, and it stays.
  }

  async destroy(): Promise<void> {
    if (this.#source.owned) this.#database?.close()
    this.#database = undefined
    this.#connection = undefined
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

class SqliteKyselyConnection implements DatabaseConnection {
  readonly #database: NativeDatabase
  readonly #statements: StatementCache<NativeStatement<unknown>>

  constructor(database: NativeDatabase) {
    this.#database = database
    this.#statements = new StatementCache((sql) => database.prepare(sql, 'objects'))
  }

  executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    // Kysely hands on what the app binds; the library refuses what it cannot bind.
    const values = parameters as readonly SqlValue[]
    return whileBusy(() => {
      const statement = this.#statements.get(sql)
      // The type of a row is what the app says it is.
      if (statement.returnsRows) return { rows: statement.all(values) as Row[] }
      const { changes, lastInsertRowid } = statement.run(values)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    }, patienceMilliseconds)
  }

  async *streamQuery<Row>({ sql, parameters, query }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    if (!SelectQueryNode.is(query)) throw new Error('sqliteDialect: only select queries can be streamed')
    // A statement of its own: one that is being read from cannot run for somebody else.
    const statement = this.#database.prepare(sql, 'objects')
    // As in executeQuery.
    for (const row of statement.iterate(parameters as readonly SqlValue[])) yield { rows: [row as Row] }
  }
}
