import type { Table } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'
import { SqlOperations } from '../storage/operations.js'
import type { StorageParts } from '../storage/parts.js'
import { findTable } from './compare.js'
import { type LedgerRow, ledger } from './ledger.js'
import type { LiveTable } from './live.js'
import { refuse } from './plan.js'
import type { SchemaDialect } from './schema-dialect.js'
import { applyChange, type TableSpec, toSpec } from './spec.js'

/** What is known of the tables before a migration. */
export interface MigrationState {
  readonly hasLedger: boolean
  readonly rows: readonly LedgerRow[]
  /** The tables as the ledger says they are, or will be once what broke off is finished. */
  readonly recorded: ReadonlyMap<string, TableSpec>
  /** Tables of which a migration broke off. */
  readonly unfinished: ReadonlySet<string>
  /** The tables as they are. */
  readonly live: ReadonlyMap<string, LiveTable>
}

/**
 * Reads the ledger and the tables.
 *
 * @throws CardeaError `configuration_invalid` when somebody else's table has the ledger's name.
 */
export async function readState(
  parts: StorageParts,
  dialect: SchemaDialect,
  session: SqlSession,
  tables: readonly Table[],
): Promise<MigrationState> {
  const { names } = parts.context
  const wanted = tables.flatMap((table) => [
    names.table(table.name),
    ...Object.values(table.columns).flatMap(({ foreignKey }) =>
      foreignKey === undefined ? [] : [names.table(foreignKey.table)],
    ),
  ])
  const live = await dialect.inspect(session, [...new Set([names.ledger, ...wanted])])
  const presence = findTable(dialect, live.get(names.ledger), toSpec(ledger, names))
  if (typeof presence === 'object') {
    throw refuse(`table ${names.ledger} exists and ${presence.difference}, so it is no ledger: choose another prefix`)
  }
  const hasLedger = presence === 'same'
  const rows = hasLedger ? await readLedger(parts, session) : []
  const recorded = new Map<string, TableSpec>()
  for (const { table_name: name, change } of rows) {
    const after = applyChange(recorded.get(name), change)
    if (after === undefined) recorded.delete(name)
    else recorded.set(name, after)
  }
  const unfinished = new Set(rows.filter(({ state }) => state !== 'applied').map((row) => row.table_name))
  return { hasLedger, rows, recorded, unfinished, live }
}

function readLedger(parts: StorageParts, session: SqlSession): Promise<readonly LedgerRow[]> {
  return new SqlOperations(parts, session).find(ledger, {
    orderBy: [{ field: 'number', direction: 'asc' }],
    limit: 'all',
  })
}
