import type { SqlDriver } from '../driver/sql-driver.js'
import { Migrator } from '../migrate/migrator.js'
import { tellingWhy } from '../migrate/telling-why.js'
import { verifyTables } from '../migrate/verify.js'
import type { StorageParts } from '../storage/parts.js'
import type { SchemaTools } from '../storage/schema-tools.js'
import type { PostgresPool } from './client.js'
import { examinePostgres } from './examine.js'
import { createPostgresMigrations } from './postgres-migrations.js'

export function createPostgresSchemaTools(
  parts: StorageParts,
  driver: SqlDriver,
  { schema, pool }: { readonly schema: string | undefined; readonly pool: PostgresPool | undefined },
): SchemaTools {
  const environment = createPostgresMigrations(parts, schema)
  const migrator = new Migrator({ parts, driver, environment })
  const tools: SchemaTools = {
    migrate: (tables, options) => migrator.migrate(tables, options),
    verify: (tables) => verifyTables(parts, environment, driver, tables),
    examine: () => examinePostgres(driver, pool),
  }
  return tellingWhy(tools, parts.failures)
}
