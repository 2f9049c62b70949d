import type { ColumnKind } from '@cardea/storage'
import { PostgresAdapter, PostgresQueryCompiler, sql } from 'kysely'
import { createBuilder } from '../dialect/builder.js'
import type { SqlDialect } from '../dialect/dialect.js'
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
    bind: (value) => value,
    decoder,
    // Not now(): that stands still within a transaction.
    clock: options.ownClock ? undefined : sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    number: (value) => sql`cast(${value} as bigint)`,
    byteOrder: (text) => sql`${text} collate "C"`,
    contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
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
