import { CardeaError } from '@cardea/core'

/** Deeper values are refused. */
const deepest = 32

/**
 * Looks through JSON text for what `JSON.parse` accepts and we do not: a key that comes twice in one object (readers
 * disagree on which counts), text that is not Unicode (a lone surrogate, which databases refuse), a `__proto__` key, and
 * nesting deeper than 32 levels. One pass over the text, without patterns.
 *
 * @param text JSON that `JSON.parse` has accepted.
 * @throws CardeaError `invalid_request`, or `unknown_field` for `__proto__`.
 */
export function scanJson(text: string): void {
  // One entry per open bracket: the keys seen so far in an object, null for an array.
  const open: (Set<string> | null)[] = []
  let expectsKey = false
  let index = 0
  while (index < text.length) {
    const unit = text.charCodeAt(index)
    if (unit === quote) {
      const end = endOfString(text, index)
      const keys = open.at(-1)
      if (expectsKey && keys instanceof Set) addKey(keys, decode(text, index, end))
      else decode(text, index, end)
      expectsKey = false
      index = end + 1
      continue
    }
    if (unit === openBrace || unit === openBracket) {
      if (open.length === deepest) {
        throw new CardeaError('invalid_request', `The body is nested deeper than ${deepest} levels.`)
      }
      open.push(unit === openBrace ? new Set() : null)
      expectsKey = unit === openBrace
    } else if (unit === closeBrace || unit === closeBracket) {
      open.pop()
      expectsKey = false
    } else if (unit === comma) {
      expectsKey = open.at(-1) instanceof Set
    }
    index += 1
  }
}

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** The place of the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && text.charCodeAt(index) !== quote) index += text.charCodeAt(index) === backslash ? 2 : 1
  return index
}

/** The text of a string token. Without a backslash it is what stands there, and Unicode, as the whole body is. */
function decode(text: string, start: number, end: number): string {
  const raw = text.slice(start, end + 1)
  if (!raw.includes('\\')) return raw.slice(1, -1)
  const value: unknown = JSON.parse(raw)
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw new CardeaError('invalid_request', 'The body holds text that is not Unicode.')
  }
  return value
}

function addKey(keys: Set<string>, key: string): void {
  if (keys.has(key)) throw new CardeaError('invalid_request', 'The body names a field twice.')
  if (key === '__proto__') {
    throw new CardeaError('unknown_field', 'The body has a field that is not known.', {
      issues: [{ path: key, code: 'unknown_field', message: 'is not a known field' }],
    })
  }
  keys.add(key)
}
