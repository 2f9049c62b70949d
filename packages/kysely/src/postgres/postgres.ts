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
import { beginTransaction } from './begin.js'
import type { PostgresPool } from './client.js'
import { ownPool, type PoolSource, sharedPool } from './pool.js'
import { createPostgresDriver } from './postgres-driver.js'
import { postgresFailureOf, withoutValues } from './postgres-failures.js'
import { createPostgresSql } from './postgres-sql.js'
import { refusePostgresUrl } from './url.js'

export interface PostgresOptions extends StorageOptions {
  /** Where Cardea's tables are; made by the first migration if need be. Default: the first of the search path. */
  readonly schema?: string
  /** How many connections the pool for a URL has at most, from 1 up. Default 10. */
  readonly poolSize?: number
}

/**
 * Keeps Cardea's rows in PostgreSQL.
 *
 * For a URL, the package `pg` is loaded and a pool made at the first use. A pool of `pg` or a Kysely instance is used as
 * it is and stays open at `close()`.
 *
 * @throws CardeaError `configuration_invalid` for a source or an option that is wrong.
 */
export function postgres<Database>(
  source: string | PostgresPool | Kysely<Database>,
  options: PostgresOptions = {},
): Storage {
  const checked = checkOptions('postgres', options, ['schema', 'poolSize'])
  const { schema, poolSize = 10 } = options
  if (schema !== undefined && (typeof schema !== 'string' || schema === '' || schema.length > 63)) {
    throw invalid('postgres', 'schema', 'must be the name of a schema')
  }
  checkRange('postgres', 'poolSize', poolSize, 1, 1_000)
  const parts = createPostgresParts(checked, schema)
  const log = new StatementLog(checked.log)
  const pool = isPool(source) ? source : undefined
  return assemble(parts, createDriver(source, poolSize, checked, log), { ...checked, schema, pool }, log, true)
}

/** What all verbs of a storage on PostgreSQL have in common. */
export function createPostgresParts({ prefix, clock, ownClock }: CheckedOptions, schema?: string): StorageParts {
  const context = { dialect: createPostgresSql({ schema, ownClock }), names: createNames(prefix), clock }
  const failures = { names: context.names, failureOf: postgresFailureOf, withoutValues }
  return { context, plans: new Plans(context), failures }
}

function createDriver<Database>(
  source: string | PostgresPool | Kysely<Database>,
  poolSize: number,
  { statementTimeoutMilliseconds }: CheckedOptions,
  log: StatementLog,
): SqlDriver {
  if (isKysely(source)) {
    return new KyselyDriver({
      kysely: requireKyselyInstance(source),
      log,
      statementTimeoutMilliseconds,
      begin: beginTransaction,
      patiently: (command) => command(),
    })
  }
  return createPostgresDriver({ pools: toPoolSource(source, poolSize), log, statementTimeoutMilliseconds })
}

function toPoolSource(source: unknown, poolSize: number): PoolSource {
  if (isPool(source)) return sharedPool(source)
  const url = typeof source === 'string' ? source : ''
  const refusal = refusePostgresUrl(url)
  if (refusal !== undefined) throw invalid('postgres', 'source', refusal)
  return ownPool(url, poolSize)
}

// A pool of `pg`; nothing else of that shape is around.
const isPool = (value: unknown): value is PostgresPool =>
  typeof value === 'object' && value !== null && typeof (value as Partial<PostgresPool>).connect === 'function'

function assemble(
  parts: StorageParts,
  driver: SqlDriver,
  options: CheckedOptions & { readonly schema: string | undefined; readonly pool: PostgresPool | undefined },
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
      })
      return assemble(parts, joined, options, log, false)
    },
    schemaTools: lazy(async () => {
      const { createPostgresSchemaTools } = await import('./postgres-schema-tools.js')
      return createPostgresSchemaTools(parts, driver, options)
    }),
  })
}
