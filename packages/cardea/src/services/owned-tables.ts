import { defineTable, type Table, text } from '@cardea/storage'
import { type OwnershipOption, ownershipName } from '../options/ownership.js'

/** A table whose rows belong to users, as far as it has to be known: the column that says to whom. */
export interface OwnedTable {
  /** What answers call it. */
  readonly name: string
  readonly column: string
  readonly table: Table
}

/** The tables are the app's own: nothing migrates or verifies them, and no other column is ever named. */
export function ownedTables(ownership: readonly OwnershipOption[] = []): readonly OwnedTable[] {
  return Object.freeze(
    ownership.map((option) => {
      const { table, column } = option
      const columns = { [column]: text(36) }
      return Object.freeze({
        name: ownershipName(option),
        column,
        table: defineTable(table, { columns, primaryKey: [column] }),
      })
    }),
  )
}
