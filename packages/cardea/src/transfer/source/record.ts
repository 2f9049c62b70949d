import type { Issues } from '../refusal.js'

/** A record of a file as its format gives it, or why it is none. */
export type SourceRecord = { readonly line: number } & (
  | { readonly values: Readonly<Record<string, unknown>>; readonly issues?: undefined }
  | { readonly values?: undefined; readonly issues: Issues }
)

/** The bytes of one record; undefined for one that is longer than allowed. */
export interface RawRecord {
  readonly line: number
  readonly bytes: Uint8Array | undefined
}

export const lineFeed = 0x0a
export const carriageReturn = 0x0d
