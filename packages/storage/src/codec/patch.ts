import { isReference } from '@cardea/core'
import type { Table } from '../schema/table.js'
import { checkRecord } from './row.js'
import type { StoredValue } from './stored.js'
import { checkValue, misfit } from './value.js'

/** The database's clock plus an offset in milliseconds, as the new value of an integer column. */
export interface ClockValue {
  readonly now: true
  readonly offset: number
}

/** A checked change: column by column, what to set and what to add. Together they hold at least one column. */
export interface CheckedPatch {
  readonly set: readonly { readonly column: string; readonly value: StoredValue | ClockValue }[]
  readonly increment: readonly { readonly column: string; readonly amount: number }[]
}

/** Whether a new value is the database's clock. */
export const isClockValue = (value: StoredValue | ClockValue): value is ClockValue =>
  typeof value === 'object' && value !== null

/**
 * Checks the `set` and `increment` of an update.
 *
 * @throws TypeError for unknown columns, values that do not fit, a column in both, or nothing at all to change.
 */
export function checkPatch(
  table: Table,
  patch: { readonly set?: unknown; readonly increment?: unknown },
): CheckedPatch {
  const set = Object.entries(checkRecord(table, patch.set ?? {})).map(([name, value]) => ({
    column: name,
    value: checkNewValue(table, name, value),
  }))
  const increment = Object.entries(checkRecord(table, patch.increment ?? {})).map(([name, amount]) => {
    const place = `${table.name}.${name}`
    if (table.columns[name]?.kind !== 'integer') throw misfit(place, 'is no integer to add to')
    if (typeof amount !== 'number' || !Number.isSafeInteger(amount)) throw misfit(place, 'must grow by a safe integer')
    return { column: name, amount }
  })
  for (const { column } of increment) {
    if (set.some((entry) => entry.column === column))
      throw misfit(`${table.name}.${column}`, 'is set and incremented at once')
  }
  if (set.length + increment.length === 0) throw new TypeError(`${table.name}: an update must change something`)
  return { set, increment }
}

function checkNewValue(table: Table, name: string, value: unknown): StoredValue | ClockValue {
  const place = `${table.name}.${name}`
  const column = table.columns[name]
  if (column === undefined) throw misfit(place, 'is no column')
  // An object in a JSON column is a value, whatever its members are called.
  if (column.kind !== 'json' && isReference(value)) {
    const { offset = 0 } = value
    if (value.ref !== 'database.now') throw misfit(place, 'can be set to no reference but the database clock')
    if (column.kind !== 'integer') throw misfit(place, 'must be an integer to take the database clock')
    if (!Number.isSafeInteger(offset)) throw misfit(place, 'must have a safe integer as offset')
    return { now: true, offset }
  }
  return checkValue(place, column, value)
}
