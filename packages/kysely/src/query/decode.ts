import type { Joined, Table } from '@cardea/storage'
import type { SqlDialect } from '../dialect/dialect.js'
import type { SqlRow } from '../driver/sql-driver.js'

/** Makes a row of the table, with the rows that a read brings along, of what the driver gave. */
export type RowDecoder = (row: SqlRow) => Record<string, unknown>

/** The columns of a table, in the order in which statements name them. */
export const columnNames = (table: Table): readonly string[] => Object.keys(table.columns)

/**
 * Builds the decoder for statements that name the columns of the table, then those of each joined one.
 *
 * Everything that does not depend on the row is settled here: this runs once for a query that is kept, the decoder on
 * every request.
 */
export function createRowDecoder(dialect: SqlDialect, table: Table, joined: readonly Joined[] = []): RowDecoder {
  const own = createPartDecoder(dialect, table, 0)
  if (joined.length === 0) return own
  let position = columnNames(table).length
  const others = joined.map(({ alias, reference }) => {
    const start = position
    const { table: other } = reference
    position += columnNames(other).length
    // A joined row that is missing has null even where no row can: in its primary key.
    const key = start + columnNames(other).indexOf(other.primaryKey[0] ?? '')
    return { alias, decode: createPartDecoder(dialect, other, start), missing: reference.optional === true ? key : -1 }
  })
  return (row) => {
    const result = own(row)
    for (const { alias, decode, missing } of others) {
      result[alias] = missing >= 0 && row[missing] === null ? null : decode(row)
    }
    return result
  }
}

function createPartDecoder(dialect: SqlDialect, table: Table, start: number): RowDecoder {
  const names = columnNames(table)
  const decoders = names.map((name) => dialect.decoder(table.columns[name]?.kind ?? 'text'))
  const count = names.length
  return (row) => {
    const result: Record<string, unknown> = {}
    for (let index = 0; index < count; index += 1) {
      const raw = row[start + index]
      const decode = decoders[index]
      // `names` has `count` entries.
      result[names[index] as string] = raw === null || decode === undefined ? raw : decode(raw)
    }
    return result
  }
}
