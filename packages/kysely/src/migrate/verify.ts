import type { SchemaProblem, Table } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'
import type { StorageParts } from '../storage/parts.js'
import type { MigrationEnvironment } from './environment.js'
import { foreignTableMessage } from './migrator.js'
import { type MigrationState, readState } from './state.js'

/** Compares the tables with the ledger and with what is wanted. Reads only. */
export async function verifyTables(
  parts: StorageParts,
  environment: MigrationEnvironment,
  session: SqlSession,
  tables: readonly Table[],
): Promise<readonly SchemaProblem[]> {
  const dialect = await environment.open(session)
  const state = await readState(parts, dialect, session, tables)
  return tables.flatMap((table) => problemsOf(state, table, parts.context.names.table(table.name)))
}

function problemsOf(state: MigrationState, { name: table, columns }: Table, physical: string): SchemaProblem[] {
  const live = state.live.get(physical)
  if (!state.recorded.has(physical)) {
    return live === undefined
      ? [{ table, problem: 'missing_table', message: `table ${physical} is missing: migrate` }]
      : [{ table, problem: 'foreign_table', message: foreignTableMessage(physical) }]
  }
  if (state.unfinished.has(physical)) {
    return [{ table, problem: 'unfinished', message: `a migration of table ${physical} broke off: migrate again` }]
  }
  if (live === undefined) {
    const message = `table ${physical} was migrated but is gone: restore it, or take its rows out of the ledger and migrate`
    return [{ table, problem: 'missing_table', message }]
  }
  return Object.keys(columns)
    .filter((column) => !live.columns.has(column))
    .map((column) => ({
      table,
      problem: 'missing_column',
      message: `column ${physical}.${column} is missing: migrate`,
    }))
}
