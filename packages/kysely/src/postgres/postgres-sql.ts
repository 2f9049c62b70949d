import type { ColumnKind } from '@cardea/storage'
import { PostgresAdapter, PostgresQueryCompiler, sql } from 'kysely'
import { createBuilder } from '../dialect/builder.js'
import type { MappedSql, SqlDialect } from '../dialect/dialect.js'
import { instantText } from '../dialect/instant-text.js'
import { decodeJson } from '../dialect/json.js'

/** The SQL of PostgreSQL. */
export function createPostgresSql(options: {
  readonly schema?: string | undefined
  /** Whether a clock of the app takes the place of the database's. */
  readonly ownClock: boolean
}): SqlDialect {
  return {
    name: 'postgres',
    builder: createBuilder(
      {
        adapter: new PostgresAdapter(),
        compiler: new PostgresQueryCompiler(),
      },
      options.schema,
    ),
    // The protocol counts them in 16 bits.
    maximumValues: 65_535,
    locksRows: true,
    returnsRows: true,
    resolvesConflicts: true,
    // By default nulls are greater than all values here.
    placesNulls: true,
    rangesAlike: false,
    bind: (value) => value,
    decoder,
    // Not now(): that stands still within a transaction.
    clock: options.ownClock ? undefined : sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    number: (value) => sql`cast(${value} as bigint)`,
    byteOrder: (text) => sql`${text} collate "C"`,
    contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
    mapped,
  }
}

/** Takes text, as the server sends everything, as well as what the type parsers of an app may have made of it. */
function decoder(kind: ColumnKind): ((raw: unknown) => unknown) | undefined {
  switch (kind) {
    case 'boolean':
      return (raw) => raw === true || raw === 't'
    case 'json':
      return decodeJson
    case 'integer':
    case 'double':
      return Number
    default:
      return undefined
  }
}

const mapped: MappedSql = {
  read: (type, column) => {
    if (type === 'integer' || type === 'uuid') return sql`cast(${column} as text)`
    if (type === 'plain') return column
    return sql`floor(extract(epoch from ${column}) * 1000)::bigint`
  },
  write: (type, value) => {
    if (type === 'integer') return sql`cast(${value} as bigint)`
    if (type === 'uuid') return sql`cast(${value} as uuid)`
    // The server takes the type of the column for that of the parameter. One without a zone reads over the Z.
    return sql`${type === 'plain' ? value : `${instantText(value)}Z`}`
  },
  number: (column) => sql`cast(${column} as double precision)`,
  bytes: (text) => sql`cast(${text} as text) collate "C"`,
}
