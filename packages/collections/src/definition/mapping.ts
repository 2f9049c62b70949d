import type { MappedType } from '@cardea/storage'

/** What ids of a table are that the app has made. They are texts in the API, whatever the database holds. */
export type RecordIdType = 'integer' | 'uuid' | 'text'

/**
 * How a column of the app's own table holds an instant: as one (`timestamp`; a text in UTC in SQLite), as a date and time in UTC
 * without a zone (`datetime`), or as milliseconds since 1970 in an integer (`milliseconds`); `integer` is for numbers.
 */
export type ColumnType = 'timestamp' | 'datetime' | 'milliseconds' | 'integer'

/** What a column of the app's own table is called: letters, digits and `_`, at most 63 of them, beginning with no digit. */
export type ColumnOption = string | { readonly column: string; readonly type?: ColumnType | undefined }

/** A column of the app's own table. */
export interface MappedTo {
  readonly name: string
  readonly type: MappedType
}

/** Where the records of a collection are in a table that the app has made. */
export interface CollectionMapping {
  readonly id: RecordIdType
  /** By member of a record: those of the system that the table has, and all fields. */
  readonly columns: Readonly<Record<string, MappedTo>>
}
