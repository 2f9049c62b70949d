import type { OnConflict } from '../contract/query.js'
import type { Table } from '../schema/table.js'
import { checkCondition } from './condition.js'
import { type CheckedPatch, checkPatch } from './patch.js'
import type { StoredRow } from './stored.js'

/** A checked `onConflict`. */
export interface CheckedConflict {
  /** The columns of the key. */
  readonly columns: readonly string[]
  readonly do: 'nothing' | CheckedPatch
}

/**
 * Checks the `onConflict` of an insert.
 *
 * @param rows The checked rows. With a patch, no two of them may have the same key: the second would change the first.
 * @throws TypeError for an unknown key, an unfit patch or condition, or two rows of one key.
 */
export function checkConflict<T extends Table>(
  table: T,
  rows: readonly StoredRow[],
  conflict: OnConflict<T>,
): CheckedConflict {
  const columns = keyColumns(table, conflict.key)
  if (conflict.where !== undefined && checkCondition(table, conflict.where).length > 0) {
    throw new TypeError(`${table.name}: the condition of an insert takes no parameters`)
  }
  if (conflict.do === 'nothing') return { columns, do: 'nothing' }
  const patch = checkPatch(table, conflict.do)
  const seen = new Set<string>()
  for (const row of rows) {
    const values = columns.map((name) => row[name])
    if (values.includes(null)) continue
    const key = JSON.stringify(values)
    if (seen.has(key)) throw new TypeError(`${table.name}: two rows of one insert have the same key ${conflict.key}`)
    seen.add(key)
  }
  return { columns, do: patch }
}

/** The columns of `primary` or of a unique key. */
function keyColumns(table: Table, key: string): readonly string[] {
  const columns =
    key === 'primary' ? table.primaryKey : Object.hasOwn(table.unique, key) ? table.unique[key] : undefined
  if (columns === undefined) throw new TypeError(`${table.name} has no such key`)
  return columns
}
