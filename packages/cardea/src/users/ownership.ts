import { eq, isCardeaError } from '@cardea/core'
import { defineTable, type StorageOperations, type Table, text } from '@cardea/storage'
import { type OwnershipOption, ownershipName } from '../options/ownership.js'
import type { Services } from '../services/services.js'

/** The id of nobody. */
const nobody = '00000000-0000-0000-0000-000000000000'

/**
 * A table whose rows belong to users, as far as it has to be known: the column that says to whom. It is the app's own:
 * nothing migrates or verifies it, and no other column is ever named.
 */
const tableOf = ({ table, column }: OwnershipOption): Table =>
  defineTable(table, { columns: { [column]: text(36) }, primaryKey: [column] })

/** Gives what somebody owns to another. @returns How many rows of each table. */
export async function moveOwnership(
  { ownership }: Services,
  transaction: StorageOperations,
  from: string,
  to: string,
): Promise<Readonly<Record<string, number>>> {
  const moved: [string, number][] = []
  for (const option of ownership) {
    const { column } = option
    const count = await transaction.update(tableOf(option), { where: eq(column, from), set: { [column]: to } })
    moved.push([ownershipName(option), count])
  }
  return Object.fromEntries(moved)
}

/** A table of the option `ownership` that cannot be used. */
export interface UnusableTable {
  readonly table: string
  readonly message: string
}

/**
 * Looks for a user that nobody is in each table of the option `ownership`: whether table and column are there, and can hold an
 * id.
 *
 * @throws CardeaError `unavailable`.
 */
export async function findUnusableTables({ ownership, storage }: Services): Promise<readonly UnusableTable[]> {
  const unusable: UnusableTable[] = []
  for (const option of ownership) {
    const { table, column } = option
    try {
      await storage.find(tableOf(option), { where: eq(column, nobody), limit: 1 })
    } catch (error) {
      if (isCardeaError(error, 'unavailable')) throw error
      const isMissing = isCardeaError(error, 'schema_outdated')
      const message = isMissing
        ? `ownership: there is no table ${table} with a column ${column}`
        : `ownership: the column ${column} of ${table} cannot be compared with the id of a user`
      unusable.push({ table, message })
    }
  }
  return unusable
}
