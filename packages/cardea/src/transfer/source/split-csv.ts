import { collectBytes } from './byte-collector.js'
import { carriageReturn, lineFeed, type RawRecord } from './record.js'

const quote = 0x22
const comma = 0x2c

/**
 * Splits a CSV file into its records, without reading them: at line feeds outside of quotes. Quotes open at the beginning of
 * a field only; a record that is too long ends with its line, so that one forgotten quote does not swallow the file.
 *
 * @see RFC 4180 §2
 */
export async function* splitCsv(source: AsyncIterable<Uint8Array>, maximum: number): AsyncGenerator<RawRecord> {
  const bytes = collectBytes(maximum)
  let line = 1
  let began = 1
  let state: State = 'start'
  for await (const chunk of source) {
    let start = 0
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0
      if (byte !== lineFeed) {
        state = next(state, byte)
        continue
      }
      line += 1
      bytes.add(chunk, start, index)
      start = index
      if (state === 'quoted' && !bytes.isTooLong) continue
      if (!bytes.isEmpty) yield { line: began, bytes: bytes.take() }
      start = index + 1
      began = line
      state = 'start'
    }
    bytes.add(chunk, start, chunk.length)
  }
  if (!bytes.isEmpty) yield { line: began, bytes: bytes.take() }
}

/** Where in a field a byte stands; `closed` is behind a quote that either ends the field or is half of one that is meant. */
type State = 'start' | 'plain' | 'quoted' | 'closed'

function next(state: State, byte: number): State {
  if (state === 'quoted') return byte === quote ? 'closed' : 'quoted'
  if (byte === comma) return 'start'
  return byte === quote && state !== 'plain' ? 'quoted' : 'plain'
}

/** The fields of one record. @returns Undefined where its quotes do not fit together. */
export function parseCsvRecord(record: string): readonly string[] | undefined {
  const text = record.endsWith('\r') ? record.slice(0, -1) : record
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      let value = ''
      for (;;) {
        const end = text.indexOf('"', at + 1)
        if (end === -1) return undefined
        value += text.slice(at + 1, end)
        at = end + 1
        if (text[at] !== '"') break
        value += '"'
      }
      fields.push(value)
      if (at === text.length) return fields
      if (text[at] !== ',') return undefined
    } else {
      const next = text.indexOf(',', at)
      const value = text.slice(at, next === -1 ? undefined : next)
      if (value.includes('"')) return undefined
      fields.push(value)
      if (next === -1) return fields
      at = next
    }
    at += 1
  }
}

export const isBlankRecord = (bytes: Uint8Array): boolean => bytes.length === 1 && bytes[0] === carriageReturn
