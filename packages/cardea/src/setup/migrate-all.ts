import { isCardeaError } from '@cardea/core'
import type { PruneReport } from '@cardea/permissions/stored'
import type { MigrationReport, Table } from '@cardea/storage'
import { finishChanges } from '../collections/finish-changes.js'
import type { Services } from '../services/services.js'
import { fillIn, type MissingValues, missingAfter, recordsLack } from './missing-values.js'
import { tablesDefinedAtRunTime } from './run-time-tables.js'

/** What a migration of an instance did, or would do. */
export interface InstanceMigration extends MigrationReport {
  /** What was removed of roles and permissions that code declares no more, where that was asked for. */
  readonly pruned?: PruneReport
  /** What of roles and permissions code declares no more and `prune` would remove, where there is any: until then it is in force. */
  readonly leftOver?: PruneReport
  /** Required fields that were added to collections with records, which have no value in them, where there are any. */
  readonly missingValues?: readonly MissingValues[]
}

export interface InstanceMigrationOptions {
  /** Whether only to say what would be done. Default: false. */
  readonly dryRun?: boolean | undefined
  /**
   * Whether to remove roles, permissions, grants and inheritance that code once declared and declares no more. Only once no
   * node runs the code that did. Default: false.
   */
  readonly prune?: boolean | undefined
}

/**
 * Migrates the tables of code, and then those of collections that were defined at run time: a new version of Cardea may
 * want more of them, too.
 */
export async function migrateAll(
  services: Services,
  tables: readonly Table[],
  { dryRun = false, prune = false }: InstanceMigrationOptions,
): Promise<InstanceMigration> {
  const report = await withMissingValues(services, await migrateTables(services, tables, { dryRun }))
  const pruned = await prunePolicy(services, { dryRun, prune })
  if (pruned === undefined) return report
  if (prune) return { ...report, pruned }
  return isEmptyReport(pruned) ? report : { ...report, leftOver: pruned }
}

/** Said in the log as well: an app that migrates at its start looks at no report. */
async function withMissingValues(services: Services, report: MigrationReport): Promise<InstanceMigration> {
  const missingValues = await missingAfter(services, report)
  for (const missing of missingValues) services.config.logger.warn(`${recordsLack(missing)}. Way out: ${fillIn}.`)
  return missingValues.length === 0 ? report : { ...report, missingValues }
}

const isEmptyReport = (report: PruneReport): boolean =>
  Object.values(report).every((list: readonly unknown[]) => list.length === 0)

/** Before the first migration there is nothing to remove. */
async function prunePolicy(
  { policy, storage }: Services,
  { dryRun, prune }: { readonly dryRun: boolean; readonly prune: boolean },
): Promise<PruneReport | undefined> {
  try {
    // Reading would make a database file that is not there yet; this does not.
    if (dryRun) await storage.examine()
    return await policy.prune({ dryRun: dryRun || !prune })
  } catch (error) {
    if (dryRun && isCardeaError(error, 'schema_outdated')) return undefined
    throw error
  }
}

async function migrateTables(
  services: Services,
  tables: readonly Table[],
  options: { readonly dryRun: boolean },
): Promise<MigrationReport> {
  const report = await services.storage.migrate(tables, options)
  const stored = await storedTables(services, options.dryRun)
  if (stored.length === 0) return report
  const left = await finishChanges(services, stored, options)
  // What a dry run has planned for a table that a change was broken off in is all that is to be said of it.
  const rest = options.dryRun ? stored.filter(({ name }) => !left.some(({ table }) => table === name)) : stored
  const more = await services.storage.migrate(rest, options)
  return { ...report, steps: [...report.steps, ...left, ...more.steps] }
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
