import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { SqlDriver } from '../driver/sql-driver.js'
import { Migrator } from '../migrate/migrator.js'
import { tellingWhy } from '../migrate/telling-why.js'
import { verifyTables } from '../migrate/verify.js'
import type { StorageParts } from '../storage/parts.js'
import type { SchemaTools } from '../storage/schema-tools.js'
import { examineSqlite } from './examine.js'
import { planFromNothing } from './plan-from-nothing.js'
import { createSqliteMigrations } from './sqlite-migrations.js'

export function createSqliteSchemaTools(parts: StorageParts, driver: SqlDriver, file: string | undefined): SchemaTools {
  const environment = createSqliteMigrations(parts.context.dialect.builder)
  const migrator = new Migrator({ parts, driver, environment })
  const tools: SchemaTools = {
    migrate: (tables, options) =>
      options?.dryRun === true && file !== undefined && !existsSync(file)
        ? planFromNothing(parts, environment, tables)
        : migrator.migrate(tables, options),
    verify: (tables) => verifyTables(parts, environment, driver, tables),
    examine: () => examineSqlite(driver, file),
  }
  return tellingWhy(tools, parts.failures, () => missingFolder(file))
}

/** SQLite says only that it is unable to open the file, which it would have made; a folder it does not make. */
function missingFolder(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  const folder = dirname(resolve(file))
  return existsSync(folder) ? undefined : `the folder ${folder} does not exist`
}
