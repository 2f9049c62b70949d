import type { Column } from '../schema/column.js'
import { encodeJson } from './json.js'
import { isPossible } from './mapped.js'
import type { StoredValue } from './stored.js'

/** The error for a value that does not fit. It names the place, never the value. */
export const misfit = (place: string, reason: string): TypeError => new TypeError(`${place} ${reason}`)

/**
 * Checks a value against its column.
 *
 * @param place Opens the error's message, such as `cardea_sessions.ip`.
 * @returns The value to bind: `json` as text, `-0` as `0`, which no database tells apart reliably.
 * @throws TypeError for a value of another kind, too long, not finite, or with a NUL or half a surrogate pair.
 */
export function checkValue(place: string, column: Column, value: unknown): StoredValue {
  if (value === null) {
    if (column.nullable) return null
    throw misfit(place, 'must not be null')
  }
  if (column.kind === 'json') {
    const text = encodeJson(value)
    if (text === undefined) throw misfit(place, 'must be a JSON value')
    return text
  }
  const checked = checkKind(place, column, value)
  const { maxBytes } = column
  if (!isPossible(column, checked)) throw misfit(place, `must be of the type ${column.mapped?.type}`)
  // A UTF-16 unit takes at most three bytes of UTF-8.
  if (typeof checked === 'string' && maxBytes !== undefined && checked.length * 3 > maxBytes) {
    if (Buffer.byteLength(checked) > maxBytes) throw misfit(place, `must be at most ${maxBytes} bytes`)
  }
  return checked
}

/** Checks a value against its column's kind alone: what a comparison needs. */
export function checkKind(place: string, column: Column, value: unknown): string | number | boolean {
  switch (column.kind) {
    case 'text':
    case 'longText':
      if (typeof value !== 'string') throw misfit(place, 'must be text')
      if (value.includes('\u0000')) throw misfit(place, 'must not contain NUL')
      if (loneSurrogate.test(value)) throw misfit(place, 'must be well-formed Unicode')
      return value
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw misfit(place, 'must be a safe integer')
      return value === 0 ? 0 : value
    case 'double':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw misfit(place, 'must be a finite number')
      return value === 0 ? 0 : value
    case 'boolean':
      if (typeof value !== 'boolean') throw misfit(place, 'must be a boolean')
      return value
    case 'json':
      throw misfit(place, 'holds JSON, which is not compared')
  }
}

// Under the `u` flag a whole pair is one code point, so only halves match.
const loneSurrogate = /[\ud800-\udfff]/u
