import { isCardeaError } from '@cardea/core'
import type { SchemaProblem, Table } from '@cardea/storage'
import { indexNames, uniqueIndexNames } from '../dialect/names.js'
import type { SqlSession } from '../driver/sql-driver.js'
import type { StorageParts } from '../storage/parts.js'
import { findColumn, findIndex, unfilledColumns } from './compare.js'
import type { MigrationEnvironment } from './environment.js'
import type { LiveTable } from './live.js'
import { withoutLost } from './lost.js'
import { mappedProblems } from './mapped.js'
import { foreignTable, goneTable } from './migrator.js'
import { planTable } from './plan.js'
import type { SchemaDialect } from './schema-dialect.js'
import { type TableSpec, toSpec } from './spec.js'
import { type MigrationState, readState } from './state.js'

/** A problem of the table that is looked at. */
type Found = Omit<SchemaProblem, 'table'>

/** Compares the tables with the ledger and with what is wanted. Reads only. */
export async function verifyTables(
  parts: StorageParts,
  environment: MigrationEnvironment,
  session: SqlSession,
  tables: readonly Table[],
): Promise<readonly SchemaProblem[]> {
  const dialect = await environment.open(session)
  const own = tables.filter(({ mapped }) => mapped !== true)
  const state = await readState(parts, dialect, session, own)
  const found = own.flatMap((table) =>
    problemsOf(dialect, state, toSpec(table, parts.context.names)).map((each) => ({ table: table.name, ...each })),
  )
  const mapped = tables.filter((table) => table.mapped === true)
  return [...found, ...(await mappedProblems(parts, dialect, session, mapped))]
}

function problemsOf(dialect: SchemaDialect, state: MigrationState, wanted: TableSpec): readonly Found[] {
  const { name } = wanted
  const live = state.live.get(name)
  const recorded = state.recorded.get(name)
  if (recorded === undefined) {
    return live === undefined
      ? [error('missing_table', `table ${name} is missing`)]
      : [error('foreign_table', foreignTable(name).message, foreignTable(name).advice)]
  }
  if (state.unfinished.has(name)) {
    return [error('unfinished', `a migration of table ${name} broke off`, 'migrate again')]
  }
  if (live === undefined) {
    return [error('missing_table', goneTable(name).message, goneTable(name).advice)]
  }
  const found = withoutLost(recorded, live)
  const missing = missingIn(found, recorded, wanted)
  return [...missing, ...notMigrated(dialect, found, wanted, missing), ...differencesOf(dialect, live, found, wanted)]
}

/** What the table lacks, whether no migration made it yet or it was dropped since. */
function missingIn(found: TableSpec, recorded: TableSpec, wanted: TableSpec): readonly Found[] {
  const { name } = wanted
  const lacking = (part: 'columns' | 'unique' | 'indexes'): string[] =>
    Object.keys(wanted[part]).filter((key) => !Object.hasOwn(found[part], key))
  const columns = lacking('columns').map((column) => {
    const spec = wanted.columns[column]
    const lost = Object.hasOwn(recorded.columns, column)
    if (!lost) return error('missing_column', `column ${name}.${column} is missing`)
    const addable = spec?.nullable === true || spec?.default !== undefined
    const advice = addable ? 'migrate: it comes back without its values' : 'restore it'
    return error('missing_column', `column ${name}.${column} was dropped`, advice)
  })
  const unique = lacking('unique').map((key) => error('missing_unique_key', `unique key ${name}.${key} is missing`))
  const indexes = lacking('indexes').map((key) => warning('missing_index', `index ${name}.${key} is missing`))
  const hasTrigger = wanted.afterDelete === undefined || found.afterDelete !== undefined
  const trigger = hasTrigger ? [] : [error('missing_trigger', `the trigger of table ${name} is missing`)]
  return [...columns, ...unique, ...indexes, ...trigger]
}

/** What else a migration would change, or refuses to. */
function notMigrated(
  dialect: SchemaDialect,
  found: TableSpec,
  wanted: TableSpec,
  missing: readonly Found[],
): readonly Found[] {
  try {
    const change = planTable(found, { spec: wanted, initialRows: [] })
    if (change?.kind !== 'widen') return []
    const longer = Object.keys(change.longer ?? {}).filter((column) => dialect.lengthen(wanted, [column]).length > 0)
    const olderTrigger = change.afterDelete !== undefined && found.afterDelete !== undefined
    return [
      ...change.nullable.map((column) =>
        error('different_column', `column ${wanted.name}.${column} cannot be null yet`),
      ),
      ...longer.map((column) => error('different_column', `column ${wanted.name}.${column} cannot be as long yet`)),
      ...(olderTrigger ? [error('missing_trigger', `the trigger of table ${wanted.name} is an older one`)] : []),
    ]
  } catch (refusal) {
    // A column that is missing and cannot be added was named already.
    if (!isCardeaError(refusal) || missing.some(({ problem }) => problem === 'missing_column')) return []
    const message = refusal.message.replace(/^migrate: /, '')
    return [error('different_column', message, 'keep the table as it was in the code, or migrate it yourself')]
  }
}

/** What is there but is not as migrations made it. Of what the code does not know, only what keeps rows out matters. */
function differencesOf(dialect: SchemaDialect, live: LiveTable, found: TableSpec, wanted: TableSpec): readonly Found[] {
  const { name } = found
  const differences: Found[] = []
  for (const [column, spec] of Object.entries(found.columns)) {
    if (!Object.hasOwn(wanted.columns, column)) continue
    const presence = findColumn(dialect, live, column, spec)
    if (typeof presence === 'object') differences.push(warning('different_column', ...changedByHand(name, presence)))
  }
  for (const part of ['unique', 'indexes'] as const) {
    const unique = part === 'unique'
    for (const [key, columns] of Object.entries(found[part])) {
      if (!Object.hasOwn(wanted[part], key)) continue
      const names = unique ? uniqueIndexNames(name, key) : indexNames(name, key)
      const index = { ...names, columns, unique }
      const presence = findIndex(live, index)
      if (typeof presence !== 'object') continue
      const told = changedByHand(name, presence)
      differences.push(unique ? error('different_key', ...told) : warning('different_key', ...told))
    }
  }
  if (live.primaryKey.join() !== found.primaryKey.join()) {
    const difference = `has the primary key (${live.primaryKey.join(', ')})`
    differences.push(error('different_key', ...changedByHand(name, { difference })))
  }
  for (const column of unfilledColumns(live, { ...found.columns, ...wanted.columns })) {
    const message = `column ${name}.${column}, which no migration made, cannot be null and may have no default`
    differences.push(warning('different_column', message, 'without one, no row can be added: give it a default'))
  }
  return differences
}

const changedByHand = (table: string, { difference }: { readonly difference: string }): readonly [string, string] => [
  `table ${table} ${difference}, which no migration made`,
  'change it back',
]

const error = (problem: SchemaProblem['problem'], message: string, advice = 'migrate'): Found => ({
  problem,
  severity: 'error',
  message,
  advice,
})

const warning = (problem: SchemaProblem['problem'], message: string, advice = 'migrate'): Found => ({
  ...error(problem, message, advice),
  severity: 'warning',
})
