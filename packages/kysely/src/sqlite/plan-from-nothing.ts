import type { MigrationReport, Table } from '@cardea/storage'
import { StatementLog } from '../driver/statement-log.js'
import type { MigrationEnvironment } from '../migrate/environment.js'
import { Migrator } from '../migrate/migrator.js'
import type { StorageParts } from '../storage/parts.js'
import { toSqliteSource } from './source.js'
import { SqliteDriver } from './sqlite-driver.js'

/** What a migration would do where there is no file yet, which a dry run must not make. */
export async function planFromNothing(
  parts: StorageParts,
  environment: MigrationEnvironment,
  tables: readonly Table[],
): Promise<MigrationReport> {
  const source = toSqliteSource(':memory:')
  const driver = new SqliteDriver({ source, log: new StatementLog(undefined), synchronous: 'normal' })
  try {
    return await new Migrator({ parts, driver, environment }).migrate(tables, { dryRun: true })
  } finally {
    await driver.close()
  }
}
