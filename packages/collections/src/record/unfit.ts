import type { AnyField } from '../field/field.js'
import { isKeyed, isUnique } from '../field/keys.js'
import type { ColumnValue } from '../value/column-value.js'
import { formatInstant } from '../value/instant.js'
import { sizes, valueSchema } from '../value/value-schema.js'

/** Tells of a value as its column holds it whether a field would refuse it. Null stands for no value. */
export type IsUnfit = (value: unknown) => boolean

/** Whether a record that a field took before could be one that it refuses now, besides one without a value. */
export function isNarrower(before: AnyField, after: AnyField): boolean {
  return (
    rangeOf(before).min < rangeOf(after).min ||
    rangeOf(before).max > rangeOf(after).max ||
    (isUnique(after) && !isUnique(before)) ||
    (isText(after) && isKeyed(after) && !isKeyed(before)) ||
    (after.type === 'text' &&
      after.pattern !== undefined &&
      !(before.type === 'text' && before.pattern === after.pattern)) ||
    (before.type === 'select' &&
      after.type === 'select' &&
      !before.options.every((each) => after.options.includes(each)))
  )
}

/** What is shorter in an index. */
const isText = ({ type }: AnyField): boolean => type === 'text' || type === 'url'

export function unfitnessOf(field: AnyField): IsUnfit {
  const schema = valueSchema(field)
  return (value) => {
    if (value === null || value === undefined) return field.optional !== true
    return !schema.safeParse(field.type === 'date' ? formatInstant(Number(value)) : value).success
  }
}

/** What records get that have no value of a field yet, as its column holds it; undefined where the field has no default. */
export const storedDefault = (field: AnyField): ColumnValue | undefined =>
  field.default === undefined ? undefined : valueSchema(field).parse(field.default)

/** What a value lies between, in whatever the field counts. */
function rangeOf(field: AnyField): { readonly min: number; readonly max: number } {
  switch (field.type) {
    case 'text':
      return { min: field.min ?? 0, max: field.max ?? sizes.text.default }
    case 'url':
    case 'json':
      return { min: 0, max: field.max ?? sizes[field.type].default }
    case 'number':
      return { min: field.min ?? Number.NEGATIVE_INFINITY, max: field.max ?? Number.POSITIVE_INFINITY }
    case 'date':
      return {
        min: field.min === undefined ? Number.NEGATIVE_INFINITY : Date.parse(field.min),
        max: field.max === undefined ? Number.POSITIVE_INFINITY : Date.parse(field.max),
      }
    default:
      return { min: 0, max: 0 }
  }
}
