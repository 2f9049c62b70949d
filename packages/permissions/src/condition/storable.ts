import type { Scalar } from '@cardea/core'

/** Half of a surrogate pair: no database holds it. */
const halfCharacter = /\p{Cs}/u

/** Whether a text is one that every database can hold: PostgreSQL knows no NUL, and UTF-8 no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && !halfCharacter.test(text)

/**
 * A value as a column of a database could hold it; null for everything else, which therefore is unknown wherever it is
 * compared. A row filter could not say otherwise, and must answer as the check in the process does.
 */
export function storable(value: unknown): Scalar {
  switch (typeof value) {
    case 'string':
      return isStorableText(value) ? value : null
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'boolean':
      return value
    default:
      return null
  }
}
