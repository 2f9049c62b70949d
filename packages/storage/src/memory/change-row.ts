import { type CheckedPatch, isClockValue } from '../codec/patch.js'
import type { StoredRow, StoredValue } from '../codec/stored.js'
import { misfit } from '../codec/value.js'
import type { Table } from '../schema/table.js'
import { requireNoOrphans, requireTargets, requireUnique } from './constraints.js'
import type { Engine } from './engine.js'
import { idOf } from './layer.js'
import { mirroredChange } from './mirrored.js'

/** A row as a patch leaves it. */
export function patched(engine: Engine, table: Table, row: StoredRow, patch: CheckedPatch): StoredRow {
  const changed: Record<string, StoredValue> = { ...row }
  for (const { column, value } of patch.set) {
    changed[column] = isClockValue(value) ? engine.now() + value.offset : value
  }
  for (const { column, amount } of patch.increment) {
    const before = row[column] ?? null
    // As in SQL, null plus a number is null.
    const sum = before === null ? null : Number(before) + amount
    if (sum !== null && !Number.isSafeInteger(sum)) throw misfit(`${table.name}.${column}`, 'would grow too large')
    changed[column] = sum
  }
  return changed
}

/**
 * Puts a row in the place of another, under all constraints.
 *
 * @param table The table as it exists.
 */
export function changeRow(engine: Engine, table: Table, before: StoredRow, changed: StoredRow): void {
  const after = mirroredChange(table, before, changed)
  requireUnique(engine, table, after, idOf(table, before))
  engine.layer.remove(table, before)
  engine.layer.put(table, after)
  requireTargets(engine, table, after)
  requireNoOrphans(engine, table, before, after)
}
