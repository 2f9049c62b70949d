import { afterDeleteName, indexNames, uniqueIndexNames } from '../dialect/names.js'
import type { SqlSession } from '../driver/sql-driver.js'
import { findColumn, findIndex, findTable, type Presence } from './compare.js'
import type { LiveTable } from './live.js'
import { refuse } from './plan.js'
import type { SchemaDialect } from './schema-dialect.js'
import type { Change, Keys, TableSpec } from './spec.js'

/** One statement of a migration. */
export interface Step {
  /** What it does, for people. */
  readonly summary: string
  readonly sql: string
  /** Looks whether it was done already. */
  find(live: LiveTable | undefined): Presence
}

/**
 * The statements that make a change.
 *
 * @param after The table as it will be.
 * @param replaces Whether what runs after a deletion may be there already and is ours.
 */
export async function toSteps(
  dialect: SchemaDialect,
  session: SqlSession,
  change: Change,
  after: TableSpec,
  replaces: boolean,
): Promise<readonly Step[]> {
  const { name } = after
  if (change.kind === 'create') {
    return [
      {
        summary: `create table ${name}`,
        sql: dialect.createTable(change.table),
        find: (live) => findTable(dialect, live, change.table),
      },
      ...indexSteps(dialect, after, change.table.unique, true),
      ...indexSteps(dialect, after, change.table.indexes, false),
      ...(change.table.afterDelete === undefined
        ? []
        : await afterDeleteSteps(dialect, session, change.table, replaces)),
      ...change.initialRows.map((row) => ({
        summary: `write the first row of ${name}`,
        sql: dialect.insertRow(change.table, row),
        find: never,
      })),
    ]
  }
  return [
    // First, since a database may have to write the table anew as it is now.
    ...(change.nullable.length === 0 ? [] : await nullableSteps(dialect, session, after, change.nullable)),
    ...lengthSteps(dialect, after, Object.keys(change.longer ?? {})),
    ...Object.entries(change.columns).map(([column, spec]) => ({
      summary: `add column ${name}.${column}`,
      sql: dialect.addColumn(name, column, spec),
      find: (live: LiveTable | undefined) => findColumn(dialect, live, column, spec),
    })),
    ...indexSteps(dialect, after, change.unique, true),
    ...indexSteps(dialect, after, change.indexes, false),
    ...(change.afterDelete === undefined ? [] : await afterDeleteSteps(dialect, session, after, replaces)),
  ]
}

/** The step does no harm when it is done twice. */
const never = (): Presence => 'absent'

function indexSteps(dialect: SchemaDialect, spec: TableSpec, keys: Keys, unique: boolean): Step[] {
  const { name: table } = spec
  return Object.entries(keys).map(([key, columns]) => {
    const names = unique ? uniqueIndexNames(table, key) : indexNames(table, key)
    const index = { ...names, columns, unique }
    return {
      summary: `add ${unique ? 'unique key' : 'index'} ${table}.${key}`,
      sql: dialect.createIndex(spec, index),
      find: (live) => findIndex(live, index),
    }
  })
}

async function afterDeleteSteps(
  dialect: SchemaDialect,
  session: SqlSession,
  table: TableSpec,
  replaces: boolean,
): Promise<Step[]> {
  const isOurs = replaces || (await dialect.isAfterDeleteLeft?.(session, table)) === true
  return dialect.createAfterDelete(table, isOurs).map((sql) => ({
    summary: `run ${afterDeleteName(table.name)} after a row of ${table.name} is deleted`,
    sql,
    find: never,
  }))
}

async function nullableSteps(
  dialect: SchemaDialect,
  session: SqlSession,
  table: TableSpec,
  columns: readonly string[],
): Promise<Step[]> {
  const statements = await dialect.dropNotNull(session, table, columns)
  if (statements === undefined) throw refuse(`column ${table.name}.${columns.join(', ')} cannot become nullable`)
  return statements.map((sql) => ({ summary: `let ${table.name}.${columns.join(', ')} be null`, sql, find: never }))
}

function lengthSteps(dialect: SchemaDialect, table: TableSpec, columns: readonly string[]): Step[] {
  if (columns.length === 0) return []
  const summary = `let ${table.name}.${columns.join(', ')} be longer`
  return dialect.lengthen(table, columns).map((sql) => ({ summary, sql, find: never }))
}
