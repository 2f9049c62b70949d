/**
 * Writes a JSON value as text.
 *
 * What JSON would change or lose is refused: functions, bigints, symbols, NaN, infinities, class instances such as Date,
 * holes and undefined in arrays. Members of an object that are undefined are left out, as JSON does.
 *
 * @returns The text, or undefined when the value is not JSON.
 */
export function encodeJson(value: unknown): string | undefined {
  let valid = true
  try {
    const text = JSON.stringify(value, function (this: unknown, key, shown: unknown) {
      // `shown` went through toJSON, which may say anything; the holder still has what was handed in.
      // JSON.stringify calls with the holder as `this`, and the holder is an object.
      const original = (this as Record<string, unknown>)[key]
      if (!Object.is(original, shown) || !isJson(original, Array.isArray(this))) valid = false
      return valid ? shown : undefined
    })
    return valid ? text : undefined
  } catch {
    // A cycle, or deeper than the stack.
    return undefined
  }
}

function isJson(value: unknown, inArray: boolean): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'undefined':
      return !inArray
    case 'object': {
      if (value === null || Array.isArray(value)) return true
      const prototype: unknown = Object.getPrototypeOf(value)
      return prototype === null || prototype === Object.prototype
    }
    default:
      return false
  }
}
