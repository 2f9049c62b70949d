import { CardeaError } from '@cardea/core'
import type { StoredRow, StoredValue } from '../codec/stored.js'
import type { Table } from '../schema/table.js'
import type { Engine } from './engine.js'
import { idOf } from './layer.js'

/**
 * Throws when a row has a unique key that another row has.
 *
 * @param id The id of the row as it is now; its own keys do not count.
 * @throws CardeaError `unique_violation` naming the key.
 */
export function requireUnique({ layer }: Engine, table: Table, row: StoredRow, id?: string): void {
  for (const key of ['primary', ...Object.keys(table.unique)]) {
    const other = layer.rowByKey(table, key, row)
    if (other === undefined || idOf(table, other) === id) continue
    throw new CardeaError('unique_violation', `a row of ${table.name} with the same key ${key} exists`, {
      constraint: { table: table.name, key },
    })
  }
}

/**
 * Throws when a row refers to a row that does not exist.
 *
 * @throws CardeaError `foreign_key_violation`
 */
export function requireTargets(engine: Engine, table: Table, row: StoredRow): void {
  for (const [name, { foreignKey }] of Object.entries(table.columns)) {
    const value = row[name] ?? null
    if (foreignKey === undefined || value === null) continue
    const target = engine.catalog.byName(foreignKey.table)
    if (findByColumn(engine, target, foreignKey.column, value) !== undefined) continue
    throw new CardeaError('foreign_key_violation', `${table.name}.${name} refers to a row that does not exist`)
  }
}

/** The first row whose column has a value; by key where the column is one. */
export function findByColumn(engine: Engine, table: Table, column: string, value: StoredValue): StoredRow | undefined {
  if (value === null) return undefined
  const key = singleColumnKey(table, column)
  if (key !== undefined) return engine.layer.rowByKey(table, key, { [column]: value })
  for (const row of engine.layer.rows(table.name)) if (row[column] === value) return row
  return undefined
}

/** The rows that refer to a row by one column. */
export interface Dependents {
  readonly table: Table
  readonly column: string
  readonly target: string
  readonly onDelete: 'cascade' | 'restrict' | 'set null'
}

/** Every foreign key that points at a table. */
export function dependentsOf({ catalog }: Engine, target: Table): Dependents[] {
  const found: Dependents[] = []
  for (const table of catalog.all()) {
    for (const [column, { foreignKey }] of Object.entries(table.columns)) {
      if (foreignKey?.table !== target.name) continue
      found.push({ table, column, target: foreignKey.column, onDelete: foreignKey.onDelete })
    }
  }
  return found
}

/**
 * Throws when a change of a row leaves others that refer to its old values.
 *
 * @throws CardeaError `foreign_key_violation`
 */
export function requireNoOrphans(engine: Engine, table: Table, before: StoredRow, after: StoredRow): void {
  for (const { table: other, column, target } of dependentsOf(engine, table)) {
    const value = before[target] ?? null
    if (value === null || value === after[target]) continue
    if (findByColumn(engine, other, column, value) !== undefined) throw stillReferred(table, other, column)
  }
}

export const stillReferred = (table: Table, other: Table, column: string): CardeaError =>
  new CardeaError('foreign_key_violation', `a row of ${table.name} is still referred to by ${other.name}.${column}`)

function singleColumnKey(table: Table, column: string): string | undefined {
  if (table.primaryKey.length === 1 && table.primaryKey[0] === column) return 'primary'
  return Object.keys(table.unique).find((key) => {
    const columns = table.unique[key]
    return columns?.length === 1 && columns[0] === column
  })
}
