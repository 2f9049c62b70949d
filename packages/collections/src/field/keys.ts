import type { AnyField } from './field.js'

/** Whether no two records may have the same value of a field. */
export const isUnique = (field: AnyField): boolean => 'unique' in field && field.unique === true

/** Whether a field asks for an index in the order of lists. */
export const isIndexed = (field: AnyField): boolean => 'index' in field && field.index === true

/** Whether the values of a field are in an index of its own, so that texts can have no more bytes than a key holds. */
export const isKeyed = (field: AnyField): boolean => isUnique(field) || isIndexed(field)

/**
 * The key of the index over a field and, where values are equal, the id: the order of lists. No field is called so, and it is
 * another key than that of a relation, whose index is over the field alone.
 */
export const listIndex = (field: string): string => `_${field}`

/** Whether a key of a table is one of this field: its other keys are called like the field. */
export const isKeyOf = (field: string, key: string): boolean => key === field || key === listIndex(field)

/** What a key of one field is called where it is one of another. */
export const keyUnderName = (key: string, from: string, to: string): string =>
  key === listIndex(from) ? listIndex(to) : to
