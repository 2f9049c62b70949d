import { lazy } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { Storage } from '@cardea/storage'
import type { Kysely } from 'kysely'
import { createNames } from '../dialect/names.js'
import { KyselyDriver } from '../driver/kysely-driver.js'
import { isKysely, requireKyselyInstance, requireKyselyTransaction } from '../driver/kysely-port.js'
import { KyselyTransactionDriver } from '../driver/kysely-transaction-driver.js'
import type { SqlDriver } from '../driver/sql-driver.js'
import { StatementLog } from '../driver/statement-log.js'
import { Plans } from '../query/plans.js'
import { createStorage } from '../storage/create-storage.js'
import { type CheckedOptions, checkOptions, invalid, type StorageOptions } from '../storage/options.js'
import type { StorageParts } from '../storage/parts.js'
import { whileBusyLater } from './busy.js'
import { requireForeignKeys, type Synchronous } from './open.js'
import { fileOf, type SqliteHandle, toSqliteSource } from './source.js'
import { SqliteDriver } from './sqlite-driver.js'
import { sqliteFailureOf } from './sqlite-failures.js'
import { createSqliteSql } from './sqlite-sql.js'

export interface SqliteOptions extends StorageOptions {
  /**
   * When a commit counts as done. `normal`: a loss of power, not a crash, can undo the last commits. `full`: it cannot,
   * and writes take several times as long. Default `normal`. Without effect on a Kysely instance.
   */
  readonly synchronous?: Synchronous
}

/**
 * Keeps Cardea's rows in SQLite.
 *
 * A path, or a database of `node:sqlite` or better-sqlite3, is opened with connections of Cardea's own: one that writes
 * and one that reads. A Kysely instance is used as it is, with the connection that the app gave it. Nothing is opened
 * before the first use.
 *
 * An app that opens the same file with better-sqlite3 hands in its database, not the path: two SQLite libraries in one
 * process undo each other's locks.
 *
 * @throws CardeaError `configuration_invalid` for a source or an option that is wrong.
 */
export function sqlite<Database>(
  source: string | SqliteHandle | Kysely<Database>,
  options: SqliteOptions = {},
): Storage {
  const checked = checkOptions('sqlite', options, ['synchronous'])
  const { synchronous = 'normal' } = options
  if (synchronous !== 'normal' && synchronous !== 'full')
    throw invalid('sqlite', 'synchronous', 'must be normal or full')
  const parts = createSqliteParts(checked.prefix, checked.clock)
  const log = new StatementLog(checked.log)
  return assemble(
    parts,
    createDriver(source, synchronous, checked, log),
    { ...checked, file: fileOf(source) },
    log,
    true,
  )
}

function createDriver<Database>(
  source: string | SqliteHandle | Kysely<Database>,
  synchronous: Synchronous,
  { statementTimeoutMilliseconds }: CheckedOptions,
  log: StatementLog,
): SqlDriver {
  if (isKysely(source)) {
    return new KyselyDriver({
      kysely: requireKyselyInstance(source),
      log,
      statementTimeoutMilliseconds,
      begin: () => ['begin immediate'],
      patiently: whileBusyLater,
      check: requireForeignKeys,
    })
  }
  return new SqliteDriver({ source: toSqliteSource(source), log, synchronous })
}

/** What all verbs of a storage on SQLite have in common. */
export function createSqliteParts(prefix: string | undefined, clock: Clock): StorageParts {
  const context = { dialect: createSqliteSql(), names: createNames(prefix), clock }
  // SQLite's errors name tables and columns, never values.
  const failures = { names: context.names, failureOf: sqliteFailureOf, withoutValues: (error: unknown) => error }
  return { context, plans: new Plans(context), failures }
}

function assemble(
  parts: StorageParts,
  driver: SqlDriver,
  options: CheckedOptions & { readonly file: string | undefined },
  log: StatementLog,
  retries: boolean,
): Storage {
  return createStorage({
    parts,
    driver,
    retries,
    join: (transaction) => {
      const joined = new KyselyTransactionDriver({
        transaction: requireKyselyTransaction(transaction),
        log,
        statementTimeoutMilliseconds: options.statementTimeoutMilliseconds,
        check: requireForeignKeys,
      })
      return assemble(parts, joined, options, log, false)
    },
    schemaTools: lazy(async () => {
      const { createSqliteSchemaTools } = await import('./sqlite-schema-tools.js')
      return createSqliteSchemaTools(parts, driver, options.file)
    }),
  })
}
