import type { AnyCollection } from '../definition/collection.js'
import { hasColumn, isMapped } from '../definition/mapped.js'
import { type ComparedKind, comparedKinds } from '../field/comparable.js'
import type { AnyField } from '../field/field.js'
import { isIndexed, isUnique } from '../field/keys.js'

/** How values of a field are compared. */
export type ListKind = ComparedKind

/** A field that a list can be sorted and filtered by: a column of the same name. */
export interface ListField {
  readonly name: string
  readonly kind: ListKind
  readonly nullable: boolean
  /**
   * What its texts stand for in a table of the app's: ids that have one spelling and an order of their own, and no parts that
   * anything could be found by.
   */
  readonly ids?: 'integer' | 'uuid'
  /**
   * What a table of Cardea's has to find rows by it in order: an index over the field and the id, or one over the field alone,
   * whose values no two rows share.
   */
  readonly sorted?: 'with id' | 'unique'
}

const remembered = new WeakMap<AnyCollection, ReadonlyMap<string, ListField>>()

/**
 * What lists of a collection can be sorted and filtered by: the members of the system and the fields that are shown, but
 * JSON. A hidden field is none of them, since its values could be found out by asking.
 */
export function listFields(collection: AnyCollection): ReadonlyMap<string, ListField> {
  const known = remembered.get(collection)
  if (known !== undefined) return known
  const fields = new Map<string, ListField>()
  const add = (name: string, kind: ListKind, nullable: boolean, sorted?: ListField['sorted']): void => {
    // The app's table may lack what every other one has, and hold nulls anywhere.
    if (!hasColumn(collection, name)) return
    if (!isMapped(collection)) {
      fields.set(name, Object.freeze({ name, kind, nullable, ...(sorted === undefined ? {} : { sorted }) }))
      return
    }
    const type = collection.mapping.columns[name]?.type
    const ids = kind === 'text' && (type === 'integer' || type === 'uuid') ? { ids: type } : {}
    fields.set(name, Object.freeze({ name, kind, nullable: nullable || name !== 'id', ...ids }))
  }
  add('id', 'text', false)
  if (collection.type === 'auth') {
    add('email', 'text', false)
    add('verified', 'boolean', false)
  }
  for (const [name, field] of Object.entries(collection.fields)) {
    const kind = comparedKinds[field.type]
    if (kind !== undefined && field.hidden !== true) add(name, kind, true, sortedBy(field))
  }
  add('created_at', 'instant', false, 'with id')
  add('updated_at', 'instant', false)
  remembered.set(collection, fields)
  return fields
}

function sortedBy(field: AnyField): ListField['sorted'] {
  if (isIndexed(field)) return 'with id'
  return isUnique(field) ? 'unique' : undefined
}
