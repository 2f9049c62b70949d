import { afterDeleteName } from '../dialect/names.js'
import type { SqlSession } from '../driver/sql-driver.js'
import { findTable } from './compare.js'
import { refuse } from './plan.js'
import { dropSteps, reshapeSteps } from './reshape-steps.js'
import type { SchemaDialect } from './schema-dialect.js'
import { columnSteps, indexSteps, lengthSteps, never, type Step } from './single-steps.js'
import type { Change, TableSpec } from './spec.js'

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
  if (change.kind === 'drop') return dropSteps(dialect, name)
  if (change.kind === 'reshape') return reshapeSteps(dialect, after, change)
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
    ...columnSteps(dialect, name, change.columns),
    ...indexSteps(dialect, after, change.unique, true),
    ...indexSteps(dialect, after, change.indexes, false),
    ...(change.afterDelete === undefined ? [] : await afterDeleteSteps(dialect, session, after, replaces)),
  ]
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
