import type { SqlDriver } from '../driver/sql-driver.js'
import { Migrator } from '../migrate/migrator.js'
import { verifyTables } from '../migrate/verify.js'
import type { StorageParts } from '../storage/parts.js'
import type { SchemaTools } from '../storage/schema-tools.js'
import { examineMysql } from './examine.js'
import { createMysqlMigrations } from './mysql-migrations.js'

export function createMysqlSchemaTools(parts: StorageParts, driver: SqlDriver): SchemaTools {
  const environment = createMysqlMigrations(parts)
  const migrator = new Migrator({ parts, driver, environment })
  return {
    migrate: (tables, options) => migrator.migrate(tables, options),
    verify: (tables) => verifyTables(parts, environment, driver, tables),
    examine: () => examineMysql(driver),
  }
}
