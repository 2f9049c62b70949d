import { PooledDriver } from '../driver/pooled-driver.js'
import type { StatementLog } from '../driver/statement-log.js'
import { ownTransactions, sharedTransactions } from './begin.js'
import type { MysqlConnection } from './client.js'
import { MysqlLease } from './lease.js'
import { isConnectionLost } from './mysql-failures.js'
import type { MysqlPoolSource } from './pool.js'
import { requireFoundRowsFlag, setUpStatements } from './session.js'

export interface MysqlDriverOptions {
  readonly pools: MysqlPoolSource
  readonly log: StatementLog
  readonly statementTimeoutMilliseconds: number
}

/** A mysql2 pool. */
export function createMysqlDriver({ pools, log, statementTimeoutMilliseconds }: MysqlDriverOptions): PooledDriver {
  const ready = new WeakSet<MysqlConnection>()
  const prepare = async (connection: MysqlConnection, lease: MysqlLease): Promise<void> => {
    if (pools.owned) {
      for (const sql of setUpStatements(statementTimeoutMilliseconds)) {
        await lease.command(sql, statementTimeoutMilliseconds)
      }
      return
    }
    requireFoundRowsFlag(connection.config)
    const { requireSettings } = await import('./required-settings.js')
    await requireSettings((sql) => lease.readSettings(sql, statementTimeoutMilliseconds), {})
  }
  const acquire = async (): Promise<MysqlLease> => {
    const connection = await connect(pools)
    const lease = new MysqlLease(connection, log)
    if (ready.has(connection)) return lease
    try {
      await prepare(connection, lease)
    } catch (error) {
      if (pools.owned) lease.destroy()
      else lease.giveBack()
      throw error
    }
    ready.add(connection)
    return lease
  }
  return new PooledDriver({
    leases: { load: () => pools.pool(), acquire, close: () => pools.close() },
    statementTimeoutMilliseconds,
    ...(pools.owned ? ownTransactions : sharedTransactions),
    isConnectionLost,
    // The lease prepares them again itself.
    isPreparedStatementLost: () => false,
  })
}

async function connect(pools: MysqlPoolSource): Promise<MysqlConnection> {
  const pool = await pools.pool()
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error instanceof Error) reject(error)
      else resolve(connection)
    })
  })
}
