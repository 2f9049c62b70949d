import { type Issues, issue } from '../refusal.js'
import { decodeUtf8 } from './decode.js'
import { findForbiddenKey } from './forbidden-keys.js'
import type { RawRecord, SourceRecord } from './record.js'
import { splitJson } from './split-json.js'

/** Reads the objects of a JSON file; lines that hold nothing are none. */
export async function* readJson(
  source: AsyncIterable<Uint8Array>,
  options: { readonly maximum: number; readonly wrapped: boolean },
): AsyncGenerator<SourceRecord> {
  for await (const raw of splitJson(source, options)) {
    const record = parseRecord(raw)
    if (record !== undefined) yield record
  }
}

function parseRecord({ line, bytes }: RawRecord): SourceRecord | undefined {
  if (bytes === undefined) return { line, issues: tooLong }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { line, issues: notUtf8 }
  // A list that breaks off ends with nothing: that is no empty line.
  if (text.trim() === '' && text !== '') return undefined
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch {
    // The parser's message holds a piece of the record.
    return { line, issues: issue('', 'invalid_format', 'is not JSON') }
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    return { line, issues: issue('', 'invalid_type', 'must be an object') }
  }
  const forbidden = findForbiddenKey(text)
  if (forbidden !== undefined) return { line, issues: forbidden }
  // An object, as was seen.
  return { line, values: values as Readonly<Record<string, unknown>> }
}

export const tooLong: Issues = issue('', 'too_big', 'is longer than a record may be')
export const notUtf8: Issues = issue('', 'invalid_format', 'holds bytes that are not UTF-8')
