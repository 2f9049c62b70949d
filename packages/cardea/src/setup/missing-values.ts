import { type AnyCollection, isMapped } from '@cardea/collections'
import { isNull, or } from '@cardea/core'
import { defineTable, type MigrationReport, text } from '@cardea/storage'
import type { Services } from '../services/services.js'

/** A required field without a value in records from before it was required: they show null. */
export interface MissingValues {
  readonly collection: string
  readonly field: string
  /** How many records, at the moment of looking. */
  readonly rows: number
}

/** What can be done about it, whoever says so. */
export const fillIn = 'give the field a default, make it optional, or write a value into those records'

/** What records of collections in code lack. One look at each table, and more only where something is missing. */
export async function findMissingValues(services: Services): Promise<readonly MissingValues[]> {
  const { collections, storage } = services
  const found: MissingValues[] = []
  for (const collection of collections.code.registry.list()) {
    const fields = fieldsWithoutFallback(collection)
    if (fields.length === 0) continue
    const table = collections.code.registry.table(collection)
    const some = await storage.find(table, { where: or(...fields.map((field) => isNull(field))), limit: 1 })
    if (some.length === 0) continue
    for (const field of fields) {
      const rows = await storage.count(table, isNull(field))
      if (rows > 0) found.push({ collection: collection.name, field, rows })
    }
  }
  return found
}

/** What records lack of the columns that a migration has added, or would add. */
export async function missingAfter(
  { collections, storage }: Services,
  { steps, dryRun }: MigrationReport,
): Promise<readonly MissingValues[]> {
  const added = new Set(steps.map(({ summary }) => summary))
  const found: MissingValues[] = []
  for (const collection of collections.code.registry.list()) {
    const table = collections.code.registry.table(collection)
    for (const field of fieldsWithoutFallback(collection)) {
      if (!added.has(`add column ${table.name}.${field}`)) continue
      const rows = await (dryRun ? storage.count(asItIs(table.name)) : storage.count(table, isNull(field)))
      if (rows > 0) found.push({ collection: collection.name, field, rows })
    }
  }
  return found
}

/** A table that lacks columns which are still to come. */
const asItIs = (name: string) => defineTable(name, { columns: { id: text(36) }, primaryKey: ['id'] })

/**
 * Fields that show null without a value, which their types do not have: that of a relation has it, since its record may be deleted.
 * What is in tables of the app's is the app's matter.
 */
function fieldsWithoutFallback(collection: AnyCollection): readonly string[] {
  if (isMapped(collection)) return []
  return Object.entries(collection.fields).flatMap(([name, field]) =>
    field.optional === true || field.default !== undefined || field.type === 'relation' ? [] : [name],
  )
}

export const recordsLack = ({ collection, field, rows }: MissingValues): string =>
  `${rows} ${rows === 1 ? 'record' : 'records'} of ${collection} ${rows === 1 ? 'has' : 'have'} no value in ${field}, which is required: they show null`
