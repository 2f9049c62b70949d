/**
 * The kinds of column that every dialect can hold with the same meaning.
 *
 * `text` has a length limit, compares byte by byte and may be a key; `longText` has no limit and may not.
 * `integer` holds every safe integer (instants are milliseconds); `double` a finite number; `json` any JSON value, as text.
 */
export type ColumnKind = 'text' | 'longText' | 'integer' | 'double' | 'boolean' | 'json'

/** What happens to a row whose referenced row is deleted. */
export type OnDelete = 'cascade' | 'restrict' | 'set null'

/**
 * How a table of the app's own holds a column.
 *
 * `plain`: as the kind says, in whatever type, character set and collation the app has chosen. `integer` and `uuid`: a `text`
 * that the database holds as one of those; also a `double` that is an integer. `timestamp` and `datetime`: an `integer` of milliseconds that the database holds
 * as an instant, or as a date and time in UTC.
 */
export type MappedType = 'plain' | 'integer' | 'uuid' | 'timestamp' | 'datetime'

/** A column of a table that the app has made. */
export interface MappedColumn {
  /** What the database calls it: letters, digits and `_`, beginning with no digit. */
  readonly name: string
  readonly type: MappedType
  /** Whether the database gives new rows a value, so that an insert may leave it out. */
  readonly assigned?: boolean
  /** Whether every new row names it, so that it need not take null. */
  readonly written?: boolean
  /**
   * What the collation of the database decides: whether two texts are equal, or which comes first. Without it both go by
   * bytes, as everywhere else; with it an index of the app's serves.
   */
  readonly collated?: 'equality' | 'order'
}

/** A column, as data: row types, migrations for each dialect and the memory adapter come from it. */
export interface Column<Value = unknown> {
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** For `text`: the largest length in bytes of UTF-8. */
  readonly maxBytes?: number
  /** Taken by rows that do not name the column. */
  readonly default?: string | number | boolean
  /** A foreign key: the table's name and its column. */
  readonly foreignKey?: { readonly table: string; readonly column: string; readonly onDelete: OnDelete }
  /** Of a table that the app has made. */
  readonly mapped?: MappedColumn
  /** Carries the type of the value; holds nothing. */
  readonly $value?: Value
}

/** A short text; by default up to 255 bytes. */
export const text = (maxBytes = 255): Column<string> => ({ kind: 'text', nullable: false, maxBytes })
export const longText = (): Column<string> => ({ kind: 'longText', nullable: false })
export const integer = (): Column<number> => ({ kind: 'integer', nullable: false })
export const double = (): Column<number> => ({ kind: 'double', nullable: false })
export const boolean = (): Column<boolean> => ({ kind: 'boolean', nullable: false })
/** Any JSON value; `Value` says which shape the owner of the column writes. */
export const json = <Value = unknown>(): Column<Value> => ({ kind: 'json', nullable: false })

/** The same column, where null means "not set". */
export const nullable = <Value>(column: Column<Value>): Column<Value | null> => ({ ...column, nullable: true })

/** The same column with a value for rows that do not name it. */
export const withDefault = <Value extends string | number | boolean>(
  column: Column<Value>,
  value: Value,
): Column<Value> & { readonly default: Value } => ({ ...column, default: value })

/** The same column as a foreign key. */
export const references = <Value>(
  column: Column<Value>,
  table: string,
  target: string,
  onDelete: OnDelete,
): Column<Value> => ({ ...column, foreignKey: { table, column: target, onDelete } })

/** The same column in a table that the app has made. */
export const mapped = <Value>(column: Column<Value>, to: MappedColumn): Column<Value> => ({ ...column, mapped: to })
