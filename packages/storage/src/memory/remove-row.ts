import type { StoredRow, StoredValue } from '../codec/stored.js'
import type { Table } from '../schema/table.js'
import { changeRow } from './change-row.js'
import { dependentsOf, stillReferred } from './constraints.js'
import type { Engine } from './engine.js'
import { idOf } from './layer.js'

/**
 * Deletes a row with everything that follows from it: restrictions, cascades, nulls, the table's `afterDelete`.
 *
 * @param table The table as it exists.
 * @throws CardeaError `foreign_key_violation` when a row that restricts it refers to it.
 */
export function removeRow(engine: Engine, table: Table, row: StoredRow): void {
  if (engine.layer.row(table.name, idOf(table, row)) === undefined) return
  const dependents = dependentsOf(engine, table).map((dependent) => ({
    ...dependent,
    rows: rowsWith(engine, dependent.table, dependent.column, row[dependent.target] ?? null),
  }))
  for (const { onDelete, rows, table: other, column } of dependents) {
    if (onDelete === 'restrict' && rows.length > 0) throw stillReferred(table, other, column)
  }
  engine.layer.remove(table, row)
  for (const { onDelete, rows, table: other, column } of dependents) {
    for (const dependent of rows) {
      if (onDelete === 'cascade') removeRow(engine, other, dependent)
      else changeRow(engine, other, dependent, { ...dependent, [column]: null })
    }
  }
  runAfterDelete(engine, table, row)
}

function runAfterDelete(engine: Engine, table: Table, row: StoredRow): void {
  const { afterDelete } = table
  if (afterDelete === undefined) return
  const other = engine.catalog.byName(afterDelete.table)
  for (const found of rowsWith(engine, other, afterDelete.where.column, row[afterDelete.where.deleted] ?? null)) {
    const changed: Record<string, StoredValue> = { ...found, ...afterDelete.set }
    for (const [column, amount] of Object.entries(afterDelete.increment)) {
      changed[column] = Number(changed[column]) + amount
    }
    changeRow(engine, other, found, changed)
  }
}

function rowsWith(engine: Engine, table: Table, column: string, value: StoredValue): StoredRow[] {
  if (value === null) return []
  return [...engine.layer.rows(table.name)].filter((row) => row[column] === value)
}
