import type { AuthCollection } from '@cardea/collections'
import type { ImportFormat } from '../api/transfer.js'
import { memberAt, type NeutralUser, type Row, type RowReader } from './neutral-user.js'
import type { ParsedImportOptions } from './parse-options.js'
import { readAuth0 } from './readers/auth0.js'
import { readBetterAuth } from './readers/better-auth.js'
import { readFirebase } from './readers/firebase.js'
import { fromCells, readOwn, valueOfCell } from './readers/own-format.js'
import { readPocketBase } from './readers/pocketbase.js'
import { readSupabase } from './readers/supabase.js'
import type { Issues } from './refusal.js'
import { withoutMark } from './source/decode.js'
import { readCsv } from './source/read-csv.js'
import { readJson } from './source/read-json.js'

/** A user of a file with its place, or why there is none. */
export type ReadUser = { readonly record: number; readonly line: number } & (
  | { readonly user: NeutralUser; readonly issues?: undefined }
  | { readonly user?: undefined; readonly issues: Issues }
)

/** Reads the users of a file one after the other, and keeps none. */
export async function* readUsers(
  collection: AuthCollection,
  source: AsyncIterable<Uint8Array>,
  options: ParsedImportOptions,
): AsyncGenerator<ReadUser> {
  const { format, maxRecordBytes: maximum, after } = options
  const isCsv = format === 'csv' || format === 'supabase-csv'
  const bytes = withoutMark(source)
  const records = isCsv ? readCsv(bytes, maximum) : readJson(bytes, { maximum, wrapped: format === 'firebase' })
  const read = withFields(collection, readerOf(collection, format, options), options)
  let record = 0
  for await (const { line, values, issues } of records) {
    record += 1
    if (record <= after) continue
    if (issues !== undefined) {
      yield { record, line, issues }
      continue
    }
    const result = read(format === 'csv' ? fromCells(values) : values)
    yield 'issues' in result ? { record, line, issues: result.issues } : { record, line, user: result }
  }
}

function readerOf(collection: AuthCollection, format: ImportFormat, options: ParsedImportOptions): RowReader {
  switch (format) {
    case 'jsonl':
    case 'csv':
      return readOwn(collection, {
        ignore: options.ignore,
        // The first part of a place is the member that it is in.
        mapped: Object.values(options.fields).flatMap((path) => [path, path.split('.', 1)[0] ?? path]),
      })
    case 'better-auth':
      return readBetterAuth
    case 'supabase':
    case 'supabase-csv':
      return readSupabase
    case 'auth0':
      return readAuth0
    case 'firebase':
      return (row) => readFirebase(row, options.firebase)
    case 'pocketbase':
      return readPocketBase
  }
}

/** Puts what the mapping says into fields, and leaves out what the collection has no field for. */
function withFields(collection: AuthCollection, read: RowReader, { fields, format }: ParsedImportOptions): RowReader {
  const names = Object.keys(collection.fields)
  const isCsv = format === 'csv' || format === 'supabase-csv'
  const typed = (name: string, value: unknown): unknown => (isCsv ? valueOfCell(collection.fields[name], value) : value)
  return (row: Row) => {
    const user = read(row)
    if ('issues' in user) return user
    const values = names.flatMap((name) => {
      const path = Object.hasOwn(fields, name) ? fields[name] : undefined
      const value = path === undefined ? ownMember(user.fields, name) : memberAt(row, path)
      return value === undefined ? [] : [[name, typed(name, value)] as const]
    })
    return { ...user, fields: Object.fromEntries(values) }
  }
}

const ownMember = (row: Row, name: string): unknown => (Object.hasOwn(row, name) ? row[name] : undefined)
