import type { SqlDriver } from '../driver/sql-driver.js'
import { Migrator } from '../migrate/migrator.js'
import { tellingWhy } from '../migrate/telling-why.js'
import { verifyTables } from '../migrate/verify.js'
import type { StorageParts } from '../storage/parts.js'
import type { SchemaTools } from '../storage/schema-tools.js'
import { examineMysql } from './examine.js'
import { createMysqlMigrations } from './mysql-migrations.js'

export function createMysqlSchemaTools(parts: StorageParts, driver: SqlDriver): SchemaTools {
  const environment = createMysqlMigrations(parts)
  const migrator = new Migrator({ parts, driver, environment })
  const tools: SchemaTools = {
    migrate: (tables, options) => migrator.migrate(tables, options),
    verify: (tables) => verifyTables(parts, environment, driver, tables),
    examine: () => examineMysql(driver),
  }
  return tellingWhy(tools, parts.failures, refusalOf)
}

/** ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR (and _NO_PASSWORD), ER_BAD_DB_ERROR: of all that the server says, these quote no values. */
const refusals: ReadonlySet<unknown> = new Set([1044, 1045, 1049, 1698])

/** Access denied for user 'app'@'localhost' (using password: YES) */
const refusalOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && refusals.has((thrown as Error & { readonly errno?: unknown }).errno)
    ? thrown.message
    : undefined
