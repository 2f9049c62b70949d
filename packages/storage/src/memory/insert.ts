import { compileCondition } from '@cardea/core'
import { checkConflict } from '../codec/conflict.js'
import { checkRow } from '../codec/row.js'
import type { StoredRow } from '../codec/stored.js'
import type { InsertOptions, OnConflict } from '../contract/query.js'
import type { Table } from '../schema/table.js'
import { filled } from './catalog.js'
import { changeRow, patched } from './change-row.js'
import { requireTargets, requireUnique } from './constraints.js'
import type { Engine } from './engine.js'
import { mirroredInsert } from './mirrored.js'
import { readerOf, resolverOf } from './read.js'

export function insertRows<T extends Table>(
  engine: Engine,
  table: T,
  given: readonly unknown[],
  { onConflict, onAssigned }: InsertOptions<T> = {},
): number {
  const rows = given.map((row) => withAssigned(engine, table, checkRow(table, row), onAssigned))
  const resolveConflict = onConflict === undefined ? undefined : conflictResolver(engine, table, rows, onConflict)
  const existing = engine.catalog.existing(table)
  const inserted: StoredRow[] = []
  let written = 0
  for (const known of rows) {
    const row = mirroredInsert(existing, filled(existing, known))
    const resolved = resolveConflict?.(row)
    if (resolved === undefined) {
      requireUnique(engine, existing, row)
      engine.layer.put(existing, row)
      inserted.push(row)
    }
    written += resolved ?? 1
  }
  // Only now, so that the rows of one insert may refer to each other in any order.
  for (const row of inserted) requireTargets(engine, existing, row)
  return written
}

/** Changes the row that is in the way, if there is one: how many rows were written, or undefined when none is there. */
function conflictResolver<T extends Table>(
  engine: Engine,
  table: T,
  rows: readonly StoredRow[],
  conflict: OnConflict<T>,
): (row: StoredRow) => number | undefined {
  const { do: action } = checkConflict(table, rows, conflict)
  const judge = conflict.where === undefined ? undefined : compileCondition(conflict.where)
  return (row) => {
    const existing = engine.catalog.existing(table)
    const other = engine.layer.rowByKey(existing, conflict.key, row)
    if (other === undefined) return undefined
    if (action === 'nothing') return 0
    if (judge !== undefined && judge(readerOf(other), resolverOf(engine)) !== true) return 0
    changeRow(engine, existing, other, patched(engine, existing, other, action))
    return 1
  }
}

/** Gives a value to what the row leaves out, as the database behind a table of the app's would. */
function withAssigned(
  { catalog }: Engine,
  table: Table,
  row: StoredRow,
  onAssigned: ((value: string) => void) | undefined,
): StoredRow {
  const left = Object.keys(table.columns).find((name) => !Object.hasOwn(row, name))
  if (left === undefined) return row
  const value = catalog.nextNumber(table)
  onAssigned?.(value)
  return { ...row, [left]: value }
}
