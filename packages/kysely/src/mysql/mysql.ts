import { lazy } from '@cardea/core'
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
import { type CheckedOptions, checkOptions, checkRange, invalid, type StorageOptions } from '../storage/options.js'
import type { StorageParts } from '../storage/parts.js'
import { sharedTransactions } from './begin.js'
import type { MysqlCallbackPool, MysqlPool } from './client.js'
import { FoundRowsProbe } from './found-rows.js'
import { createMysqlDriver } from './mysql-driver.js'
import { isTransactionLost, mysqlFailureOf, withoutValues } from './mysql-failures.js'
import { createMysqlSql } from './mysql-sql.js'
import { type MysqlPoolSource, ownPool, sharedPool } from './pool.js'
import { refuseMysqlUrl } from './url.js'

/** Only connections of the app have settings that are not ours. */
const requireSettings: typeof import('./required-settings.js')['requireSettings'] = async (read, needs) =>
  (await import('./required-settings.js')).requireSettings(read, needs)

export interface MysqlOptions extends StorageOptions {
  /** How many connections the pool for a URL has at most, from 1 up. Default 10. */
  readonly poolSize?: number
}

/**
 * Keeps Cardea's rows in MySQL 8 or MariaDB, from 10.6 up.
 *
 * For a URL, the package `mysql2` is loaded and a pool made at the first use. A pool of `mysql2` or a Kysely instance is
 * used as it is and stays open at `close()`.
 *
 * @throws CardeaError `configuration_invalid` for a source or an option that is wrong.
 */
export function mysql<Database>(source: string | MysqlPool | Kysely<Database>, options: MysqlOptions = {}): Storage {
  const checked = checkOptions('mysql', options, ['poolSize'])
  const { poolSize = 10 } = options
  checkRange('mysql', 'poolSize', poolSize, 1, 1_000)
  const parts = createMysqlParts(checked)
  const log = new StatementLog(checked.log)
  const probe = new FoundRowsProbe(parts.context.names.ledger)
  return assemble(parts, createDriver(source, poolSize, checked, log, probe), { ...checked, probe }, log, true)
}

/** What all verbs of a storage on MySQL have in common. */
export function createMysqlParts({ prefix, clock, ownClock }: CheckedOptions): StorageParts {
  const context = { dialect: createMysqlSql(ownClock), names: createNames(prefix), clock }
  const failures = { names: context.names, failureOf: mysqlFailureOf, withoutValues }
  return { context, plans: new Plans(context), failures }
}

function createDriver<Database>(
  source: string | MysqlPool | Kysely<Database>,
  poolSize: number,
  { statementTimeoutMilliseconds }: CheckedOptions,
  log: StatementLog,
  probe: FoundRowsProbe,
): SqlDriver {
  if (isKysely(source)) {
    return new KyselyDriver({
      kysely: requireKyselyInstance(source),
      log,
      statementTimeoutMilliseconds,
      ...sharedTransactions,
      patiently: (command) => command(),
      check: async (session) => {
        await requireSettings((sql) => session.readOne({ sql }, []), { text: true })
        return probe.run(session)
      },
    })
  }
  return createMysqlDriver({ pools: toPoolSource(source, poolSize), log, statementTimeoutMilliseconds })
}

function toPoolSource(source: unknown, poolSize: number): MysqlPoolSource {
  if (typeof source === 'string') {
    const refusal = refuseMysqlUrl(source)
    if (refusal !== undefined) throw invalid('mysql', 'source', refusal)
    return ownPool(source, poolSize)
  }
  const pool = toCallbackPool(source)
  if (pool !== undefined) return sharedPool(pool)
  throw invalid('mysql', 'source', 'must be a URL that begins with mysql://, a pool of mysql2 or a Kysely instance')
}

/** A pool of `mysql2/promise` is a coat around one of `mysql2`. */
function toCallbackPool(source: unknown): MysqlCallbackPool | undefined {
  // Looked at member by member, each of which may be missing.
  const pool = source as { readonly pool?: unknown; readonly getConnection?: unknown } | null | undefined
  if (typeof pool?.getConnection !== 'function') return undefined
  return (typeof pool.pool === 'object' && pool.pool !== null ? toCallbackPool(pool.pool) : pool) as MysqlCallbackPool
}

function assemble(
  parts: StorageParts,
  driver: SqlDriver,
  options: CheckedOptions & { readonly probe: FoundRowsProbe },
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
        check: async (session) => {
          await requireSettings((sql) => session.readOne({ sql }, []), { text: true, transaction: true })
          await options.probe.run(session)
        },
        isTransactionLost,
      })
      return assemble(parts, joined, options, log, false)
    },
    schemaTools: lazy(async () => {
      const { createMysqlSchemaTools } = await import('./mysql-schema-tools.js')
      return createMysqlSchemaTools(parts, driver)
    }),
  })
}
