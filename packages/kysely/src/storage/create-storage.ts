import { checkMigrateOptions, type Storage } from '@cardea/storage'
import { toCardeaError } from '../dialect/failure.js'
import type { SqlDriver, SqlSession } from '../driver/sql-driver.js'
import { SqlOperations } from './operations.js'
import type { StorageParts } from './parts.js'
import { retryConflicts } from './retry.js'
import type { SchemaTools } from './schema-tools.js'
import { TransactionGuard } from './transaction-guard.js'

/** What differs between a storage of its own and one inside a transaction of the app. */
export interface StorageShape {
  readonly parts: StorageParts
  readonly driver: SqlDriver
  /** Whether work that met a conflict can run again: not inside somebody else's transaction. */
  readonly retries: boolean
  join(transaction: unknown): Storage
  /** Loads what migrates and verifies, which no request needs. */
  schemaTools(): Promise<SchemaTools>
}

/** Puts the parts of a storage together. Opens nothing. */
export function createStorage(shape: StorageShape): Storage {
  const { parts, driver } = shape
  const { dialect } = parts.context
  const atomically = <Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> => {
    const once = (tries: number) => runOnce(parts, driver, work, tries)
    return shape.retries ? retryConflicts(once) : once(1)
  }
  const typed = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      // A definition that is wrong, rather than an answer of the database.
      if (error instanceof TypeError) throw error
      throw toCardeaError(parts.failures, error)
    }
  }
  const operations = new SqlOperations(parts, driver, { atomically, retries: shape.retries })
  return {
    dialect: dialect.name,
    insert: operations.insert.bind(operations),
    find: operations.find.bind(operations),
    findOne: operations.findOne.bind(operations),
    update: operations.update.bind(operations),
    consume: operations.consume.bind(operations),
    delete: operations.delete.bind(operations),
    count: operations.count.bind(operations),
    transaction: (work) => atomically((session) => new TransactionGuard(new SqlOperations(parts, session)).run(work)),
    join: (transaction) => shape.join(transaction),
    migrate: (tables, options) =>
      typed(async () => {
        const checked = checkMigrateOptions(options)
        return (await shape.schemaTools()).migrate(tables, checked)
      }),
    verify: (tables) => typed(async () => (await shape.schemaTools()).verify(tables)),
    examine: () => typed(async () => (await shape.schemaTools()).examine()),
    ping: () =>
      typed(async () => {
        await driver.readOne({ sql: 'select 1' }, [])
      }),
    close: () => driver.close(),
  }
}

/** Runs a transaction once. What the work throws stays as it is; what BEGIN and COMMIT throw becomes a typed error. */
async function runOnce<Result>(
  parts: StorageParts,
  driver: SqlDriver,
  work: (session: SqlSession) => Promise<Result>,
  tries: number,
): Promise<Result> {
  let failure: { readonly error: unknown } | undefined
  try {
    return await driver.transaction(async (session) => {
      try {
        return await work(session)
      } catch (error) {
        failure = { error }
        throw error
      }
    }, tries)
  } catch (error) {
    if (failure !== undefined) throw failure.error
    throw toCardeaError(parts.failures, error)
  }
}
