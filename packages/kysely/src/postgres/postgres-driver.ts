import { PooledDriver } from '../driver/pooled-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import { beginTransaction } from './begin.js'
import { PostgresLease } from './lease.js'
import type { PoolSource } from './pool.js'
import { isConnectionLost, isPreparedStatementLost } from './postgres-failures.js'

export interface PostgresDriverOptions {
  readonly pools: PoolSource
  readonly log: StatementLog
  readonly statementTimeoutMilliseconds: number
}

/** A `pg` pool. */
export function createPostgresDriver({
  pools,
  log,
  statementTimeoutMilliseconds,
}: PostgresDriverOptions): PooledDriver {
  // The server has limits as well: a transaction whose client is gone must not hold its locks for hours. Its limit for a
  // statement is the shorter one, since a statement that it cancels costs no connection.
  const limits = [
    `set local statement_timeout = ${Math.ceil(statementTimeoutMilliseconds * 0.9)}`,
    `set local idle_in_transaction_session_timeout = ${Math.max(10_000, statementTimeoutMilliseconds)}`,
  ]
  return new PooledDriver({
    leases: {
      load: () => pools.pool(),
      acquire: async () => new PostgresLease(await (await pools.pool()).connect(), log),
      close: () => pools.close(),
    },
    statementTimeoutMilliseconds,
    begin: (tries) => {
      const [begin = '', ...rest] = beginTransaction(tries)
      return [[begin, ...limits, ...rest].join('; ')]
    },
    isConnectionLost,
    isPreparedStatementLost,
  })
}
