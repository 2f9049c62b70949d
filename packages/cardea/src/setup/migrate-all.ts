import { isCardeaError } from '@cardea/core'
import type { MigrationReport, Table } from '@cardea/storage'
import type { Services } from '../services/services.js'

/**
 * Migrates the tables of code, and then those of collections that were defined at run time: a new version of Cardea may
 * want more of them, too.
 */
export async function migrateAll(
  services: Services,
  tables: readonly Table[],
  { dryRun = false }: { readonly dryRun?: boolean | undefined },
): Promise<MigrationReport> {
  const options = { dryRun }
  const report = await services.storage.migrate(tables, options)
  const stored = await storedTables(services, dryRun)
  if (stored.length === 0) return report
  const more = await services.storage.migrate(stored, options)
  return { ...report, steps: [...report.steps, ...more.steps] }
}

async function storedTables({ collections, storage }: Services, dryRun: boolean): Promise<readonly Table[]> {
  try {
    // Reading would make a database file that is not there yet; this does not.
    if (dryRun) await storage.examine()
    return tablesDefinedAtRunTime(await collections.latest())
  } catch (error) {
    // Before the first migration there is no table to read definitions from, and so there are none.
    if (dryRun && isCardeaError(error, 'schema_outdated')) return []
    throw error
  }
}

/** The tables of collections that code does not define. */
export function tablesDefinedAtRunTime({ infos, registry }: Services['collections']['current']): readonly Table[] {
  const stored = new Set(
    [...infos.values()].filter(({ system }) => !system).map(({ collection }) => registry.table(collection)),
  )
  return registry.tables().filter((table) => stored.has(table))
}
