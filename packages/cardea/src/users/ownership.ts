import { eq, isCardeaError } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'

/** The id of nobody. */
const nobody = '00000000-0000-0000-0000-000000000000'

/** Gives what somebody owns to another. @returns How many rows of each table. */
export async function moveOwnership(
  { ownership }: Services,
  transaction: StorageOperations,
  from: string,
  to: string,
): Promise<Readonly<Record<string, number>>> {
  const moved: [string, number][] = []
  for (const { name, table, column } of ownership) {
    const count = await transaction.update(table, { where: eq(column, from), set: { [column]: to } })
    moved.push([name, count])
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
  for (const { table, column } of ownership) {
    try {
      await storage.find(table, { where: eq(column, nobody), limit: 1 })
    } catch (error) {
      if (isCardeaError(error, 'unavailable')) throw error
      const isMissing = isCardeaError(error, 'schema_outdated')
      const message = isMissing
        ? `ownership: there is no table ${table.name} with a column ${column}`
        : `ownership: the column ${column} of ${table.name} cannot be compared with the id of a user`
      unusable.push({ table: table.name, message })
    }
  }
  return unusable
}
