import { indexNames, uniqueIndexNames } from '../dialect/names.js'
import { findColumn, findIndex, type Presence } from './compare.js'
import type { LiveTable } from './live.js'
import type { SchemaDialect } from './schema-dialect.js'
import type { Keys, TableSpec } from './spec.js'

/** One statement of a migration. */
export interface Step {
  /** What it does, for people. */
  readonly summary: string
  readonly sql: string
  /** Looks whether it was done already. */
  find(live: LiveTable | undefined): Presence
}

/** The step does no harm when it is done twice. */
export const never = (): Presence => 'absent'

export function indexSteps(dialect: SchemaDialect, spec: TableSpec, keys: Keys, unique: boolean): Step[] {
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

export const columnSteps = (dialect: SchemaDialect, table: string, columns: TableSpec['columns']): Step[] =>
  Object.entries(columns).map(([column, spec]) => ({
    summary: `add column ${table}.${column}`,
    sql: dialect.addColumn(table, column, spec),
    find: (live) => findColumn(dialect, live, column, spec),
  }))

/** Statements after which texts are as long as the table says. */
export function lengthSteps(dialect: SchemaDialect, table: TableSpec, columns: readonly string[]): Step[] {
  if (columns.length === 0) return []
  const summary = `let ${table.name}.${columns.join(', ')} be longer`
  return dialect.lengthen(table, columns).map((sql) => ({ summary, sql, find: never }))
}
