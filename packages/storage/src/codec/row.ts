import type { Table } from '../schema/table.js'
import type { StoredRow, StoredValue } from './stored.js'
import { checkValue, misfit } from './value.js'

/**
 * Checks a new row and fills in what it leaves out: defaults, and null for nullable columns. What the database
 * gives a value to by itself stays out.
 *
 * @throws TypeError for an unknown or missing column or a value that does not fit; `undefined` is no value.
 */
export function checkRow(table: Table, row: unknown): StoredRow {
  const given = checkRecord(table, row)
  const stored: Record<string, StoredValue> = {}
  for (const [name, column] of Object.entries(table.columns)) {
    const place = `${table.name}.${name}`
    if (Object.hasOwn(given, name)) stored[name] = checkValue(place, column, given[name])
    else if (column.default !== undefined) stored[name] = column.default
    else if (column.nullable) stored[name] = null
    else if (column.mapped?.assigned === true) continue
    else throw misfit(place, 'is required')
  }
  return stored
}

/** Checks that a value is a record of known columns; says nothing about their values. */
export function checkRecord(table: Table, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${table.name}: columns and values must be given as an object`)
  }
  // It is an object and no array; its own names are looked at one by one.
  const record = value as Readonly<Record<string, unknown>>
  for (const name of Object.keys(record)) {
    if (!Object.hasOwn(table.columns, name)) throw new TypeError(`${table.name} has no such column`)
  }
  return record
}
