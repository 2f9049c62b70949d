/** The length of the column that holds it, in bytes of UTF-8. */
const maximumBytes = 64
const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Control characters, and halves of surrogate pairs, which no database can hold. */
const unprintable = /[\p{Cc}\p{Cs}]/u

/**
 * Why a text cannot name a role; undefined when it can.
 *
 * Commas, blanks inside and any script are fine: nothing here joins or splits labels. What looks like an id is refused,
 * because roles are also looked up by id.
 */
export function roleLabelProblem(label: unknown): string | undefined {
  if (typeof label !== 'string' || label === '') return 'must be a text that is not empty'
  if (new TextEncoder().encode(label).length > maximumBytes) return `must be at most ${maximumBytes} bytes`
  if (label.trim() !== label) return 'must not begin or end with a blank'
  if (unprintable.test(label)) return 'must not hold control characters'
  return uuidShape.test(label) ? 'must not look like an id' : undefined
}
