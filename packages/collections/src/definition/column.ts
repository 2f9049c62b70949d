import { maximumEmailBytes } from '@cardea/core'
import { boolean, type Column, double, integer, json, longText, nullable, references, text } from '@cardea/storage'
import type { AnyField } from '../field/field.js'
import { isKeyed } from '../field/keys.js'
import { maxKeyBytes } from '../value/text.js'

/** Ids are UUIDs in text form. */
export const idBytes = 36

/**
 * The column of a field.
 *
 * Always nullable, whether the field is optional or not, and of one kind whatever the sizes a field allows: validation
 * holds those, so that a new field, a larger size or another default never has to change a column that exists.
 *
 * @param target The table that a relation refers to; without one there is no foreign key.
 */
export function columnOf(field: AnyField, target?: string): Column {
  switch (field.type) {
    case 'text':
    case 'url':
      return nullable(isKeyed(field) ? text(maxKeyBytes) : longText())
    case 'email':
      return nullable(text(maximumEmailBytes))
    case 'select':
      return nullable(text(maxKeyBytes))
    case 'number':
      return nullable(double())
    case 'bool':
      return nullable(boolean())
    case 'date':
      return nullable(integer())
    case 'json':
      return nullable(json())
    case 'relation':
      if (field.id !== undefined) return nullable(text(maxKeyBytes))
      return nullable(target === undefined ? text(idBytes) : references(text(idBytes), target, 'id', 'set null'))
  }
}
