import type { StoredRow, StoredValue } from '../codec/stored.js'
import type { Table } from '../schema/table.js'

/** A new row with the same in each column and its mirror: the mirror's own value, where it has one. */
export function mirroredInsert({ mirrors = {} }: Table, row: StoredRow): StoredRow {
  const mirrored: Record<string, StoredValue> = { ...row }
  for (const [column, former] of Object.entries(mirrors)) {
    const value = row[column] ?? row[former] ?? null
    mirrored[column] = value
    mirrored[former] = value
  }
  return mirrored
}

/** A changed row with the same in each column and its mirror: what was written to either of them. */
export function mirroredChange({ mirrors = {} }: Table, before: StoredRow, after: StoredRow): StoredRow {
  const mirrored: Record<string, StoredValue> = { ...after }
  for (const [column, former] of Object.entries(mirrors)) {
    const isWritten = (after[column] ?? null) !== (before[column] ?? null)
    const value = (isWritten ? after[column] : after[former]) ?? null
    mirrored[column] = value
    mirrored[former] = value
  }
  return mirrored
}
