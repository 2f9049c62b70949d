import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { FilterDialect } from './dialect-of.js'

type Column = Expression<unknown>

/** How one database compares exactly, whatever collation, character set or type of number a column has. */
export interface FilterSql {
  /** A column of text as it compares by its bytes, and a value to compare it with. */
  bytes(column: Column): RawBuilder<unknown>
  text(value: string): RawBuilder<unknown>
  /**
   * What is true wherever a column equals one of the values by its bytes, and perhaps elsewhere: under the column's own
   * collation, so that its index can find the rows. Undefined where the database may be unable to compare at all.
   */
  candidates(column: Column, values: readonly string[]): RawBuilder<SqlBool> | undefined
  /** Whether a column of UUIDs is of a type of its own; elsewhere it is text. */
  uuid?(value: string): RawBuilder<unknown>
  /** Whether bytes hold others. */
  contains(bytes: Expression<unknown>, part: RawBuilder<unknown>): RawBuilder<SqlBool>
  integer(value: number): RawBuilder<unknown>
  double(value: number): RawBuilder<unknown>
  boolean(value: boolean): RawBuilder<unknown>
  /** A column of numbers without what is none. */
  numbers(column: Column): Expression<unknown>
  /** Whether a column of numbers may hold infinity. */
  readonly holdsInfinity: boolean
  /** Whether a text may hold NUL. */
  readonly holdsNul: boolean
}

const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text)

const plain = (value: unknown): RawBuilder<unknown> => sql`${value}`

const sqlite: FilterSql = {
  bytes: (column) => sql`${column} collate binary`,
  text: plain,
  candidates: (column, values) => sql`${column} in (${sql.join(values)})`,
  contains: (bytes, part) => sql`instr(${bytes}, ${part}) > 0`,
  integer: plain,
  double: plain,
  boolean: (value) => sql.lit(Number(value)),
  numbers: (column) => column,
  holdsInfinity: true,
  holdsNul: true,
}

const postgresText = (value: string): RawBuilder<unknown> => sql`cast(${value} as text)`

// Every value says its type: PostgreSQL would otherwise make it one of the column's type, or fail where it cannot.
const postgres: FilterSql = {
  bytes: (column) => sql`cast(${column} as text) collate "C"`,
  text: postgresText,
  candidates: (column, values) => sql`${column} in (${sql.join(values.map(postgresText))})`,
  uuid: (value) => sql`cast(${value} as uuid)`,
  contains: (bytes, part) => sql`strpos(${bytes}, ${part}) > 0`,
  integer: (value) => sql`cast(${value} as bigint)`,
  double: (value) => sql`cast(${value} as double precision)`,
  boolean: (value) => sql.lit(value),
  // Not-a-number equals itself here, and is above all others.
  numbers: (column) => sql`nullif(${column}, 'NaN')`,
  holdsInfinity: true,
  holdsNul: false,
}

// As bytes of UTF-8: collations by their name belong to a character set, and nearly all of them ignore spaces at the end.
const mysql: FilterSql = {
  bytes: (column) => sql`cast(convert(${column} using utf8mb4) as binary)`,
  text: (value) => sql`cast(convert(${value} using utf8mb4) as binary)`,
  // What the column's character set lacks is an error, and all of them have ASCII.
  candidates: (column, values) => (values.every(isAscii) ? sql`${column} in (${sql.join(values)})` : undefined),
  contains: (bytes, part) => sql`instr(${bytes}, ${part}) > 0`,
  integer: plain,
  double: plain,
  boolean: (value) => sql.lit(Number(value)),
  numbers: (column) => column,
  holdsInfinity: false,
  holdsNul: true,
}

export const filterSql: Readonly<Record<FilterDialect, FilterSql>> = { sqlite, postgres, mysql }
