import type { AnyCollection } from '../definition/collection.js'
import { formatInstant } from '../value/instant.js'
import { compileCollection } from './compile.js'
import type { RecordOf } from './record.js'

/** A row of a collection's table. */
export type CollectionRow = Readonly<Record<string, unknown>>

/**
 * A record as the API shows it: the members of the system, then the fields in the order of definition.
 *
 * Only what the collection defines is shown, so neither a hidden field nor a column that it does not know of can slip
 * through. A row from before a required field was added shows the field's default, or null when it has none.
 */
export function presentRecord<C extends AnyCollection>(collection: C, row: CollectionRow): RecordOf<C> {
  const { fields, fallbacks } = compileCollection(collection)
  const shown: Record<string, unknown> = { id: row['id'] }
  if (collection.mapping !== undefined && collection.type === 'auth') shown['principal_id'] = row['principal_id']
  if (collection.type === 'auth') {
    shown['email'] = row['email']
    shown['verified'] = row['verified']
  }
  for (const [name, field] of fields) {
    if (field.hidden === true) continue
    const stored = row[name] ?? (field.optional === true ? null : fallbacks.get(name))
    shown[name] = field.type === 'date' ? instantOf(stored) : (stored ?? null)
  }
  shown['created_at'] = instantOf(row['created_at'])
  shown['updated_at'] = instantOf(row['updated_at'])
  // Made from the definition that the type describes.
  return shown as RecordOf<C>
}

const instantOf = (value: unknown): string | null => (typeof value === 'number' ? formatInstant(value) : null)
