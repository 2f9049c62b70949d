import { physicalName, type SchemaProblem, type Table } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'
import { physicalNames } from '../query/column.js'
import type { StorageParts } from '../storage/parts.js'
import { unfilledColumns } from './compare.js'
import type { LiveTable } from './live.js'
import { refuse } from './plan.js'
import type { SchemaDialect } from './schema-dialect.js'

type Found = Omit<SchemaProblem, 'table'>

/**
 * Whether tables that the app has made are there, with columns of types that can be read and written. Nothing here changes
 * any of them.
 */
export async function mappedProblems(
  { context }: StorageParts,
  dialect: SchemaDialect,
  session: SqlSession,
  tables: readonly Table[],
): Promise<readonly SchemaProblem[]> {
  if (tables.length === 0) return []
  const named = tables.map((table) => ({ table, name: context.names.table(table.name) }))
  const live = await dialect.inspect(
    session,
    named.map(({ name }) => name),
  )
  return named.flatMap(({ table, name }) =>
    problemsOf(dialect, table, live.get(name)).map((found) => ({ table: table.name, ...found })),
  )
}

/** @throws CardeaError `configuration_invalid` that names all that is missing or does not fit. */
export async function requireMapped(...input: Parameters<typeof mappedProblems>): Promise<void> {
  const problems = (await mappedProblems(...input)).filter(({ severity }) => severity === 'error')
  if (problems.length === 0) return
  throw refuse(problems.map(({ message, advice }) => `${message}: ${advice}`).join('; '))
}

function problemsOf(dialect: SchemaDialect, table: Table, live: LiveTable | undefined): readonly Found[] {
  const { name } = table
  if (live === undefined) {
    const advice = 'make it yourself, or correct `table` of the collection: no migration makes a mapped table'
    return [error('missing_table', `the app's table ${name} is missing`, advice)]
  }
  return [...columnProblems(dialect, table, live), ...keyProblems(table, live), ...otherColumns(table, live)]
}

function* columnProblems(dialect: SchemaDialect, table: Table, live: LiveTable): Generator<Found> {
  for (const [member, column] of Object.entries(table.columns)) {
    const name = physicalName(table, member)
    const place = `${table.name}.${name}`
    const found = live.columns.get(name)
    if (found === undefined) {
      const advice = `add it, or say by \`columns.${member}\` what it is called`
      yield error('missing_column', `the app's column ${place} (${member}) is missing`, advice)
      continue
    }
    const { pattern, wanted } = dialect.mappable(column)
    if (!pattern.test(found.type)) {
      const advice = `it has to be of a type such as ${wanted}, or say by \`columns.${member}\` of which type it is`
      yield error('different_column', `the app's column ${place} (${member}) is of the type ${found.type}`, advice)
    } else if (column.nullable && !found.nullable && column.mapped?.written !== true) {
      const advice = 'let it be null, or make the field required'
      yield warning('different_column', `the app's column ${place} cannot be null, but ${member} is optional`, advice)
    }
  }
}

function* keyProblems(table: Table, live: LiveTable): Generator<Found> {
  const indexes = [...live.indexes.values(), { columns: live.primaryKey, unique: true }]
  const isKey = (columns: readonly string[]): boolean =>
    indexes.some((index) => index.unique && index.columns.toSorted().join() === columns.toSorted().join())
  for (const columns of [table.primaryKey, ...Object.values(table.unique)]) {
    const names = physicalNames(table, columns)
    if (isKey(names)) continue
    const what = `${table.name} (${names.join(', ')})`
    yield error('missing_unique_key', `the app's table has no unique key ${what}`, 'add a unique index over it')
  }
  for (const columns of Object.values(table.indexes)) {
    const names = physicalNames(table, columns)
    if (indexes.some((index) => names.every((name, position) => index.columns[position] === name))) continue
    const what = `${table.name} (${names.join(', ')})`
    yield warning('missing_index', `the app's table has no index ${what}`, 'add one: it is looked up by')
  }
}

function* otherColumns(table: Table, live: LiveTable): Generator<Found> {
  const known = Object.fromEntries(physicalNames(table, Object.keys(table.columns)).map((name) => [name, true]))
  for (const name of unfilledColumns(live, known)) {
    const message = `the app's column ${table.name}.${name} is in no field, cannot be null and may have no default`
    const advice = 'without one, no row can be added: give it a default, or map it to a field'
    yield warning('different_column', message, advice)
  }
}

const error = (problem: SchemaProblem['problem'], message: string, advice: string): Found => ({
  problem,
  severity: 'error',
  message,
  advice,
})

const warning = (...input: Parameters<typeof error>): Found => ({ ...error(...input), severity: 'warning' })
