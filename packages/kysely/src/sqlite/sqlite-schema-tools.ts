import { existsSync } from 'node:fs'
import type { SqlDriver } from '../driver/sql-driver.js'
import { Migrator } from '../migrate/migrator.js'
import { verifyTables } from '../migrate/verify.js'
import type { StorageParts } from '../storage/parts.js'
import type { SchemaTools } from '../storage/schema-tools.js'
import { examineSqlite } from './examine.js'
import { planFromNothing } from './plan-from-nothing.js'
import { createSqliteMigrations } from './sqlite-migrations.js'

export function createSqliteSchemaTools(parts: StorageParts, driver: SqlDriver, file: string | undefined): SchemaTools {
  const environment = createSqliteMigrations(parts.context.dialect.builder)
  const migrator = new Migrator({ parts, driver, environment })
  return {
    migrate: (tables, options) =>
      options?.dryRun === true && file !== undefined && !existsSync(file)
        ? planFromNothing(parts, environment, tables)
        : migrator.migrate(tables, options),
    verify: (tables) => verifyTables(parts, environment, driver, tables),
    examine: () => examineSqlite(driver, file),
  }
}
