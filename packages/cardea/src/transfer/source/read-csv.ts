import { CardeaError } from '@cardea/core'
import { issue } from '../refusal.js'
import { decodeUtf8 } from './decode.js'
import { notUtf8, tooLong } from './read-json.js'
import type { SourceRecord } from './record.js'
import { isBlankRecord, parseCsvRecord, splitCsv } from './split-csv.js'

/**
 * Reads the records of a CSV file whose first one names the columns. A field that is empty is not there.
 *
 * @throws CardeaError `invalid_request` for names that cannot be told apart.
 */
export async function* readCsv(source: AsyncIterable<Uint8Array>, maximum: number): AsyncGenerator<SourceRecord> {
  let columns: readonly string[] | undefined
  for await (const { line, bytes } of splitCsv(source, maximum)) {
    if (bytes !== undefined && isBlankRecord(bytes)) continue
    const text = bytes === undefined ? undefined : decodeUtf8(bytes)
    const fields = text === undefined ? undefined : parseCsvRecord(text)
    if (columns === undefined) {
      columns = checkColumns(fields)
      continue
    }
    if (bytes === undefined) yield { line, issues: tooLong }
    else if (text === undefined) yield { line, issues: notUtf8 }
    else if (fields === undefined)
      yield { line, issues: issue('', 'invalid_format', 'has quotes that do not fit together') }
    else if (fields.length !== columns.length) {
      yield { line, issues: issue('', 'invalid_format', 'has not as many fields as the first line') }
    } else yield { line, values: toValues(columns, fields) }
  }
}

function checkColumns(columns: readonly string[] | undefined): readonly string[] {
  if (columns !== undefined && new Set(columns).size === columns.length && !columns.includes('__proto__'))
    return columns
  throw new CardeaError('invalid_request', 'The first line of the file must name its columns, each of them once.')
}

function toValues(columns: readonly string[], fields: readonly string[]): Readonly<Record<string, string>> {
  const values = Object.create(null) as Record<string, string>
  columns.forEach((column, index) => {
    const value = fields[index] ?? ''
    if (value !== '') values[column] = value
  })
  return values
}
