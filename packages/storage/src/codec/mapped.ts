import type { Column } from '../schema/column.js'
import type { Table } from '../schema/table.js'
import type { StoredValue } from './stored.js'

const integer = /^(?:0|-?[1-9]\d{0,18})$/
const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/

/**
 * Whether a column of a table that the app has made can hold a value that is of the column's kind: a text that stands for an
 * integer or a UUID is written in the one way in which the database gives it back. Of any other, no row can be found.
 */
export function isPossible({ kind, mapped }: Column, value: StoredValue): boolean {
  if (mapped === undefined || value === null) return true
  if (typeof value === 'number') return kind !== 'double' || mapped.type !== 'integer' || Number.isSafeInteger(value)
  if (typeof value !== 'string') return true
  if (mapped.type === 'integer') return integer.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
  return mapped.type !== 'uuid' || uuid.test(value)
}

/** What the database calls a column. */
export const physicalName = (table: Table, name: string): string => table.columns[name]?.mapped?.name ?? name
